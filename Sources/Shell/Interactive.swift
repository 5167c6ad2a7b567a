import Glibc
import Linux
import Measure
import Registry
import Support

/// The shell on a terminal: prompt, line, prompt.
final class Interactive {
    private let session: ShellSession
    private let signals: Signals
    private let editor: Editor
    private let isDriven = Environment["ESCALE_PROOF"] != nil

    init(kit: Kit, terminal: Terminal) throws(EscaleError) {
        let signals = try Signals()
        // Registries that are started here end with us.
        setenv(BackgroundRegistries.sessionVariable, "\(getpid())", 1)
        let session = try ShellSession(kit: kit, terminal: terminal, signals: signals)
        self.signals = signals
        self.session = session
        editor = Editor(signals: signals, history: HistoryFile(kit: kit)) { [unowned session] request in
            var sources = Completion.Sources()
            session.names.fill(&sources)
            session.labs.fill(&sources)
            session.names.forget()
            return Completion.complete(request, sources)
        }
        if !isDriven { session.pager = Pager(signals: signals) }
        session.entries = { [unowned self] in editor.entries }
        session.ask = { [unowned self] question in
            // Such a program answers no questions.
            if isDriven { return .nobody }
            if case .line(let answer) = editor.read(prompt: question) { return .line(answer) }
            return .dropped
        }
    }

    func run() -> Int32 {
        Output.out(Welcome.text(session.labs, session.style))
        warnIfUnwritable()
        while true {
            switch readWhole() {
            case .line(let text):
                editor.remember(text)
                session.execute(text)
                if signals.mustEnd { return end(129) }
                if session.mustQuit { return end(session.status) }
            case .interrupted: continue
            case .end:
                Output.out("\n")
                return end(0)
            case .hangup: return end(129)
            }
        }
    }

    /// Said once, before anything is done that would be lost.
    private func warnIfUnwritable() {
        do { try session.kit.requireWritable() } catch {
            session.screen.refuse(
                "rien de ce que vous ferez ici ne sera enregistré : \(error.message)", repair: error.repair)
        }
    }

    /// A line, with those that it needs to be whole.
    private func readWhole() -> Typed {
        let first = read(prompt: session.prompt.text(session.style))
        guard case .line(var text) = first else { return first }
        while session.isUnfinished(text) {
            switch read(prompt: session.style.isUTF8 ? "… " : "> ") {
            case .line(let more): text += "\n" + more
            case .end, .interrupted: return .interrupted
            case .hangup: return .hangup
            }
        }
        return .line(text)
    }

    /// A program that types for a learner (a lab's proof) is told when we listen, and how the last
    /// line ended.
    private func read(prompt: String) -> Typed {
        editor.read(prompt: prompt) {
            Output.out(
                isDriven
                    ? "\u{1B}]777;escale;ready;\(session.status)\u{07}"
                    : Prompt.freshLine(session.style, columns: Terminal.columns))
        }
    }

    private func end(_ status: Int32) -> Int32 {
        session.close()
        // With the terminal gone there is nobody to greet.
        if !signals.mustEnd { Output.out(Welcome.goodbye(session.style)) }
        return status
    }
}
