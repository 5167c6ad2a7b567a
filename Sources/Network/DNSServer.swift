import Glibc
import Linux
import Support

/// Where questions about the rest of the world go.
public struct DNSUpstream: Sendable, Equatable {
    public var address: IPv4
    public var port: UInt16
    public init(address: IPv4, port: UInt16 = 53) {
        self.address = address
        self.port = port
    }
}

/// The name server of a kit's bridge: containers' names by itself, the rest through the host's servers
/// (asked from the host, so that one on its loopback works too). UDP and TCP, a thread each.
public final class DNSServer: Sendable {
    private let udp: FD
    private let tcp: FD
    /// Closing it ends the threads.
    private let stopRead: FD
    private let stopWrite: Int32
    private let threads: [BackgroundThread]
    /// Where it listens; of use when it was asked for port 0.
    public let port: UInt16

    /// Starts serving.
    /// - Parameters:
    ///   - upstreams: by default those of the host's resolv.conf, read anew for each question.
    /// - Throws: `.conflict` when another name server has the port.
    public init(
        address: String, port: UInt16 = 53, names: DNSNames,
        upstreams: @escaping @Sendable () -> [DNSUpstream] = DNSServer.hostUpstreams
    ) throws(EscaleError) {
        guard let ip = IPv4(address) else { throw EscaleError(.invalid, "invalid IP address: \(address)") }
        let udp = try DNSSocket.bound(ip, port, SOCK_DGRAM)
        let bound = try DNSSocket.port(of: udp.raw)
        let tcp = try DNSSocket.bound(ip, bound, SOCK_STREAM)
        try Sys.call("listen", "\(ip):\(bound)") { [raw = tcp.raw] in listen(raw, 16) }
        let stop = try Sys.pipe()
        let stopRead = FD(owning: stop.read)
        // The thread's own view: this object outlives its threads (see `stop`).
        let context = DNSContext(
            listener: udp.raw, stop: stopRead.raw, names: names,
            upstreams: { upstreams().filter { $0.address != ip || $0.port != bound } })
        let tcpContext = DNSContext(
            listener: tcp.raw, stop: stopRead.raw, names: names, upstreams: context.upstreams)
        do throws(EscaleError) {
            let first = try BackgroundThread {
                var loop = DNSDatagrams(context)
                loop.run()
            }
            do throws(EscaleError) {
                threads = [first, try BackgroundThread { DNSStreams(tcpContext).run() }]
            } catch {
                close(stop.write)
                first.join()
                throw error
            }
        } catch {
            throw error.within("name server on \(ip):\(bound)")
        }
        self.udp = udp
        self.tcp = tcp
        self.stopRead = stopRead
        stopWrite = stop.write
        self.port = bound
    }

    /// Ends both threads.
    deinit {
        close(stopWrite)
        for thread in threads { thread.join() }
    }

    /// The host's own servers.
    public static let hostUpstreams: @Sendable () -> [DNSUpstream] = {
        ResolvConf.host.servers.compactMap { IPv4($0) }.map { DNSUpstream(address: $0) }
    }
}

/// What both threads work with. The descriptors belong to the server, which outlives them.
struct DNSContext: Sendable {
    let listener: Int32
    let stop: Int32
    let names: DNSNames
    let upstreams: @Sendable () -> [DNSUpstream]
}

enum DNSSocket {
    static func bound(_ address: IPv4, _ port: UInt16, _ type: __socket_type) throws(EscaleError) -> FD {
        let flags = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = try Sys.call("socket") { socket(AF_INET, flags, 0) }
        let owned = FD(owning: raw)
        if type == SOCK_STREAM {
            var on: Int32 = 1
            setsockopt(raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        try SocketAddress.with(address, port: port) { pointer, length throws(EscaleError) in
            _ = try Sys.call("bind", "\(address):\(port)") { bind(raw, pointer, length) }
        }
        return owned
    }

    static func port(of fd: Int32) throws(EscaleError) -> UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try Sys.call("getsockname") {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(fd, $0, &length) }
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// A socket that talks to this server only.
    static func connected(to server: DNSUpstream, _ type: __socket_type) throws(EscaleError) -> FD {
        let flags = Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = try Sys.call("socket") { socket(AF_INET, flags, 0) }
        let owned = FD(owning: raw)
        limit(raw, seconds: 2)
        try SocketAddress.with(server.address, port: server.port) { pointer, length throws(EscaleError) in
            _ = try Sys.call("connect", "\(server.address)") { connect(raw, pointer, length) }
        }
        return owned
    }

    /// No blocking call on it takes longer.
    static func limit(_ fd: Int32, seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }
}
