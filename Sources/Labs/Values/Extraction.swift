import Support

/// Which part of a text a check is about. Applied in the order of the members.
public struct Extraction: Sendable, Equatable {
    /// A path into JSON: `lignes[0].mediane`.
    public var at: String?
    /// The value of a line `key = value`.
    public var key: String?
    /// A cell of a table.
    public var row: String?
    public var column: String?
    /// From 1; negative counts from the end.
    public var line: Int?
    /// An extended regular expression.
    public var match: String?
    /// From 1; negative counts from the end.
    public var word: Int?

    public init() {}

    var isWhole: Bool { self == Extraction() }

    /// The part, or why it is not there (in French).
    public func apply(_ text: String) -> Result<String, Unread> {
        var text = text
        if let at {
            guard let json = try? JSON.parse(text) else {
                return .failure(Unread("ce n’est pas du JSON", got: Self.excerpt(text)))
            }
            guard let value = JSONPath.value(at, in: json) else {
                return .failure(Unread("« \(at) » n’y est pas"))
            }
            text = JSONPath.text(value)
        }
        if let key {
            guard let value = KeyedText.value(key, in: text) else {
                return .failure(
                    Unread(
                        "il n’y a pas de ligne « \(key) = … »",
                        help: "Ajoutez une ligne « \(key) = votre valeur »."))
            }
            text = value
        }
        if let row {
            switch TextTable.cell(row: row, column: column ?? "2", in: text) {
            case .success(let cell): text = cell
            case .failure(let why): return .failure(why)
            }
        }
        if let line {
            let lines = Self.lines(text)
            guard let i = Self.index(line, lines.count) else {
                return .failure(Unread("il n’y a pas de ligne \(line)", got: Self.excerpt(text)))
            }
            text = lines[i]
        }
        if let match {
            guard let found = ERE.first(match, in: text) else {
                return .failure(Unread("on n’y trouve pas ce qui était attendu", got: Self.excerpt(text)))
            }
            text = found
        }
        if let word {
            let words = Self.words(text)
            guard let i = Self.index(word, words.count) else {
                return .failure(Unread("il manque le mot nᵒ \(word)", got: Self.excerpt(text)))
            }
            text = words[i]
        }
        return .success(Self.trimmed(text))
    }

    private static func index(_ n: Int, _ count: Int) -> Int? {
        let i = n > 0 ? n - 1 : count + n
        return (0..<count).contains(i) ? i : nil
    }

    static func lines(_ text: String) -> [String] {
        trimmed(text).split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    }

    static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    static func trimmed(_ text: String) -> String {
        var s = Substring(text)
        while let c = s.first, c.isWhitespace || c == "\0" { s.removeFirst() }
        while let c = s.last, c.isWhitespace || c == "\0" { s.removeLast() }
        return String(s)
    }

    /// Short enough to show.
    static func excerpt(_ text: String) -> String {
        let t = trimmed(text)
        return t.count <= 80 ? t : t.prefix(77) + "…"
    }
}

/// A value that could not be read: the reason, in French.
public struct Unread: Error, Sendable, Equatable {
    public var reason: String
    public var help: String
    public var got: String
    /// Told even where a lab gives its own reason: that one judges a value, and here there is none.
    public var outranksReason: Bool

    public init(_ reason: String, help: String = "", got: String = "", outranksReason: Bool = false) {
        self.reason = reason
        self.help = help
        self.got = got
        self.outranksReason = outranksReason
    }

    func within(_ what: String) -> Unread {
        Unread("\(what) : \(reason)", help: help, got: got, outranksReason: outranksReason)
    }
}

/// Members and elements by a short path: `State.Pid`, `Mounts[0].Source`.
enum JSONPath {
    static func value(_ path: String, in json: JSON) -> JSON? {
        var at = json
        for part in path.split(separator: ".") {
            let name = part.prefix { $0 != "[" }
            if !name.isEmpty {
                guard let next = at.object?[String(name)] else { return nil }
                at = next
            }
            for index in part.dropFirst(name.count).split(separator: "[") {
                guard index.last == "]", let i = Int(index.dropLast()), let list = at.array,
                    list.indices.contains(i)
                else { return nil }
                at = list[i]
            }
        }
        return at
    }

    /// Scalars as they are, anything else as JSON.
    static func text(_ value: JSON) -> String {
        switch value {
        case .null: ""
        case .string(let s): s
        default: value.text()
        }
    }
}

/// `key = value` or `key: value` lines; `#` starts a comment.
enum KeyedText {
    static func value(_ key: String, in text: String) -> String? {
        var result: String?
        for line in text.split(whereSeparator: \.isNewline) {
            let body = line.prefix { $0 != "#" }
            guard let at = body.firstIndex(where: { $0 == "=" || $0 == ":" }) else { continue }
            let name = Extraction.trimmed(String(body[..<at]))
            guard name.lowercased() == key.lowercased() else { continue }
            let value = Extraction.trimmed(String(body[body.index(after: at)...]))
            // The last one counts: learners append corrections with `>>`.
            if !value.isEmpty { result = value }
        }
        return result
    }
}
