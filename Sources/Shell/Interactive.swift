import Glibc
import Linux
import Support

/// The shell on a terminal: prompt, line, prompt.
final class Interactive {
    private let session: ShellSession
    private let signals: Signals
    private let editor: Editor

    init(kit: Kit, terminal: Terminal) throws(EscaleError) {
        let signals = try Signals()
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
        session.entries = { [unowned self] in editor.entries }
        session.ask = { [unowned self] question in
            if case .line(let answer) = editor.read(prompt: question) { return answer }
            return nil
        }
    }

    func run() -> Int32 {
        Output.out(Welcome.text(session.labs, session.style))
        while true {
            if Environment["ESCALE_PROOF"] != nil {
                Output.out("\u{1B}]777;escale;ready;\(session.status)\u{07}")
            }
            switch readWhole() {
            case .line(let text):
                editor.remember(text)
                session.execute(text)
                if signals.mustEnd { return end(129) }
                if session.mustQuit { return end(0) }
            case .interrupted: continue
            case .end:
                Output.out("\n")
                return end(0)
            case .hangup: return end(129)
            }
        }
    }

    /// A line, with those that it needs to be whole.
    private func readWhole() -> Typed {
        let first = editor.read(prompt: session.prompt.text(session.style))
        guard case .line(var text) = first else { return first }
        while session.isUnfinished(text) {
            switch editor.read(prompt: session.style.isUTF8 ? "… " : "> ") {
            case .line(let more): text += "\n" + more
            case .end, .interrupted: return .interrupted
            case .hangup: return .hangup
            }
        }
        return .line(text)
    }

    private func end(_ status: Int32) -> Int32 {
        session.close()
        // With the terminal gone there is nobody to greet.
        if status == 0 { Output.out(Welcome.goodbye(session.style)) }
        return status
    }
}
