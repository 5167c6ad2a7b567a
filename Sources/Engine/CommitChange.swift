import OCI
import Support

/// `--change` of `commit` and `import`: one Dockerfile instruction that changes the configuration alone.
package enum CommitChange {
    package static func apply(_ changes: [String], to execution: ImageConfig.Execution) throws(EscaleError)
        -> ImageConfig.Execution
    {
        var e = execution
        for change in changes { try apply(change, &e) }
        return e
    }

    private static func apply(_ change: String, _ e: inout ImageConfig.Execution) throws(EscaleError) {
        let parts = change.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
        guard let word = parts.first else { throw EscaleError(.invalid, "empty change") }
        let rest = parts.count > 1 ? trim(parts[1]) : ""
        guard !rest.isEmpty else { throw EscaleError(.invalid, "\(word.uppercased()) requires an argument") }
        switch word.uppercased() {
        case "CMD": e.cmd = try command(rest)
        case "ENTRYPOINT": e.entrypoint = try command(rest)
        case "ENV":
            for (key, value) in try pairs(rest, word) {
                e.env.removeAll { $0.hasPrefix("\(key)=") }
                e.env.append("\(key)=\(value)")
            }
        case "LABEL": for (key, value) in try pairs(rest, word) { e.labels[key] = value }
        case "EXPOSE":
            let ports = words(rest).map { $0.contains("/") ? $0 : "\($0)/tcp" }
            e.exposedPorts = Set(e.exposedPorts + ports).sorted()
        case "USER": e.user = rest
        case "WORKDIR": e.workingDir = rest.hasPrefix("/") ? rest : "\(e.workingDir ?? "")/\(rest)"
        case "VOLUME":
            e.volumes = Set(e.volumes + (try list(rest) ?? words(rest))).sorted()
        case "STOPSIGNAL": e.stopSignal = rest
        case "ONBUILD": e.onBuild = (e.onBuild ?? []) + [rest]
        case "HEALTHCHECK" where rest.uppercased() == "NONE": e.healthcheck = .init(test: ["NONE"])
        case "HEALTHCHECK" where rest.uppercased().hasPrefix("CMD "):
            let test = trim(String(rest.dropFirst(4)))
            e.healthcheck = .init(test: try list(test).map { ["CMD"] + $0 } ?? ["CMD-SHELL", test])
        default: throw EscaleError(.invalid, "\(word) is not a valid change command")
        }
    }

    private static func trim(_ text: String) -> String {
        var t = Substring(text).drop(while: \.isWhitespace)
        while t.last?.isWhitespace == true { t.removeLast() }
        return String(t)
    }

    /// A JSON array of strings; nil for anything else.
    private static func list(_ text: String) throws(EscaleError) -> [String]? {
        guard text.hasPrefix("["), let items = (try? JSON.parse(text))?.array else { return nil }
        let strings = items.compactMap(\.string)
        return strings.count == items.count ? strings : nil
    }

    private static func command(_ text: String) throws(EscaleError) -> [String] {
        try list(text) ?? ["/bin/sh", "-c", text]
    }

    /// `A=1 B="two words"`, or the old form `A one value`.
    private static func pairs(_ text: String, _ word: String) throws(EscaleError) -> [(String, String)] {
        let items = words(text)
        guard let first = items.first else { return [] }
        if !first.contains("=") {
            guard items.count > 1 else {
                throw EscaleError(.invalid, "\(word.uppercased()) must have two arguments")
            }
            return [(first, trim(String(text.dropFirst(first.count))))]
        }
        var pairs: [(String, String)] = []
        for item in items {
            guard let equals = item.firstIndex(of: "="), equals != item.startIndex else {
                throw EscaleError(.invalid, "Syntax error - can't find = in \"\(item)\"")
            }
            pairs.append((String(item[..<equals]), String(item[item.index(after: equals)...])))
        }
        return pairs
    }

    /// Words as a shell splits them, their quotes and backslashes gone.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for c in text {
            if isEscaped {
                word = (word ?? "") + String(c)
                isEscaped = false
            } else if c == "\\", quote != "'" {
                isEscaped = true
            } else if let open = quote {
                if c == open { quote = nil } else { word = (word ?? "") + String(c) }
            } else if c == "\"" || c == "'" {
                quote = c
                word = word ?? ""
            } else if c.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(c)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
