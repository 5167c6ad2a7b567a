import Support

/// Flags and words of a command line, in the style of runc: `--name value`, `--name=value`, one dash or
/// two. By hand, because this program must be started in a millisecond.
struct Arguments {
    private var rest: ArraySlice<String>

    init(_ words: some Collection<String>) { rest = Array(words)[...] }

    /// One word of a command line.
    enum Word: Equatable {
        /// Its name without dashes, and what came after `=`.
        case flag(String, String?)
        case word(String)
    }

    mutating func next() -> Word? {
        guard let text = rest.popFirst() else { return nil }
        guard text.hasPrefix("-"), text != "-", text != "--" else { return .word(text) }
        let name = text.drop { $0 == "-" }
        guard let equals = name.firstIndex(of: "=") else { return .flag(String(name), nil) }
        return .flag(String(name[..<equals]), String(name[name.index(after: equals)...]))
    }

    /// The value of a flag: after `=`, or the next word.
    mutating func value(_ name: String, _ inline: String?) throws(EscaleError) -> String {
        if let inline { return inline }
        guard let next = rest.popFirst() else {
            throw EscaleError(.invalid, "flag needs an argument: -\(name)")
        }
        return next
    }

    mutating func number(_ name: String, _ inline: String?) throws(EscaleError) -> Int {
        let text = try value(name, inline)
        guard let n = Int(text) else {
            throw EscaleError(.invalid, "invalid value \"\(text)\" for flag -\(name)")
        }
        return n
    }

    /// How many descriptors from 3 on: no more than a process can have (NR_OPEN, proc(5)).
    mutating func descriptors(_ name: String, _ inline: String?) throws(EscaleError) -> Int {
        let n = try number(name, inline)
        guard (0...1_048_576).contains(n) else {
            throw EscaleError(.invalid, "invalid value \"\(n)\" for flag -\(name)")
        }
        return n
    }

    /// A switch: alone it is on.
    static func isOn(_ name: String, _ inline: String?) throws(EscaleError) -> Bool {
        switch inline {
        case nil, "true", "1": true
        case "false", "0": false
        default: throw EscaleError(.invalid, "invalid boolean value \"\(inline ?? "")\" for -\(name)")
        }
    }

    mutating func remaining() -> [String] {
        defer { rest = [] }
        return Array(rest)
    }

    static func unknown(_ name: String) -> EscaleError {
        EscaleError(.invalid, "flag provided but not defined: -\(name)")
    }

    /// A verb that takes a container's id, and flags that `flag` reads.
    static func id(
        _ words: [String], verb: String,
        flag: (inout Arguments, String, String?) throws(EscaleError) -> Void = {
            (_, name, _) throws(EscaleError) in throw unknown(name)
        }
    ) throws(EscaleError) -> (id: String, rest: [String]) {
        var arguments = Arguments(words)
        var id: String?
        var others: [String] = []
        while let word = arguments.next() {
            switch word {
            case .flag(let name, let value) where id == nil || others.isEmpty:
                try flag(&arguments, name, value)
            case .flag(let name, _): throw unknown(name)
            case .word(let text):
                if id == nil { id = text } else { others.append(text) }
            }
        }
        guard let id else {
            throw EscaleError(.invalid, "\(verb): \"<container-id>\" is required")
        }
        return (id, others)
    }

    /// The same for a verb that takes nothing more.
    static func onlyID(
        _ words: [String], verb: String,
        flag: (inout Arguments, String, String?) throws(EscaleError) -> Void = {
            (_, name, _) throws(EscaleError) in throw unknown(name)
        }
    ) throws(EscaleError) -> String {
        let (id, rest) = try id(words, verb: verb, flag: flag)
        if let more = rest.first {
            throw EscaleError(
                .invalid, "\(verb): unexpected argument \"\(more)\": it takes a container's id only")
        }
        return id
    }

    /// One of the formats that a verb can print.
    mutating func format(_ inline: String?) throws(EscaleError) -> String {
        let text = try value("format", inline)
        guard text == "table" || text == "json" else {
            throw EscaleError(.invalid, "invalid format option \"\(text)\": table or json")
        }
        return text
    }
}
