import CLinux
import Glibc
import Support

/// Network namespaces (network_namespaces(7)).
public enum NetworkNamespace {
    /// A new, empty one, held by the descriptor; the caller stays in its own.
    public static func new() throws(EscaleError) -> FD {
        FD(owning: try Sys.check(cl_netns_new(), "unshare", "network namespace"))
    }

    /// That of a process.
    public static func of(pid: pid_t) throws(EscaleError) -> FD {
        try Sys.open("/proc/\(pid)/ns/net", O_RDONLY)
    }

    /// Moves the calling thread, and what it will start, there.
    public static func enter(_ netns: borrowing FD) throws(EscaleError) {
        try Sys.check(cl_netns_enter(netns.raw), "setns", "network namespace")
    }
}
