import DockerClient
import Glibc
import Linux
import Support

/// One run of the shell: decides about each line and has it done.
final class ShellSession {
    let kit: Kit
    let labs: any LabFront
    let terminal: Terminal?
    let signals: Signals?
    let names: Names
    private let bash: Bash
    private let lastError: LastError
    private var engine = EngineChoice.escale
    /// `$?` of the last line.
    private(set) var status: Int32 = 0
    /// The learner wants to leave.
    private(set) var mustQuit = false
    /// Asks a question on the terminal.
    var ask: (String) -> Reply = { _ in .nobody }
    /// Shows long texts; a shell on a terminal has one.
    var pager: Pager?
    /// Lines kept, for `historique`.
    var entries: () -> [String] = { [] }

    init(kit: Kit, terminal: Terminal? = nil, signals: Signals? = nil) throws(EscaleError) {
        self.kit = kit
        self.terminal = terminal
        self.signals = signals
        labs = LabFronts.open(kit: kit)
        names = Names(kit: kit)
        let commands = try Commands.prepare(kit: kit)
        lastError = LastError(kit: kit)
        // A line given to `-c`, or a script, runs where it was started; the shell in the workspace.
        let here = Self.workingFolder
        let folder = terminal == nil ? here : labs.workspace ?? here
        bash = Bash(
            environment: BashSetup.environment(
                base: Environment.all, kit: kit, bin: commands.bin, shim: commands.shim,
                lastError: lastError.path, interactive: terminal != nil),
            folder: folder, terminal: terminal, signals: signals)
        follow()
    }

    /// Ends bash; containers and machines go on.
    func close() {
        bash.close()
        lastError.clear()
    }

    var style: Style { .terminal }

    var screen: Screen { Screen(style: style, isLive: terminal != nil, ask: ask, pager: pager) }

    var prompt: Prompt {
        var prompt = Prompt()
        labs.fill(&prompt)
        prompt.status = status
        prompt.foreignEngine = engine == .docker
        if bash.folder != labs.workspace { prompt.folder = shown(bash.folder) }
        return prompt
    }

    /// Does the text need more lines?
    func isUnfinished(_ text: String) -> Bool {
        guard case .bash(let line, _) = Line.parse(text, in: blindWorld) else { return false }
        return bash.isUnfinished(line)
    }

    /// Does what a line asks; never throws: what goes wrong is said, and is its status.
    @discardableResult
    func execute(_ text: String) -> Int32 {
        do {
            let action = Line.parse(text, in: world)
            if action == .nothing { return status }
            status = try perform(action)
        } catch {
            if signals?.mustEnd == true { return 129 }
            ShellMain.report(error)
            status = 1
        }
        return status
    }

    private func perform(_ action: Action) throws(EscaleError) -> Int32 {
        switch action {
        case .nothing: return status
        case .bash(let text, let isEngine): return try runBash(text, isEngine: isEngine)
        case .help(let topics): return help(topics)
        case .verb(let verb, let arguments): return try run(verb, arguments)
        case .ambiguous(let word, let verbs):
            screen.complain(
                "« \(word) » peut vouloir dire : \(verbs.map { "`\($0.french)`" }.joined(separator: ", ")).")
            return 2
        case .unknown(let word, let suggestion):
            Output.err("escale: \(word): command not found\n")
            sayUnknown(word, suggestion)
            return 127
        case .unclear(let verb, let name):
            screen.complain(
                "« \(name) » est à la fois un fichier et un conteneur. Pour le conteneur : `docker \(verb) …` ; pour le fichier : `command \(verb) …`."
            )
            return 2
        }
    }

    // MARK: - Verbs

    private func run(_ verb: Verb, _ arguments: [String]) throws(EscaleError) -> Int32 {
        switch verb {
        case .quitter:
            mustQuit = true
            return arguments.first.flatMap { Int32($0) } ?? 0
        case .aide: return help(arguments)
        case .historique: return showHistory(arguments)
        case .moteur: return try chooseEngine(arguments)
        case .nettoyer: return try Cleaning(kit: kit, screen: screen).run(arguments)
        case .verifier, .lancer:
            // A `^C` of before is not for this check.
            signals?.drain()
            defer { signals?.drain() }
            guard let terminal else { return try labs.perform(verb, arguments, screen) }
            return try terminal.silently { () throws(EscaleError) in
                try labs.perform(verb, arguments, screen)
            }
        default:
            let before = labs.workspace
            let status = try labs.perform(verb, arguments, screen)
            signals?.drain()
            if let now = labs.workspace, verb == .ouvrir || verb == .reprendre || now != before {
                try enter(now)
            }
            return status
        }
    }

