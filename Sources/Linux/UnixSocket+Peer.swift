import Glibc
import Support

extension UnixSocket {
    /// The process that listens on a socket; nil when nobody does (unix(7), SO_PEERCRED: to a client,
    /// the peer is whoever called listen).
    public static func listener(_ path: String) -> pid_t? {
        guard let fd = try? connect(path) else { return nil }
        // struct ucred, which glibc only shows under _GNU_SOURCE: pid, uid, gid.
        var who: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
        var size = socklen_t(MemoryLayout.size(ofValue: who))
        guard getsockopt(fd.raw, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0, who.pid > 0 else { return nil }
        return who.pid
    }
}
