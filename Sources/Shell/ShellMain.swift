import Glibc
import Linux
import Support

/// The French shell.
public enum ShellMain {
    public enum Mode: Sendable, Equatable {
        /// On a terminal, line after line.
        case interactive
        /// One line (`escale -c`): its status is the exit status.
        case line(String)
        /// Lines from standard input.
        case script
    }

    /// Runs the shell to its end.
    /// - Parameter strict: in a script, the first line that fails ends it with status 1.
    /// - Returns: the exit status.
    public static func run(kit: Kit, mode: Mode, strict: Bool = false) -> Int32 {
        // A bash that died must not take us with it; children get the default back.
        signal(SIGPIPE, SIG_IGN)
        do {
            switch mode {
            case .line(let text): return try oneLine(kit, text)
            case .script: return try Script(session: ShellSession(kit: kit), strict: strict).run()
            case .interactive:
                guard let terminal = Terminal() else {
                    return try Script(session: ShellSession(kit: kit), strict: strict).run()
                }
                return try Interactive(kit: kit, terminal: terminal).run()
            }
        } catch {
            report(error)
            return 1
        }
    }

    private static func oneLine(_ kit: Kit, _ text: String) throws(EscaleError) -> Int32 {
        // A check that the shell runs as a child can be interrupted, but not stopped half-way.
        signal(SIGTSTP, SIG_IGN)
        let session = try ShellSession(kit: kit)
        defer { session.close() }
        return session.execute(text)
    }

    static func report(_ error: EscaleError) {
        Output.err("escale: \(error.message)\n")
        if let repair = error.repair { Output.err("    \(repair)\n") }
        if let help = FrenchErrors.explain(message: error.message, code: error.code.rawValue, status: 1) {
            Output.err(FrenchErrors.render(help, .terminal))
        }
    }
}
