import CLinux
import Glibc
import Linux
import Support

/// Long texts, a screen at a time: a learner reads from the beginning, not from the end.
struct Pager {
    let signals: Signals

    /// Prints the text; where it is higher than the terminal, waits for a key at the foot of each screen.
    func show(_ text: String, _ style: Style) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        // What follows the last newline is no line.
        if lines.last?.isEmpty == true { lines.removeLast() }
        let modes = KeyByKey()
        defer { modes?.restore() }
        while true {
            let size = Terminal.size
            let count = Pages.fitting(lines, columns: size.columns, rows: size.rows)
            guard count < lines.count, modes != nil else { break }
            Output.out(lines.prefix(count).joined(separator: "\n") + "\n")
            lines = lines.dropFirst(count)
            // Before the question, so that an answer by ^C is not taken for an older one.
            signals.drain()
            signals.interrupted = false
            Output.out(style.dim(Pages.foot))
            let goesOn = wantsMore()
            Output.out("\r\u{1B}[K")
            if !goesOn { return }
        }
        Output.out(lines.joined(separator: "\n") + "\n")
    }

    private func wantsMore() -> Bool {
        while true {
            var polls = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd, events: Int16(POLLIN), revents: 0)
            ]
            if poll(&polls, 2, -1) < 0, errno != EINTR { return false }
            if polls[1].revents != 0 {
                signals.drain()
                if signals.mustEnd || signals.interrupted { return false }
            }
            guard polls[0].revents != 0 else { continue }
            // One key may be several bytes: an arrow, a letter with an accent.
            var bytes = [UInt8](repeating: 0, count: 16)
            let n = read(0, &bytes, bytes.count)
            if n <= 0 { return false }
            if let answer = Pages.answer(Array(bytes[..<n])) { return answer }
        }
    }
}

/// What fits on a screen, and what a key means there. Pure.
package enum Pages {
    package static let foot = "-- suite (Entrée\u{A0}; q pour arrêter) --"

    /// How many of the lines fit: all, or as many as leave room for the foot; at least one.
    package static func fitting(_ lines: ArraySlice<Substring>, columns: Int, rows: Int) -> Int {
        var used = 0
        for (count, line) in lines.enumerated() {
            // A command that is wider than the terminal takes several rows.
            used += max(1, (Width.of(line) + columns - 1) / max(columns, 1))
            if used > rows - 1 { return max(1, atBlank(lines, count)) }
        }
        return lines.count
    }

    /// Rather between two paragraphs than within one, where a few lines less will do.
    private static func atBlank(_ lines: ArraySlice<Substring>, _ count: Int) -> Int {
        let start = lines.startIndex
        for back in 0..<min(8, count / 2) where lines[start + count - 1 - back].isEmpty {
            return count - back
        }
        return count
    }

    /// True goes on, false stops; nil for a key that means nothing.
    package static func answer(_ key: [UInt8]) -> Bool? {
        switch key {
        // Enter, space, down, page down.
        case [10], [13], [32], [27, 91, 66], [27, 79, 66], [27, 91, 54, 126]: true
        // q, Q, ^C, ^D, escape.
        case [113], [81], [3], [4], [27]: false
        default: key.allSatisfy { $0 == 10 || $0 == 13 } ? true : nil
        }
    }
}

/// The terminal without line editing and echo until `restore` (termios(3)); signals stay.
private struct KeyByKey {
    private var saved = termios()

    init?() {
        guard tcgetattr(0, &saved) == 0 else { return nil }
        var modes = saved
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
        tcsetattr(0, TCSADRAIN, &modes)
    }

    func restore() {
        var saved = saved
        tcsetattr(0, TCSADRAIN, &saved)
    }
}
