import CLinux
import Glibc
import Support

/// An open file descriptor, closed when its owner goes away. Always close-on-exec.
public struct FD: ~Copyable, Sendable {
    /// The number, for system calls while this value lives.
    public let raw: Int32

    /// Takes over an open descriptor.
    public init(owning raw: Int32) { self.raw = raw }

    deinit { if raw >= 0 { Glibc.close(raw) } }

    /// Gives the descriptor away, unclosed.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    public borrowing func duplicate() throws(EscaleError) -> FD {
        FD(owning: try Sys.check(cl_fcntl(raw, F_DUPFD_CLOEXEC, 3), "dup"))
    }
}

/// System calls that throw. Names and flags as in section 2 of the manual.
public enum Sys {
    /// Result of a CLinux function: `>= 0`, or `-errno`.
    @discardableResult
    public static func check(_ result: Int32, _ call: String, _ object: String = "")
        throws(EscaleError) -> Int32
    {
        if result < 0 { throw .system(call, object, errno: -result) }
        return result
    }

    /// Result of a libc function: `-1` and errno on failure. `body` runs again on EINTR.
    @discardableResult
    public static func call<T: FixedWidthInteger & SignedInteger>(
        _ call: String, _ object: String = "", _ body: () -> T
    ) throws(EscaleError) -> T {
        while true {
            let result = body()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw .system(call, object, errno: code) }
        }
    }

    /// open(2), close-on-exec added.
    public static func open(_ path: String, _ flags: Int32, mode: mode_t = 0o644)
        throws(EscaleError) -> FD
    {
        FD(owning: try check(cl_open(path, flags | O_CLOEXEC, mode), "open", path))
    }

    /// read(2); 0 bytes at the end. Retries on EINTR.
    public static func read(_ fd: Int32, into buffer: UnsafeMutableRawBufferPointer)
        throws(EscaleError) -> Int
    {
        try call("read") { Glibc.read(fd, buffer.baseAddress, buffer.count) }
    }

    /// write(2) until everything is written.
    public static func writeAll(_ fd: Int32, _ bytes: some Collection<UInt8>) throws(EscaleError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let n = try call("write") {
                rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(n)
        }
    }

    /// pipe2(2) with O_CLOEXEC.
    public static func pipe(_ flags: Int32 = 0) throws(EscaleError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        try check(cl_pipe(&ends, flags | O_CLOEXEC), "pipe")
        return (ends[0], ends[1])
    }
}
