import CLinux
import Glibc
import Linux
import Shell
import Support
import Synchronization

/// Steps in place, with the last lines of those that run; drawn anew as things happen, and as time goes by.
final class TerminalProgress: BuildProgress, Sendable {
    private struct State {
        var screen = BuildScreen()
        var excerpt: String?
        var remarks = ""
        /// Lines that are on the terminal.
        var drawn = 0
        var last = Monotonic(nanoseconds: 0)
        var isOver = false
    }

    private let state = Mutex(State())

    init() {
        // Times go on while a step is silent.
        Threads.start { [self] in while redraw() { usleep(200_000) } }
    }

    func show(_ line: JSON) {
        let event = line["escale"]
        state.withLock { s in
            if let text = event["excerpt"].string { s.excerpt = text }
            guard let kind = event["event"].string else { return }
            switch kind {
            case "warning": s.remarks += "! \(event["text"].string ?? "")\n"
            case "findings": s.remarks += "\n" + BuildFindings.text(event)
            default: s.screen.take(event)
            }
            // A step that writes much is not drawn for each line.
            if kind != "output" || s.last.elapsedMilliseconds > 50 { Self.draw(&s) }
        }
    }

    private func redraw() -> Bool {
        state.withLock { s in
            if !s.isOver, s.last.elapsedMilliseconds > 150 { Self.draw(&s) }
            return !s.isOver
        }
    }

    private static func draw(_ s: inout State) {
        s.last = .now
        var size = winsize()
        let known = cl_ioctl(2, UInt(TIOCGWINSZ), &size) >= 0 && size.ws_col > 0 && size.ws_row > 0
        let columns = known ? Int(size.ws_col) : 80
        let rows = known ? Int(size.ws_row) : 24
        let utf8 = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { Environment[$0] }.first ?? "UTF-8"
        let style = Style(
            hasColour: Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb",
            isUTF8: utf8.uppercased().contains("UTF"))
        let lines = s.screen.lines(
            style, columns: max(20, columns - 1), rows: s.isOver ? nil : max(1, rows - 1))
        let up = s.drawn > 0 ? "\u{1B}[\(s.drawn)A\r" : ""
        // One write, so that nothing flickers.
        Output.err(up + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        s.drawn = lines.count
    }

    func end() {
        state.withLock { s in
            s.isOver = true
            Self.draw(&s)
            Output.err(s.screen.failures())
            if let excerpt = s.excerpt { Output.err(excerpt + "\n") }
            Output.err(s.remarks)
        }
    }
}

/// What is to be seen of a build on a terminal. Pure.
struct BuildScreen {
    private let steps = BuildSteps()
    private var logs: [Int: String] = [:]
    private var note = ""
    /// Of a running step's output.
    private static let tail = 5

    mutating func take(_ event: JSON) {
        let i = steps.take(event)
        switch event["event"].string {
        case "status": note = event["text"].string ?? ""
        case "output": if let i { logs[i, default: ""] += event["text"].string ?? "" }
        default: break
        }
    }

    /// - Parameter rows: at most so many; then the first steps that are done make room. Nil shows all.
    func lines(_ style: Style, columns: Int, rows: Int?) -> [String] {
        let done = steps.steps.count { $0.ended != nil && $0.error == nil }
        let seconds = Units.fixed(steps.start.elapsedMilliseconds / 1000, 1)
        let title = "[+] \(seconds)s (\(done)/\(steps.steps.count))"
        let head = rows == nil ? title : Width.cut("\(title) \(Self.plain(note))", to: columns)
        var shown: [(isDone: Bool, line: String)] = []
        for (i, step) in steps.steps.enumerated() where step.began != nil {
            shown.append((step.ended != nil, line(step, style, columns)))
            guard step.ended == nil, rows != nil else { continue }
            for text in Self.last(Self.tail, of: logs[i] ?? "") {
                shown.append((false, style.dim(Width.cut("    # \(text)", to: columns))))
            }
        }
        if let rows {
            // What runs is what matters; of that the end.
            while shown.count > rows - 1, let first = shown.firstIndex(where: \.isDone) {
                shown.remove(at: first)
            }
            shown = shown.suffix(rows - 1)
        }
        return [head] + shown.map(\.line)
    }

    private func line(_ step: BuildSteps.Step, _ style: Style, _ columns: Int) -> String {
        let time = "\(Units.fixed(step.seconds, 1))s"
        let mark = step.error != nil ? style.cross : step.ended != nil ? style.tick : style.paint("=>", .blue)
        let word = step.error != nil ? "ERROR " : step.isCached ? "CACHED " : ""
        let room = max(1, columns - 4 - word.count - time.count - 1)
        let text = Width.pad(Width.cut(Self.plain(step.title), to: room), to: room)
        let painted = step.error != nil ? style.paint(word, .red) : style.paint(word, .cyan)
        return " \(Width.pad(mark, to: 2)) \(painted)\(text) \(style.dim(time))"
    }

    /// What the steps that failed have said.
    func failures() -> String {
        var out = ""
        for (i, step) in steps.steps.enumerated() where step.error != nil {
            let log = logs[i] ?? ""
            out +=
                "------\n > \(step.title):\n\(log)\(log.isEmpty || log.hasSuffix("\n") ? "" : "\n")------\n"
        }
        return out
    }

    /// The last lines of an output as a terminal would have left them: of a line that was written over, its
    /// last state.
    private static func last(_ count: Int, of log: String) -> [String] {
        let lines = log.unicodeScalars.suffix(8192).split(separator: "\n").suffix(count)
        return lines.compactMap { line in
            line.split(separator: "\r").last.map { plain(String(String.UnicodeScalarView($0))) }
        }
    }

    /// Without escape sequences and other controls, which would move the cursor; a tab is a blank.
    private static func plain(_ text: String) -> String {
        var out = ""
        var isEscape = false
        for scalar in text.unicodeScalars {
            if isEscape {
                // A sequence ends with a letter (ECMA-48, 5.4).
                if scalar.properties.isAlphabetic { isEscape = false }
            } else if scalar == "\u{1B}" {
                isEscape = true
            } else if scalar == "\t" || scalar == "\n" {
                out += " "
            } else if scalar.value >= 32, scalar.value != 127 {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
