import CLinux
import Glibc
import Support

/// Stream sockets in the file system (unix(7)).
public enum UnixSocket {
    /// Connects. `.notFound` or `.unavailable` (ECONNREFUSED) when nobody listens.
    public static func connect(_ path: String) throws(EscaleError) -> FD {
        let fd = FD(
            owning: try Sys.call("socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) })
        var address = try self.address(path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        try Sys.call("connect", path) {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(fd.raw, $0, size) }
            }
        }
        return fd
    }

    /// Binds and listens, replacing a stale socket file; the file gets `mode` before anyone can connect.
    public static func listen(_ path: String, mode: mode_t = 0o600, backlog: Int32 = 128)
        throws(EscaleError) -> FD
    {
        let fd = FD(
            owning: try Sys.call("socket") { socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0) })
        var address = try self.address(path)
        unlink(path)
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        // fchmod before bind sets the mode that the file is born with, whatever the umask.
        fchmod(fd.raw, mode)
        let old = umask(0)
        defer { umask(old) }
        try Sys.call("bind", path) {
            withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(fd.raw, $0, size) }
            }
        }
        try Sys.call("chmod", path) { chmod(path, mode) }
        try Sys.call("listen", path) { Glibc.listen(fd.raw, backlog) }
        return fd
    }

    /// A connected pair of stream sockets, close-on-exec.
    public static func pair() throws(EscaleError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try Sys.call("socketpair") {
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0, &ends)
        }
        return (ends[0], ends[1])
    }

    private static func address(_ path: String) throws(EscaleError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw EscaleError(
                .invalid, "socket path too long (107 bytes at most): \(path)",
                repair: "export ESCALE_RUN=/run/escale")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }
}
