import CLinux
import Glibc
import Support

/// Pseudo-terminals (pty(7)).
public enum Pty {
    /// A new pair from the multiplexer at `path`: the master, unlocked, and N of `/dev/pts/N`.
    public static func open(_ path: String = "/dev/ptmx") throws(EscaleError) -> (
        master: Int32, number: Int32
    ) {
        let master = try Sys.open(path, O_RDWR | O_NOCTTY)
        let number = try Sys.check(cl_pty_number(master.raw), "unlock pty", path)
        return (master.release(), number)
    }

    /// The other end of a master.
    public static func peer(_ master: Int32) throws(EscaleError) -> FD {
        FD(owning: try Sys.check(cl_pty_peer(master), "open pty peer"))
    }

    public static func resize(_ terminal: Int32, width: Int, height: Int) throws(EscaleError) {
        let rows = UInt16(clamping: height)
        let columns = UInt16(clamping: width)
        try Sys.check(cl_set_window(terminal, rows, columns), "set window size")
    }

    public static func size(_ terminal: Int32) -> (width: Int, height: Int)? {
        var rows: UInt16 = 0
        var columns: UInt16 = 0
        guard cl_get_window(terminal, &rows, &columns) >= 0 else { return nil }
        return (Int(columns), Int(rows))
    }

    /// Passes every key and byte through as it is (cfmakeraw(3)); nil where this is no terminal.
    /// - Returns: the settings to put back with `restore`.
    public static func makeRaw(_ terminal: Int32) -> termios? {
        var old = termios()
        guard tcgetattr(terminal, &old) == 0 else { return nil }
        var raw = old
        cfmakeraw(&raw)
        return tcsetattr(terminal, TCSANOW, &raw) == 0 ? old : nil
    }

    public static func restore(_ terminal: Int32, _ settings: termios) {
        var settings = settings
        tcsetattr(terminal, TCSANOW, &settings)
    }
}
