import CLinux
import Glibc
import Support

/// Whole packets, with a descriptor where needed, between a process and its child.
public struct PacketSocket: ~Copyable {
    public let fd: FD

    public init(_ fd: consuming FD) { self.fd = fd }

    /// Two connected ends, close-on-exec.
    public static func pair() throws(EscaleError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try Sys.check(cl_socketpair(&ends), "socketpair")
        return (ends[0], ends[1])
    }

    public func send(_ bytes: [UInt8], descriptor: Int32 = -1) throws(EscaleError) {
        let n = cl_send_fd(fd.raw, bytes, bytes.count, descriptor)
        if n < 0 { throw .system("send", errno: Int32(-n)) }
    }

    /// The next packet; empty when the other end is gone.
    /// - Returns: the descriptor that came with it is the caller's to close, -1 for none.
    public func receive() throws(EscaleError) -> (bytes: [UInt8], descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        var descriptor: Int32 = -1
        var n = cl_receive_fd(fd.raw, &buffer, buffer.count, &descriptor)
        // The other end left something unread; what it said itself is still there.
        if n == -Int(ECONNRESET) { n = cl_receive_fd(fd.raw, &buffer, buffer.count, &descriptor) }
        if n < 0, n != -Int(ECONNRESET) { throw .system("receive", errno: Int32(-n)) }
        return (Array(buffer[..<max(0, n)]), descriptor)
    }
}
