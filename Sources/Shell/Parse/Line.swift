/// What a typed line asks for.
package enum Action: Equatable, Sendable {
    case nothing
    /// A verb of the shell, with its words.
    case verb(Verb, [String])
    /// `?`, alone or about something.
    case help([String])
    /// For bash, as it stands or with the verb made explicit. `engine` when it is one of our commands.
    case bash(String, engine: Bool)
    /// The beginning of several verbs, and nothing that bash knows.
    case ambiguous(String, [Verb])
    /// Nothing we know; the nearest word, where one is near.
    case unknown(String, suggestion: String?)
    /// Means a file and a container at once.
    case unclear(verb: String, name: String)
}

/// Decides what to do with a line: pure, but for the questions it asks of `world`.
package enum Line {
    package static func parse(_ line: String, in world: EngineVerb.World) -> Action {
        let split = ShellWords(line)
        guard let first = split.words.first else { return split.isSimple ? .nothing : raw(line) }
        if first.text == "?" { return .help(Array(split.texts.dropFirst())) }
        if let answer = freeText(line, split) { return answer }
        guard split.isSimple, !split.isOpen else { return raw(line) }
        let arguments = Array(split.texts.dropFirst())
        // `pourquoi ?` asks the question, not how to ask it.
        if arguments == ["?"] {
            return Verb.match(first.text) == .exact(.pourquoi) ? .verb(.pourquoi, []) : .help([first.text])
        }
        if first.isQuoted || !first.isLiteral || first.text.contains("=") || first.text.contains("/") {
            return raw(line)
        }
        return word(first, arguments, line, split, world)
    }

    /// `repondre c'est le noyau`: in an answer, a lone apostrophe opens no quote.
    private static func freeText(_ line: String, _ split: ShellWords) -> Action? {
        guard split.isOpen, !line.contains("\n"), let first = line.split(separator: " ").first else {
            return nil
        }
        guard case .exact(let verb) = Verb.match(String(first)), verb == .repondre || verb == .predire else {
            return nil
        }
        return .verb(verb, line.split(separator: " ").dropFirst().map(String.init))
    }

    private static func word(
        _ first: ShellWord, _ arguments: [String], _ line: String, _ split: ShellWords,
        _ world: EngineVerb.World
    ) -> Action {
        let name = first.text
        // Docker's verb that a verb of ours also goes by: the words after it tell.
        if name == "run", arguments.isEmpty { return .verb(.lancer, []) }
        if name == "history", EngineVerb.meaning(name, arguments, in: world) == .system {
            return .verb(.historique, arguments)
        }
        if EngineVerb.all.contains(name) {
            switch EngineVerb.meaning(name, arguments, in: world) {
            case .engine: return .bash("docker " + tail(line, from: first), engine: true)
            case .system: return .bash(line, engine: false)
            case .both(let file): return .unclear(verb: name, name: file)
            }
        }
        if EngineVerb.kit.contains(name) {
            let text = tail(line, from: first)
            return .bash(name == "docker" ? text : "escale " + text, engine: true)
        }
        let match = Verb.match(name)
        if case .exact(let verb) = match { return verbAction(verb, arguments, line, split) }
        // A program of the machine comes before the beginning of a verb, and before any guess.
        if world.isCommand(name) { return raw(line) }
        switch match {
        case .prefix(let verb): return verbAction(verb, arguments, line, split)
        case .ambiguous(let verbs): return .ambiguous(name, verbs)
        default: break
        }
        return .unknown(name, suggestion: suggestion(for: name))
    }

    private static func verbAction(
        _ verb: Verb, _ arguments: [String], _ line: String, _ split: ShellWords
    ) -> Action {
        if verb == .aide { return .help(arguments) }
        if let command = verb.command {
            let start = split.words.count > 1 ? split.words[1].start : line.count
            let rest = String(line.dropFirst(start))
            return .bash(rest.isEmpty ? "escale \(command)" : "escale \(command) \(rest)", engine: true)
        }
        // `repondre $X` must see what bash holds: its function calls us back with the words expanded.
        if split.words.contains(where: { !$0.isLiteral }) {
            let start = split.words.count > 1 ? split.words[1].start : line.count
            return .bash("\(verb.rawValue) \(line.dropFirst(start))", engine: false)
        }
        return .verb(verb, arguments)
    }

    /// The nearest word that would have meant something here.
    package static func suggestion(for word: String) -> String? {
        Fold.nearest(word, among: Verb.words.map(\.word) + EngineVerb.all + EngineVerb.kit)
    }

    private static func raw(_ line: String) -> Action { .bash(line, engine: false) }

    /// The line from a word on, as it was typed: bash expands what is in it.
    private static func tail(_ line: String, from word: ShellWord) -> String {
        String(line.dropFirst(word.start))
    }
}
