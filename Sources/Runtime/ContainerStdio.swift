import CLinux
import Glibc
import Linux
import OCI
import Support

/// What the program reads from and writes to.
extension ContainerProcess {
    func connect(_ stdio: Stdio) throws(EscaleError) {
        guard case .descriptors(let stdin, let stdout, let stderr) = stdio else { return }
        // First out of the way of 0 to 2, which they may be in another order.
        var copies: [Int32] = []
        for fd in [stdin, stdout, stderr] {
            copies.append(try Sys.check(cl_fcntl(fd, F_DUPFD_CLOEXEC, 10), "dup"))
        }
        for (i, copy) in copies.enumerated() {
            try Sys.call("dup2") { dup2(copy, Int32(i)) }
            close(copy)
        }
    }

    /// In the container's root and still with its privileges: pipes become the user's, so that a program
    /// without root's rights can open /dev/stdout again, and a null device of the host the container's own,
    /// so that it holds no file of the host. What the host or a user namespace refuses stays as it is.
    func handOverStdio() {
        for fd in Int32(0)...2 {
            var s = stat()
            guard fstat(fd, &s) == 0 else { continue }
            if s.st_mode & S_IFMT == S_IFIFO {
                if s.st_uid != process.user.uid { fchown(fd, process.user.uid, gid_t.max) }
            } else if isNull(s), let own = try? Sys.open("/dev/null", O_RDWR | O_NOFOLLOW) {
                var t = stat()
                if fstat(own.raw, &t) == 0, isNull(t) { dup2(own.raw, fd) }
            }
        }
    }

    private func isNull(_ s: stat) -> Bool {
        s.st_mode & S_IFMT == S_IFCHR && UInt(s.st_rdev) == DeviceNumber.make(1, 3)
    }
}
