import CLinux
import Glibc
import Linux
import Support

extension Style {
    /// As the terminal is now: it may have been resized.
    static var terminal: Style {
        Style(
            hasColour: Terminal.hasColour, isUTF8: Terminal.isUTF8, width: Terminal.columns,
            canErase: Terminal.canErase)
    }
}

/// The terminal that the shell was started on, as the learner left it.
final class Terminal {
    /// Standard input.
    let fd: Int32 = 0
    private let group = getpgrp()
    private var modes = termios()

    /// Nil where standard input or output is no terminal.
    init?() {
        guard isatty(0) == 1, isatty(1) == 1, tcgetattr(0, &modes) == 0 else { return nil }
        // Taking the terminal back from a child's group is done from the background.
        signal(SIGTTOU, SIG_IGN)
        signal(SIGTSTP, SIG_IGN)
    }

    /// Gives the keyboard and its signals to another process group.
    func give(to group: pid_t) { tcsetpgrp(fd, group) }

    /// Takes it back and undoes what a killed program did to its modes.
    func takeBack() {
        tcsetpgrp(fd, group)
        tcsetattr(fd, TCSADRAIN, &modes)
    }

    /// While a verb of ours shows its progress, keys (and `^C`) leave no trace on its line.
    func silently<R>(_ body: () throws(EscaleError) -> R) throws(EscaleError) -> R {
        var silent = modes
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(fd, TCSADRAIN, &silent)
        defer { tcsetattr(fd, TCSADRAIN, &modes) }
        return try body()
    }

    /// Columns of standard output; `COLUMNS`, then 80 where that is no terminal.
    static var columns: Int {
        var size = winsize()
        if cl_ioctl(1, UInt(TIOCGWINSZ), &size) >= 0, size.ws_col > 0 { return Int(size.ws_col) }
        return Environment["COLUMNS"].flatMap { Int($0) } ?? 80
    }

    /// Columns and rows of standard output; 80 by 24 where that is no terminal.
    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard cl_ioctl(1, UInt(TIOCGWINSZ), &size) >= 0, size.ws_col > 0, size.ws_row > 0 else {
            return (columns, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// May the output be coloured (no-color.org)?
    static var hasColour: Bool {
        isatty(1) == 1 && Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb"
    }

    /// Does it wipe the rest of a line when told to (ECMA-48 8.3.41)?
    static var canErase: Bool { Environment["TERM"].map { $0 != "dumb" } ?? false }

    /// Does the terminal show more than ASCII?
    static var isUTF8: Bool {
        let locale = Environment["LC_ALL"] ?? Environment["LC_CTYPE"] ?? Environment["LANG"] ?? "C.UTF-8"
        return locale.uppercased().contains("UTF") && Environment["TERM"] != "linux"
    }
}