    private func help(_ topics: [String]) -> Int32 {
        guard !topics.isEmpty else {
            screen.show(HelpPage.overview(style))
            return 0
        }
        let topic = topics.joined(separator: " ")
        if let page = HelpPage.topic(topic, style) ?? HelpPage.topic(topics[0], style) {
            screen.show(page)
            return 0
        }
        do {
            if try labs.perform(.glossaire, topics, screen) == 0 { return 0 }
        } catch { ShellMain.report(error) }
        if let near = Line.suggestion(for: topic) { screen.complain("Vouliez-vous dire `? \(near)` ?") }
        return 1
    }

    private func showHistory(_ arguments: [String]) -> Int32 {
        let all = entries()
        let count = arguments.first.flatMap { Int($0) } ?? 20
        for (i, entry) in all.enumerated().suffix(max(0, count)) {
            screen.show("\(Width.pad(String(i + 1), to: 5, right: true))  \(entry)\n")
        }
        return 0
    }

    private func chooseEngine(_ arguments: [String]) throws(EscaleError) -> Int32 {
        guard let word = arguments.first else {
            let text =
                engine == .escale ? "celui d’Escale (`unix://\(kit.dockerSocket)`)" : "celui de cette machine"
            screen.say("`docker` désigne \(text). `moteur escale` ou `moteur docker` en change.")
            return 0
        }
        guard let choice = EngineChoice(rawValue: Fold.key(word)) else {
            screen.complain("`moteur \(word)` n’existe pas : `moteur escale` ou `moteur docker`.")
            return 2
        }
        _ = try bash.run("__escale_engine \(choice.rawValue)")
        engine = choice
        if choice == .docker, try bash.run("type -P docker >/dev/null") != 0 {
            _ = try bash.run("__escale_engine escale")
            engine = .escale
            screen.complain(
                "Il n’y a pas de programme `docker` sur cette machine : `docker` reste celui d’Escale.")
            return 1
        }
        screen.say(
            choice == .escale
                ? "`docker` désigne de nouveau le moteur d’Escale."
                : "`docker` désigne maintenant celui de cette machine, et son démon. Les vérifications des labs regardent toujours le moteur d’Escale : `moteur escale` y revient."
        )
        return 0
    }

    /// Makes the lab's workspace bash's folder.
    private func enter(_ folder: String) throws(EscaleError) {
        guard terminal != nil else { return }
        _ = try bash.run("cd -- \(ShellWords.quote(folder))")
        follow()
    }

    // MARK: - Bash

    private func runBash(_ text: String, isEngine: Bool) throws(EscaleError) -> Int32 {
        lastError.clear()
        let status = try bash.run(text)
        follow()
        names.forget()
        labs.observe()
        guard status != 0 else { return status }
        if let word = lastError.missingCommand {
            sayUnknown(word, Line.suggestion(for: word))
        } else if let said = lastError.read() {
            say(
                FrenchErrors.explain(
                    message: said.message, code: said.code, status: said.status, tags: said.tags))
        } else if isEngine {
            say(FrenchErrors.explain(message: "", code: nil, status: status))
        }
        return status
    }

    private func say(_ help: FrenchHelp?) {
        if let help { Output.err(FrenchErrors.render(help, style)) }
    }

    private func sayUnknown(_ word: String, _ suggestion: String?) {
        let guess = suggestion.map { "Vouliez-vous dire `\($0)` ? " } ?? ""
        screen.complain(
            "« \(word) » n’est ni un verbe d’Escale ni un programme de cette machine. \(guess)`aide` donne la liste."
        )
    }

    /// Our folder is bash's, so that file names mean the same to both (readline's completion).
    private func follow() { chdir(bash.folder) }

    // MARK: - What a line may mean

    private var world: EngineVerb.World {
        EngineVerb.World(
            fileExists: { Files.exists($0) }, isContainer: { [names] in names.containers.contains($0) },
            isCommand: { [bash] in (try? bash.knows($0)) ?? false })
    }

    /// For a text that may go on: no questions to anyone.
    private var blindWorld: EngineVerb.World {
        EngineVerb.World(fileExists: { _ in false }, isContainer: { _ in false }, isCommand: { _ in true })
    }

    private func shown(_ folder: String) -> String {
        guard let home = Environment["HOME"], home != "/" else { return folder }
        if folder == home { return "~" }
        return folder.hasPrefix(home + "/") ? "~" + folder.dropFirst(home.count) : folder
    }

    private static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }
}
