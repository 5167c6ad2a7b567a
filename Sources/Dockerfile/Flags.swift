/// The flags of one instruction, checked against those it knows.
struct Flags {
    enum Kind { case text, texts, bool }

    private var values: [String: [Word]] = [:]

    init(_ words: [Word], known: [String: Kind] = [:]) throws(Failure) {
        for word in words {
            let (written, value) = InstructionParser.cut(word.text)
            let name = String(written.dropFirst(2))
            guard let kind = known[name] else {
                throw Failure(
                    .unknownFlag, "unknown flag: \(written)",
                    suggestion: Suggestion.nearest(name, in: known.keys.sorted()), at: word)
            }
            if values[name] != nil, kind != .texts {
                throw Failure(.flagValue, "duplicate flag specified: \(written)", at: word)
            }
            if kind == .bool {
                if value == "" { throw Failure(.flagValue, "missing a value on flag: \(written)", at: word) }
                guard ["true", "false"].contains((value ?? "true").lowercased()) else {
                    throw Failure(
                        .flagValue, "expecting boolean value for flag \(written), not: \(value ?? "")",
                        at: word)
                }
            } else if value == nil {
                throw Failure(.flagValue, "missing a value on flag: \(written)", at: word)
            }
            values[name, default: []].append(
                Word((value ?? "true"), at: word.offset, length: word.length))
        }
    }

    /// nil where it is not given or empty.
    func text(_ name: String) -> String? {
        guard let value = values[name]?.first?.text, !value.isEmpty else { return nil }
        return value
    }

    func word(_ name: String) -> Word? { values[name]?.first }
    func words(_ name: String) -> [Word] { values[name] ?? [] }
    func texts(_ name: String) -> [String] { words(name).map(\.text) }

    /// nil where it is not given.
    func bool(_ name: String) -> Bool? { values[name]?.first.map { $0.text.lowercased() == "true" } }
}
