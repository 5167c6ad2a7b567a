import Glibc
import Linux
import Support

/// struct sockaddr_in for libc.
package enum SocketAddress {
    package static func with<R>(
        _ address: IPv4, port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws(EscaleError) -> R
    ) throws(EscaleError) -> R {
        var raw = sockaddr_in()
        raw.sin_family = sa_family_t(AF_INET)
        raw.sin_port = port.bigEndian
        raw.sin_addr.s_addr = address.value.bigEndian
        return try withUnsafePointer(to: &raw) { pointer throws(EscaleError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { p throws(EscaleError) in
                try body(p, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
