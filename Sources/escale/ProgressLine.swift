import Glibc
import Linux
import Support

/// One line on stderr that is written over: what goes on, and how far. Silent without a terminal.
struct ProgressLine {
    private let live: Bool

    init(enabled: Bool) { live = enabled && isatty(2) == 1 && Environment["TERM"] != "dumb" }

    /// - Parameter part: 0 to 1, nil where it is not known.
    func show(_ text: String, _ part: Double? = nil) {
        guard live else { return }
        var line = text
        if let part {
            let filled = Int((part * 20).rounded())
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
            line = "\(bar) \(text)"
        }
        Output.err("\r\u{1B}[K" + line)
    }

    func clear() { if live { Output.err("\r\u{1B}[K") } }
}
