import CLinux
import Glibc
import Linux

/// Bytes on their way to a descriptor that may not take them at once.
struct OutputQueue {
    private var bytes: [UInt8] = []
    private var sent = 0

    var count: Int { bytes.count - sent }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    /// Writes what the descriptor takes now. False when nobody reads it any more.
    mutating func flush(to fd: Int32) -> Bool {
        while !isEmpty {
            let n = bytes.withUnsafeBytes { write(fd, $0.baseAddress?.advanced(by: sent), count) }
            if n < 0 {
                if errno == EINTR { continue }
                if errno == EAGAIN { break }
                clear()
                return false
            }
            sent += n
        }
        if isEmpty {
            clear()
        } else if sent > 1 << 20 {
            bytes.removeFirst(sent)
            sent = 0
        }
        return true
    }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
        sent = 0
    }
}

enum Descriptor {
    static func makeNonblocking(_ fd: Int32) {
        let flags = cl_fcntl(fd, F_GETFL, 0)
        if flags >= 0 { _ = cl_fcntl(fd, F_SETFL, Int(flags | O_NONBLOCK)) }
    }

    /// One line, without its end, and not a byte more; nil when there is none.
    static func readLine(_ fd: Int32) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let n = Glibc.read(fd, &byte, 1)
            if n < 0, errno == EINTR { continue }
            guard n == 1 else { return nil }
            if byte == 10 { return String(decoding: line, as: UTF8.self) }
            line.append(byte)
        }
    }

    /// What read(2) gives: bytes, nothing yet, or the end (also by an error).
    enum Read {
        case bytes(ArraySlice<UInt8>)
        case nothing
        case end
    }

    static func read(_ fd: Int32, _ buffer: inout [UInt8]) -> Read {
        while true {
            let n = Glibc.read(fd, &buffer, buffer.count)
            if n > 0 { return .bytes(buffer[..<n]) }
            if n < 0, errno == EINTR { continue }
            if n < 0, errno == EAGAIN { return .nothing }
            // EIO: the last process has closed its side of a terminal.
            return .end
        }
    }
}
