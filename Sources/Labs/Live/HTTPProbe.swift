import Glibc
import Linux
import Support

/// One request over TCP, for checks: HTTP/1.0, two seconds.
package enum HTTPProbe {
    struct Address: Equatable {
        var host: String
        var port: String
        var path: String
    }

    /// Nil for anything but `http://HOST[:PORT][/PATH]`.
    static func address(_ url: String) -> Address? {
        guard url.hasPrefix("http://") else { return nil }
        let rest = url.dropFirst(7)
        let authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count)
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
        return Address(
            host: String(host), port: parts.count == 2 ? String(parts[1]) : "80",
            path: path.isEmpty ? "/" : String(path))
    }

    static func request(_ method: String, _ url: String, headers: [String]) throws(Unread) -> HTTPAnswer {
        guard let address = address(url) else { throw Unread("adresse incorrecte : \(url)") }
        let fd = FD(owning: try connect(address))
        let lines =
            [
                "\(method) \(address.path) HTTP/1.0", "Host: \(address.host):\(address.port)",
                "Connection: close"
            ]
            + headers
        let request = lines.joined(separator: "\r\n") + "\r\n\r\n"
        do {
            try Sys.writeAll(fd.raw, request.utf8)
            let bytes = try Files.readAll(fd.raw, limit: 1 << 20)
            guard let answer = parse(bytes) else { throw Unread("la réponse n’est pas du HTTP") }
            return answer
        } catch let error as EscaleError {
            throw Unread(error.errno == EAGAIN ? "pas de réponse en 2 s" : error.message)
        } catch let error as Unread { throw error } catch { throw Unread("\(error)") }
    }

    package static func parse(_ bytes: [UInt8]) -> HTTPAnswer? {
        // An empty line ends the head; programs behind a web server (CGI) write it without a carriage return.
        var end = bytes.count
        var body = bytes.count
        for i in bytes.indices where bytes[i] == 10 {
            let next = i + 1 < bytes.count && bytes[i + 1] == 13 ? i + 2 : i + 1
            if next < bytes.count, bytes[next] == 10 {
                (end, body) = (i, next + 1)
                break
            }
        }
        let head = String(decoding: bytes[..<end], as: UTF8.self).split(whereSeparator: \.isNewline)
        let words = (head.first ?? "").split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else { return nil }
        var headers: [String: String] = [:]
        for line in head.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = Extraction.trimmed(
                String(line[line.index(after: colon)...]))
        }
        return HTTPAnswer(
            status: status, headers: headers, body: String(decoding: bytes[body...], as: UTF8.self))
    }

    private static func connect(_ address: Address) throws(Unread) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, address.port, &hints, &list) == 0 else {
            throw Unread("« \(address.host) » n’est pas un nom connu")
        }
        defer { freeaddrinfo(list) }
        var code: Int32 = ECONNREFUSED
        var at = list
        while let info = at {
            at = info.pointee.ai_next
            let fd = socket(
                info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
                info.pointee.ai_protocol)
            guard fd >= 0 else { continue }
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            if Glibc.connect(fd, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 { return fd }
            code = errno
            close(fd)
        }
        throw Unread(code == EINPROGRESS ? "pas de connexion en 2 s" : "connexion : \(ErrnoText.text(code))")
    }
}
