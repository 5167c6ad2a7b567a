import Glibc
import Linux
import Support

/// An exclusive lock between processes (flock(2)) that dies with its holder.
struct FileLock: ~Copyable {
    private let fd: FD

    /// Waits until the lock is free.
    init(_ path: String) throws(EscaleError) {
        let file = try Sys.open(path, O_RDWR | O_CREAT, mode: 0o600)
        let raw = file.raw
        try Sys.call("lock", path) { flock(raw, LOCK_EX) }
        fd = file
    }

    borrowing func unlock() { flock(fd.raw, LOCK_UN) }
}
