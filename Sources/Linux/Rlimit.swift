import CLinux
import Support

/// Limits of a process (setrlimit(2)).
public enum Rlimit {
    private static let names = [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS",
        "RLIMIT_NPROC", "RLIMIT_NOFILE", "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS",
        "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO", "RLIMIT_RTTIME"
    ]

    /// The number of `RLIMIT_NOFILE` and its like.
    public static func resource(_ name: String) -> Int32? { names.firstIndex(of: name).map(Int32.init) }

    /// Sets one limit of process `pid`, 0 for the caller.
    public static func set(_ name: String, soft: UInt64, hard: UInt64, pid: pid_t = 0)
        throws(EscaleError)
    {
        guard let resource = resource(name) else {
            throw EscaleError(.invalid, "unknown rlimit type \"\(name)\"")
        }
        try Sys.check(cl_prlimit(pid, resource, soft, hard), "setrlimit", name)
    }
}
