/// `EXPOSE`'s arguments as the image's configuration lists them.
public struct ExposedPort: Hashable, Sendable {
    /// `8000/tcp`, one for each port of a range.
    public var ports: [String]
    /// The protocol is not in lower case.
    public var hasCapitals: Bool
    /// `IP:` or `HOSTPORT:` stand before the port, where they say nothing.
    public var hasHostPart: Bool

    /// Reads `80`, `53/udp`, `8000-8010/tcp`. Throws `invalid port: …` and the like.
    public static func parse(_ text: String, at instruction: Instruction, in source: SourceText)
        throws(DockerfileError) -> ExposedPort
    {
        do throws(Failure) {
            return try parse(text)
        } catch {
            throw error.placed(in: instruction.line, source: source)
        }
    }

    static func parse(_ text: String) throws(Failure) -> ExposedPort {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let last = parts.last ?? ""
        let slash = last.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let written = slash.count > 1 ? String(slash[1]) : ""
        let transport = written.isEmpty ? "tcp" : written.lowercased()
        guard let numbers = slash.first, !numbers.isEmpty else {
            throw Failure(.port, "invalid port: \(quoted(text)): no port specified", in: text)
        }
        guard ["tcp", "udp", "sctp"].contains(transport) else {
            throw Failure(
                .port, "invalid port: \(quoted(text)): invalid proto: \(written)",
                suggestion: Suggestion.nearest(transport, in: ["tcp", "udp", "sctp"]), in: text)
        }
        guard let range = range(numbers) else {
            throw Failure(.port, "invalid containerPort: \(numbers)", in: text)
        }
        if parts.count > 1, !parts[parts.count - 2].isEmpty, Self.range(parts[parts.count - 2][...]) == nil {
            throw Failure(.port, "invalid hostPort: \(parts[parts.count - 2])", in: text)
        }
        return ExposedPort(
            ports: range.map { "\($0)/\(transport)" }, hasCapitals: written.lowercased() != written,
            hasHostPart: parts.count > 1)
    }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = ends.compactMap { end -> Int? in
            guard end.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return Int(end).flatMap { $0 <= 65535 ? $0 : nil }
        }
        guard numbers.count == ends.count, let low = numbers.first, let high = numbers.last, low <= high
        else {
            return nil
        }
        return low...high
    }
}
