import CLinux
import Glibc
import Support

/// Kinds of namespaces (namespaces(7)): their CLONE_NEW* flag and file in /proc/PID/ns.
public enum Namespace: String, CaseIterable, Sendable {
    case user, cgroup, ipc, uts, network, pid, mount, time

    public var flag: Int32 {
        switch self {
        case .mount: 0x0002_0000
        case .cgroup: 0x0200_0000
        case .uts: 0x0400_0000
        case .ipc: 0x0800_0000
        case .user: 0x1000_0000
        case .pid: 0x2000_0000
        case .network: 0x4000_0000
        case .time: 0x0000_0080
        }
    }

    /// As clone3(2) takes it.
    public var cloneFlag: UInt64 { UInt64(UInt32(bitPattern: flag)) }

    public var file: String {
        switch self {
        case .mount: "mnt"
        case .network: "net"
        default: rawValue
        }
    }

    /// The file of a process's namespace; `pid` nil for the caller's own.
    public func path(of pid: pid_t?) -> String { "/proc/\(pid.map { "\($0)" } ?? "self")/ns/\(file)" }

    /// The inode that tells namespaces apart, as in `net:[4026531840]`; nil where there is none.
    public func inode(of pid: pid_t?) -> UInt64? {
        var s = stat()
        return stat(path(of: pid), &s) == 0 ? UInt64(s.st_ino) : nil
    }

    public static func unshare(_ kinds: [Namespace]) throws(EscaleError) {
        try Sys.check(
            cl_unshare(kinds.reduce(0) { $0 | $1.flag }), "unshare",
            kinds.map(\.rawValue).joined(separator: " "))
    }

    /// Joins the namespace behind an open file of /proc/PID/ns.
    public func join(_ fd: borrowing FD) throws(EscaleError) {
        try Sys.check(cl_setns(fd.raw, flag), "setns", rawValue)
    }
}

/// The user namespace that this process is in.
public enum UserNamespace {
    /// Whether it is not the first one: then ids are mapped, and some things are the host's only.
    public static var isNested: Bool {
        let text = (try? Files.text("/proc/self/uid_map")) ?? ""
        return text.split(whereSeparator: \.isWhitespace).map(String.init) != ["0", "0", "4294967295"]
    }
}

/// What this process may do to the host.
enum Privilege {
    /// Root, and of the first user namespace: others get their devices from the host, and can't make any.
    static var isHostRoot: Bool { geteuid() == 0 && !UserNamespace.isNested }
}
