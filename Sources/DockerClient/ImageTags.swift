/// Which other tags stand where the one asked for is missing.
public enum ImageTags {
    /// - Parameters:
    ///   - wanted: `escale/web:latest`, as an error names it.
    ///   - tags: all names in the store, `escale/web:1`.
    /// - Returns: names of the same repository, sorted.
    public static func others(than wanted: String, among tags: [String]) -> [String] {
        let repository = repository(wanted)
        guard !repository.isEmpty else { return [] }
        return tags.filter { self.repository($0) == repository && $0 != wanted }.sorted()
    }

    /// What `No such image: NAME` names; nil in any other message.
    public static func missing(in message: String) -> String? {
        guard let range = message.firstRange(of: "No such image: ") else { return nil }
        let name = message[range.upperBound...].prefix { !$0.isWhitespace && $0 != ")" }
        return name.isEmpty ? nil : String(name)
    }

    /// The tag is what follows the last colon, unless that is a registry's port.
    private static func repository(_ name: String) -> String {
        let slash = name.lastIndex(of: "/") ?? name.startIndex
        guard let colon = name[slash...].lastIndex(of: ":") else { return name }
        return String(name[..<colon])
    }
}
