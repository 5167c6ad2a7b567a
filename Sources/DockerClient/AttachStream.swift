import CLinux
import Glibc
import Linux
import Support

/// A connection taken over by `attach` or `exec start`: raw bytes to stdin, and output either raw (with
/// a terminal) or in Docker's frames (8-byte header: stream, 0, 0, 0, big-endian length).
public struct AttachStream: ~Copyable {
    public let fd: FD
    /// Bytes that came together with the answer's head.
    public let early: [UInt8]

    /// Ends our side: the program reads the end of its stdin.
    public borrowing func endInput() { shutdown(fd.raw, Int32(SHUT_WR)) }
}

/// Splits Docker's framed output into stdout and stderr, however it is cut up on the way.
public struct FrameDecoder: Sendable {
    private var pending: [UInt8] = []

    public init() {}

    /// - Returns: (stream, bytes) in order; stream 1 is stdout, 2 stderr.
    public mutating func feed(_ bytes: [UInt8]) throws(EscaleError) -> [(stream: UInt8, data: [UInt8])] {
        pending.append(contentsOf: bytes)
        var frames: [(stream: UInt8, data: [UInt8])] = []
        var at = 0
        while pending.count - at >= 8 {
            let header = pending[at..<at + 8]
            guard header[at] <= 3, header[at + 1] == 0, header[at + 2] == 0, header[at + 3] == 0 else {
                throw EscaleError(.corrupt, "malformed frame in the engine's output stream")
            }
            let length = header[(at + 4)...].reduce(0) { $0 << 8 | Int($1) }
            guard pending.count - at - 8 >= length else { break }
            if length > 0 { frames.append((header[at], Array(pending[at + 8..<at + 8 + length]))) }
            at += 8 + length
        }
        pending.removeFirst(at)
        return frames
    }
}
