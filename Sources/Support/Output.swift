import Glibc

/// Writing text to a terminal or pipe, whole, without stdio's buffers.
public enum Output {
    public static func out(_ text: String) { write(text, to: 1) }
    public static func err(_ text: String) { write(text, to: 2) }

    /// Writes all of it; gives up quietly where the reader has gone (the next write meets SIGPIPE).
    public static func write(_ text: String, to fd: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let n = rest.withUnsafeBytes { Glibc.write(fd, $0.baseAddress, $0.count) }
            if n > 0 { rest = rest.dropFirst(n) } else if n < 0, errno != EINTR, errno != EAGAIN { return }
        }
    }
}
