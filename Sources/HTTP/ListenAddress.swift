import Glibc
import Linux
import Support

/// Where a server listens: `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000`, `:5000` for everywhere.
package struct ListenAddress: Equatable, Sendable, CustomStringConvertible {
    package let host: String
    package let port: UInt16

    /// Throws `.invalid`.
    package init(_ text: String) throws(EscaleError) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            throw EscaleError(.invalid, "invalid address \"\(text)\": HOST:PORT is expected")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw EscaleError(.invalid, "invalid address \"\(text)\": [HOST]:PORT is expected for IPv6")
        }
        self.host = host.isEmpty ? "0.0.0.0" : host
        self.port = port
    }

    private init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Only programs of this machine can connect.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || IPv4(host)?.bytes.first == 127 }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Binds and listens. Port 0 takes a free one, which the answer names.
    package func listen() throws(EscaleError) -> (socket: ListeningSocket, address: ListenAddress) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        // A name is asked for where it is one; localhost is IPv4's, as Docker's clients want it.
        hints.ai_family = host.contains(":") ? AF_INET6 : AF_INET
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0, let info = found else {
            throw EscaleError(.invalid, "listen \(self): \(String(cString: gai_strerror(code)))")
        }
        let kind = Int32(SOCK_STREAM.rawValue) | O_CLOEXEC
        let fd = FD(
            owning: try Sys.call("socket") { socket(info.pointee.ai_family, kind, 0) })
        var yes: Int32 = 1
        setsockopt(fd.raw, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        do {
            try Sys.call("listen", "\(self)") { bind(fd.raw, info.pointee.ai_addr, info.pointee.ai_addrlen) }
        } catch {
            guard error.errno == EADDRINUSE else { throw error }
            throw EscaleError(
                error.code, error.message, errno: error.errno, repair: "ss -ltnp sport = :\(port)")
        }
        try Sys.call("listen", "\(self)") { Glibc.listen(fd.raw, 1024) }
        let bound = ListenAddress(host: host, port: Self.port(of: fd.raw) ?? port)
        return (ListeningSocket(fd: fd), bound)
    }

    private static func port(of socket: Int32) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { raw -> UInt16? in
            guard let base = raw.baseAddress,
                getsockname(socket, base.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return nil }
            // sin_port and sin6_port are at the same place, in network order.
            return UInt16(raw[2]) << 8 | UInt16(raw[3])
        }
    }
}

/// A socket that listens.
package final class ListeningSocket: Sendable {
    let fd: FD
    init(fd: consuming FD) { self.fd = fd }
}
