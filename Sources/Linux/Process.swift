import CLinux
import Glibc
import Support

/// Looking at processes by number, and acting on them safely.
public enum ProcessInfo {
    /// When a process started, in clock ticks since boot (proc(5), stat field 22): with the number it
    /// names one process for ever. Nil once it is gone or a zombie.
    public static func startTime(_ pid: pid_t) -> UInt64? {
        guard let text = try? Files.text("/proc/\(pid)/stat") else { return nil }
        return parseStartTime(text)
    }

    /// Of a `/proc/PID/stat` line; the name in it may hold spaces and parentheses.
    package static func parseStartTime(_ line: String) -> UInt64? {
        guard let close = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return UInt64(fields[19])
    }

    /// How many threads the calling process has.
    public static func ownThreads() -> Int { (try? Files.list("/proc/self/task").count) ?? 0 }
}

/// A process held by descriptor (pidfd_open(2)): its number can't be taken by another meanwhile.
public struct ProcessHandle: ~Copyable {
    public let pid: pid_t
    public let fd: FD

    public init(pid: pid_t, fd: consuming FD) {
        self.pid = pid
        self.fd = fd
    }

    /// - Parameter startTime: when given, the process must be that one.
    public init(_ pid: pid_t, startTime: UInt64? = nil) throws(EscaleError) {
        let opened = FD(owning: try Sys.check(cl_pidfd_open(pid), "pidfd_open", "\(pid)"))
        if let startTime, ProcessInfo.startTime(pid) != startTime {
            throw .system("pidfd_open", "\(pid)", errno: ESRCH)
        }
        fd = opened
        self.pid = pid
    }

    public func signal(_ number: Int32) throws(EscaleError) {
        try Sys.check(cl_pidfd_send_signal(fd.raw, number), "kill", "\(pid)")
    }

    /// Waits until it has ended (as a zombie, too).
    /// - Returns: false when `milliseconds` went by first; -1 waits for ever.
    public func waitForEnd(milliseconds: Int32 = -1) throws(EscaleError) -> Bool {
        var entry = pollfd(fd: fd.raw, events: Int16(POLLIN), revents: 0)
        return try Sys.call("poll") { poll(&entry, 1, milliseconds) } > 0
    }
}

extension Sys {
    /// Sets FD_CLOEXEC on a descriptor that came without it.
    @discardableResult
    public static func closeOnExec(_ fd: Int32) -> Bool { cl_fcntl(fd, F_SETFD, Int(FD_CLOEXEC)) >= 0 }

    /// clone3(2) like fork(2): 0 in the child. The caller must have one thread.
    public static func clone(_ flags: UInt64, cgroup: Int32 = -1) throws(EscaleError) -> (
        pid: pid_t, pidfd: Int32
    ) {
        var pidfd: Int32 = -1
        let pid = try check(cl_clone(flags, &pidfd, cgroup), "clone3")
        return (pid, pid == 0 ? -1 : pidfd)
    }
}

/// Signals by name.
public enum Signals {
    /// Numbers of signal(7) on x86 and arm.
    private static let names: [String: Int32] = [
        "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "IOT": 6, "BUS": 7, "FPE": 8,
        "KILL": 9, "USR1": 10, "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15,
        "STKFLT": 16, "CHLD": 17, "CONT": 18, "STOP": 19, "TSTP": 20, "TTIN": 21, "TTOU": 22,
        "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28, "IO": 29,
        "POLL": 29, "PWR": 30, "SYS": 31, "RTMIN": 34, "RTMAX": 64
    ]

    /// `15`, `TERM`, `SIGTERM`, `RTMIN+3`, in any case; nil for anything else.
    public static func number(_ text: String) -> Int32? {
        if let n = Int32(text) { return (1...64).contains(n) ? n : nil }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let n = names[name] { return n }
        for (base, sign) in [("RTMIN+", Int32(1)), ("RTMAX-", Int32(-1))] where name.hasPrefix(base) {
            guard let offset = Int32(name.dropFirst(6)) else { return nil }
            let n = (sign > 0 ? 34 : 64) + sign * offset
            return (34...64).contains(n) ? n : nil
        }
        return nil
    }
}
