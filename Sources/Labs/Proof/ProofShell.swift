import Glibc
import Linux
import Support

/// The real shell on a pseudo-terminal, typed into line by line.
final class ProofShell {
    private let terminal: PseudoTerminal
    private var reader = ScreenReader()
    private let cancelled: () -> Bool
    /// All that was on the screen, for reports of failures.
    private(set) var transcript = ""

    /// A line may start several virtual machines under emulation.
    private static let lineLimit = 300.0

    /// - Parameter program: the `escale` to prove with.
    init(program: String, kit: Kit, directory: String, cancelled: @escaping () -> Bool) throws(EscaleError) {
        let own = [
            "ESCALE_ROOT", "ESCALE_RUN", "ESCALE_PROOF", "TERM", "PS1", "HISTFILE", "NO_COLOR", "DOCKER_HOST"
        ]
        let environment =
            Environment.all.filter { entry in !own.contains(String(entry.prefix { $0 != "=" })) } + [
                "ESCALE_ROOT=\(kit.root)", "ESCALE_RUN=\(kit.run)", "ESCALE_PROOF=1", "TERM=xterm",
                "NO_COLOR=1"
            ]
        self.cancelled = cancelled
        terminal = try PseudoTerminal(program, [], environment: environment, directory: directory, width: 160)
        _ = try untilReady(seconds: 30)
    }

    /// Types a line and waits until the shell listens again.
    /// - Returns: what it said, and the line's status.
    @discardableResult
    func type(_ line: String) throws(EscaleError) -> (text: String, status: Int) {
        // A tab typed into readline completes: quoted by ^V it is a tab.
        try terminal.type(line.replacing("\t", with: "\u{16}\t") + "\n")
        let (text, status) = try untilReady(seconds: Self.lineLimit)
        // The echo of what was typed is no answer.
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if let first = lines.first, first.contains(line.prefix(20)) { lines.removeFirst() }
        return (lines.joined(separator: "\n"), status)
    }

    /// Types a whole script, reading values off the screen where it says so.
    func play(_ script: String) throws(EscaleError) {
        var values: [String: String] = [:]
        var screen = ""
        for act in Typing.acts(script) {
            switch act {
            case .type(let line): screen = try type(Typing.fill(line, values)).text
            case .read(let name, let pattern):
                guard let value = Typing.value(pattern, on: screen) else {
                    throw EscaleError(
                        .notFound,
                        Typography.french("rien à l’écran ne correspond à « \(pattern) » pour \(name)"),
                        repair: Extraction.excerpt(screen))
                }
                values[name] = value
            }
        }
    }

    func close() { terminal.end() }

    private func untilReady(seconds: Double) throws(EscaleError) -> (text: String, status: Int) {
        let started = Monotonic.now
        while true {
            if let (text, status) = reader.next() {
                transcript += text
                return (text, status)
            }
            if cancelled() { throw EscaleError(.interrupted, "preuve interrompue") }
            guard let bytes = try terminal.read(milliseconds: 200) else {
                throw EscaleError(
                    .unavailable, "la session s’est fermée", repair: Extraction.excerpt(reader.rest))
            }
            reader.feed(bytes)
            if started.elapsedMilliseconds > seconds * 1000 {
                throw EscaleError(
                    .timeout, "la session ne rend pas la main après \(Int(seconds)) s",
                    repair: Extraction.excerpt(reader.rest))
            }
        }
    }
}
