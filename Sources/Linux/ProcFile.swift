import CLinux
import Glibc
import Support

/// Writing to /proc where what is mounted there is not ours to trust: a joined mount namespace may show
/// something else under that name, or send a write to another file by a symlink.
public enum ProcFile {
    // RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS | RESOLVE_BENEATH.
    private static let within: UInt64 = 0x01 | 0x02 | 0x08

    /// - Parameter path: below `/proc`: `self/oom_score_adj`.
    public static func write(_ path: String, _ text: String) throws(EscaleError) {
        let proc = try Sys.open("/proc", Sys.pathOnly | O_DIRECTORY)
        guard proc.fileSystem == .proc else {
            throw EscaleError(.denied, "/proc/\(path): /proc is not the kernel's")
        }
        let file = FD(
            owning: try Sys.check(
                cl_openat2(proc.raw, path, UInt64(UInt32(bitPattern: O_WRONLY)), 0, within), "open",
                "/proc/\(path)"))
        do { try Sys.writeAll(file.raw, text.utf8) } catch {
            throw error.within("/proc/\(path): \"\(text)\"")
        }
    }
}
