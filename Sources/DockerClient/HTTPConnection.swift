import Glibc
import Linux
import Support

/// One HTTP/1.1 exchange over a unix socket (RFC 9112), blocking: what a CLI needs, with no event loop
/// and no thread to start. Bodies are read whole, in pieces, or the connection is taken over.
final class HTTPConnection {
    private let fd: FD
    private var buffer: [UInt8] = []
    private var at = 0

    init(socket: String) throws(EscaleError) { fd = try UnixSocket.connect(socket) }

    struct Head {
        var status: Int
        var reason: String
        var headers: [String: String]
    }

    func send(_ method: String, _ target: String, headers: [(String, String)], body: [UInt8])
        throws(EscaleError)
    {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: docker\r\nUser-Agent: escale\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if !body.isEmpty || method == "POST" || method == "PUT" {
            text += "Content-Length: \(body.count)\r\n"
        }
        try Sys.writeAll(fd.raw, Array(text.utf8) + [13, 10] + body)
    }

    /// A request whose body `write` sends in chunks (RFC 9112, section 7.1).
    func send(
        _ method: String, _ target: String, headers: [(String, String)],
        chunks write: (_ chunk: ([UInt8]) throws(EscaleError) -> Void) throws(EscaleError) -> Void
    ) throws(EscaleError) {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: docker\r\nUser-Agent: escale\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        try Sys.writeAll(fd.raw, Array("\(text)Transfer-Encoding: chunked\r\n\r\n".utf8))
        try write { (chunk) throws(EscaleError) in
            guard !chunk.isEmpty else { return }
            let size = Array((String(chunk.count, radix: 16) + "\r\n").utf8)
            try Sys.writeAll(fd.raw, size + chunk + [13, 10])
        }
        try Sys.writeAll(fd.raw, Array("0\r\n\r\n".utf8))
    }

    func readHead() throws(EscaleError) -> Head {
        let statusLine = try line()
        let parts = statusLine.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), let status = Int(parts[1]) else {
            throw EscaleError(.corrupt, "malformed HTTP response: \(statusLine.prefix(80))")
        }
        var headers: [String: String] = [:]
        while true {
            let line = try self.line()
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmed
        }
        return Head(status: status, reason: parts.count > 2 ? String(parts[2]) : "", headers: headers)
    }

    /// Hands each piece of the body over as it comes; `false` from the reader ends early.
    func readBody(_ head: Head, _ piece: ([UInt8]) throws(EscaleError) -> Bool) throws(EscaleError) {
        if head.status == 204 || head.status == 304 { return }
        if head.headers["transfer-encoding"]?.lowercased() == "chunked" {
            while true {
                let size = try line().split(separator: ";").first.flatMap { Int($0, radix: 16) }
                guard let size else { throw EscaleError(.corrupt, "malformed HTTP chunk") }
                if size == 0 {
                    _ = try line()
                    return
                }
                let data = try take(size)
                _ = try line()
                if !(try piece(data)) { return }
            }
        }
        if let length = head.headers["content-length"].flatMap({ Int($0) }) {
            if length > 0 { _ = try piece(try take(length)) }
            return
        }
        while let data = try available() { if !(try piece(data)) { return } }
    }

    /// The raw connection after an upgrade, with what was already read of it.
    func takeOver() throws(EscaleError) -> AttachStream {
        AttachStream(fd: try fd.duplicate(), early: Array(buffer[at...]))
    }

    private func fill() throws(EscaleError) -> Bool {
        if at > 0 {
            buffer.removeFirst(at)
            at = 0
        }
        var piece = [UInt8](repeating: 0, count: 65536)
        let n = try Sys.call("read", "Docker API") { Glibc.read(fd.raw, &piece, piece.count) }
        buffer.append(contentsOf: piece[..<n])
        return n > 0
    }

    private func line() throws(EscaleError) -> String {
        while true {
            if let end = buffer[at...].firstIndex(of: 10) {
                defer { at = end + 1 }
                let text = String(decoding: buffer[at..<end], as: UTF8.self)
                return text.hasSuffix("\r") ? String(text.dropLast()) : text
            }
            guard buffer.count - at < 65536, try fill() else { throw Self.cutOff }
        }
    }

    private func take(_ count: Int) throws(EscaleError) -> [UInt8] {
        while buffer.count - at < count { guard try fill() else { throw Self.cutOff } }
        defer { at += count }
        return Array(buffer[at..<at + count])
    }

    private func available() throws(EscaleError) -> [UInt8]? {
        if at == buffer.count, !(try fill()) { return nil }
        defer { at = buffer.count }
        return Array(buffer[at...])
    }

    private static let cutOff = EscaleError(
        .unavailable, "the engine closed the connection", errno: ECONNRESET, repair: "escale daemon --status")
}

extension StringProtocol {
    var trimmed: String {
        var s = Substring(self)
        while let c = s.first, c.isWhitespace { s.removeFirst() }
        while let c = s.last, c.isWhitespace { s.removeLast() }
        return String(s)
    }
}
