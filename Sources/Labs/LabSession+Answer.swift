import Linux
import Support

/// What a step wants `repondre` to be given.
public struct AskedAnswer: Sendable, Equatable {
    /// Names of `name=value` answers, in the order of the checks.
    public internal(set) var keys: [String] = []
    /// A value alone is wanted, or a script judges it as a whole.
    public internal(set) var isFree = false

    public var isNothing: Bool { keys.isEmpty && !isFree }
    /// As it is typed: `repondre noyaux=… inode=…`.
    public var example: String {
        "repondre " + (keys.isEmpty ? "VALEUR" : keys.map { "\($0)=…" }.joined(separator: " "))
    }

    /// Does one of the words of an answer give one of the names?
    func names(_ text: String) -> Bool {
        Extraction.words(text).contains { word in
            guard let equal = word.firstIndex(of: "=") else { return false }
            return keys.contains { $0.lowercased() == word[..<equal].lowercased() }
        }
    }

    /// Reads the checks of a step, `script` giving the text of a script file.
    init(_ checks: YAMLNode, script: (String) -> String?) {
        for item in checks.items ?? [] {
            if item["that"]?.text == "answer" { note(item["of"]?["key"]) }
            for key in ["of", "is"] { if let node = item[key] { search(node) } }
            if let text = item["script"]?.text {
                let body = text.contains("\n") ? text : script(text) ?? ""
                if body.contains("REPONSE") { isFree = true }
            }
        }
    }

    private mutating func note(_ key: YAMLNode?) {
        guard let key = key?.text else {
            isFree = true
            return
        }
        if !keys.contains(key) { keys.append(key) }
    }

    /// `{ answer: KEY }` among the values.
    private mutating func search(_ node: YAMLNode) {
        for pair in node.pairs ?? [] {
            if pair.key == "answer", let text = pair.value.text {
                note(text == "true" || Int(text) != nil ? nil : pair.value)
            } else {
                search(pair.value)
            }
        }
        for item in node.items ?? [] { search(item) }
    }
}

extension LabSession {
    /// What the open step asks to be answered.
    public func asked() throws(EscaleError) -> AskedAnswer {
        let (_, step) = try here()
        return AskedAnswer(step.checks) { try? Files.text(Path.join(step.folder, $0)) }
    }

    /// Keeps an answer for the checks; the last one counts.
    public func answer(_ text: String) throws(EscaleError) {
        let (lab, step) = try here()
        let asked = try asked()
        guard !asked.isNothing else {
            throw EscaleError(
                .conflict,
                Typography.french(
                    "cette étape n’attend pas de réponse : elle se juge sur ce que vous avez fait"),
                repair: "verifier")
        }
        var text = Extraction.trimmed(text)
        guard !text.isEmpty else {
            throw EscaleError(.invalid, "il manque votre réponse", repair: asked.example)
        }
        guard asked.isFree || asked.names(text) else {
            throw EscaleError(
                .invalid,
                "cette étape attend \(Typography.list(asked.keys.map { "\($0)=…" }, "et")) : votre réponse ne nomme rien de cela",
                repair: asked.example)
        }
        if let before = try state(lab, step).answer { text = Self.merged(before, text) }
        try record(.answered(text))
    }

    /// `name=value` answers given one after the other add up; the last value of a name counts.
    package static func merged(_ before: String, _ now: String) -> String {
        func named(_ text: String) -> [(name: Substring, value: Substring)]? {
            var pairs: [(Substring, Substring)] = []
            for word in text.split(separator: " ") {
                guard let equal = word.firstIndex(of: "="), equal != word.startIndex else { return nil }
                pairs.append((word[..<equal], word[word.index(after: equal)...]))
            }
            return pairs
        }
        guard let old = named(before), let new = named(now) else { return now }
        let kept = old.filter { pair in !new.contains { $0.name == pair.name } }
        return (kept + new).map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }
}
