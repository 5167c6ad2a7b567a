import Glibc
import Linux
import Support

/// The published ports of a kit.
public enum PublishedPorts {
    /// Makes these the published ports of the kit, at once, in place of those before. Needs the bridge
    /// (`Bridge.ensure`) and nft.
    public static func apply(kit: Kit, _ ports: [PublishedPort]) throws(EscaleError) {
        guard let bridge = BridgeInfo.load(kit: kit) else {
            throw EscaleError(.notFound, "publish ports: the kit has no bridge")
        }
        let lock = try FileLock("\(kit.network)/lock")
        defer { withExtendedLifetime(lock) {} }
        // Nothing to add and nothing to take away: a host without nft can do that.
        if ports.isEmpty, saved(kit: kit).isEmpty { return }
        try NFTables.apply(kit: kit, bridge: bridge, ports: ports)
        // Kept, so that `Bridge.ensure` can put them back after somebody flushed the rules.
        try Files.replace(file(kit), try JSON.encode(ports).bytes(pretty: true))
    }

    static func saved(kit: Kit) -> [PublishedPort] {
        guard let bytes = try? Files.read(file(kit)) else { return [] }
        return (try? JSON.parse(bytes).decode([PublishedPort].self)) ?? []
    }

    private static func file(_ kit: Kit) -> String { "\(kit.network)/ports.json" }

    /// Takes a port of the host, and keeps it from other programs as long as the result lives. Without
    /// a number, the first free one from 49153 up.
    ///
    /// Throws `.conflict`, `Bind for 0.0.0.0:8080 failed: port is already allocated`, as Docker does.
    public static func reserve(hostIP: String, hostPort: Int?, proto: PortProtocol) throws(EscaleError)
        -> PortReservation
    {
        try reserve(hostIP: hostIP, hostPort: hostPort, proto: proto, backlog: 1)
    }

    /// - Parameter backlog: connections that wait on the socket itself (listen(2)).
    package static func reserve(hostIP: String, hostPort: Int?, proto: PortProtocol, backlog: Int32)
        throws(EscaleError) -> PortReservation
    {
        guard let address = IPv4(hostIP) else {
            throw EscaleError(.invalid, "invalid IP address: \(hostIP)")
        }
        guard let wanted = hostPort, wanted != 0 else {
            for port in ephemeral {
                if let taken = try? PortReservation(address, port, proto, backlog: backlog) { return taken }
            }
            throw EscaleError(.conflict, "all ports are allocated")
        }
        guard let port = UInt16(exactly: wanted) else {
            throw EscaleError(.invalid, "invalid port: \(wanted)")
        }
        do {
            return try PortReservation(address, port, proto, backlog: backlog)
        } catch {
            if error.errno == EADDRINUSE {
                throw EscaleError(
                    .conflict, "Bind for \(address):\(port) failed: port is already allocated",
                    errno: EADDRINUSE)
            }
            throw EscaleError(
                error.code, "Bind for \(address):\(port) failed: \(ErrnoText.text(error.errno))",
                errno: error.errno)
        }
    }

    /// Where Docker begins too.
    private static let ephemeral: ClosedRange<UInt16> = 49153...65535
}

/// A port of the host held by an open socket; let go with the last reference. Its connections never
/// arrive here: nftables sends them on before.
public final class PortReservation: Sendable {
    public let port: Int
    private let fd: FD

    init(_ address: IPv4, _ port: UInt16, _ proto: PortProtocol, backlog: Int32) throws(EscaleError) {
        let kind = proto == .tcp ? Int32(SOCK_STREAM.rawValue) : Int32(SOCK_DGRAM.rawValue)
        let raw = try Sys.call("socket") { socket(AF_INET, kind | Int32(SOCK_CLOEXEC.rawValue), 0) }
        let owned = FD(owning: raw)
        var on: Int32 = 1
        // Connections that linger after a server has gone don't hold its port; a listener does.
        if proto == .tcp {
            setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        try SocketAddress.with(address, port: port) { pointer, length throws(EscaleError) in
            _ = try Sys.call("bind", "\(address):\(port)") { bind(raw, pointer, length) }
        }
        if proto == .tcp { try Sys.call("listen", "\(address):\(port)") { listen(raw, backlog) } }
        fd = owned
        self.port = Int(port)
    }
}
