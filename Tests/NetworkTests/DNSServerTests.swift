import Glibc
import Linux
import Network
import Support
import Testing

/// Servers on the loopback, on ports that the kernel chooses: no root needed.
@Suite struct DNSServerTests {
    func server(_ own: [String: String], upstreams: [DNSUpstream]) throws -> DNSServer {
        try DNSServer(
            address: "127.0.0.1", port: 0,
            names: DNSNames(
                block: SubnetChoice.standard,
                addresses: { name, _ in own[name].flatMap { IPv4($0) }.map { [$0] } },
                name: { _ in nil }), upstreams: { upstreams })
    }

    @Test(arguments: [true, false]) func ownAndForwarded(overTCP: Bool) throws {
        let outside = try server(["example.org": "198.51.100.7"], upstreams: [])
        let loopback = try #require(IPv4("127.0.0.1"))
        // The first upstream does not answer: nothing listens there.
        let dead = try PublishedPorts.reserve(hostIP: "127.0.0.1", hostPort: nil, proto: .udp)
        let inside = try server(
            ["web": "172.30.0.2"],
            upstreams: [
                DNSUpstream(address: loopback, port: 1), DNSUpstream(address: loopback, port: outside.port)
            ])
        #expect(try ask(inside.port, "web", overTCP)?.addresses.map(\.description) == ["172.30.0.2"])
        let forwarded = try #require(try ask(inside.port, "example.org", overTCP))
        #expect(forwarded.id == 4242 && forwarded.addresses.map(\.description) == ["198.51.100.7"])
        // Both have no server to ask.
        #expect(try ask(outside.port, "nowhere.test", overTCP)?.code == DNSCode.serverFailure.rawValue)
        withExtendedLifetime((inside, outside, dead)) {}
    }

    /// A server outside that never answers costs its question only.
    @Test func silenceEndsInFailure() throws {
        let silent = try PublishedPorts.reserve(hostIP: "127.0.0.1", hostPort: nil, proto: .udp)
        let loopback = try #require(IPv4("127.0.0.1"))
        let inside = try server(
            ["web": "172.30.0.2"],
            upstreams: [
                DNSUpstream(address: loopback, port: UInt16(silent.port)),
                DNSUpstream(address: loopback, port: 1)
            ])
        let start = Monotonic.now
        let slow = try Client(inside.port, overTCP: false)
        try slow.send("example.org")
        #expect(try ask(inside.port, "web", false)?.addresses.count == 1)
        #expect(start.elapsedMilliseconds < 1500)
        #expect(try slow.receive()?.code == DNSCode.serverFailure.rawValue)
    }

    @Test func portInUse() throws {
        let first = try server([:], upstreams: [])
        let error = #expect(throws: EscaleError.self) {
            try DNSServer(
                address: "127.0.0.1", port: first.port,
                names: DNSNames(block: SubnetChoice.standard, addresses: { _, _ in nil }, name: { _ in nil }))
        }
        #expect(error?.errno == EADDRINUSE)
    }

    func ask(_ port: UInt16, _ name: String, _ overTCP: Bool) throws -> DNSReply? {
        let client = try Client(port, overTCP: overTCP)
        try client.send(name)
        return try client.receive()
    }

    struct Client: ~Copyable {
        let fd: FD
        let overTCP: Bool

        init(_ port: UInt16, overTCP: Bool) throws {
            let raw = socket(AF_INET, Int32((overTCP ? SOCK_STREAM : SOCK_DGRAM).rawValue), 0)
            fd = FD(owning: raw)
            self.overTCP = overTCP
            var limit = timeval(tv_sec: 6, tv_usec: 0)
            setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
            let status = try SocketAddress.with(IPv4(value: 0x7F00_0001), port: port) { connect(raw, $0, $1) }
            try #require(status == 0)
        }

        func send(_ name: String) throws {
            let question = DNSReply.question(id: 4242, name: name, type: DNSType.a)
            try Sys.writeAll(fd.raw, (overTCP ? [0, UInt8(question.count)] : []) + question)
        }

        func receive() throws -> DNSReply? {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let n = try buffer.withUnsafeMutableBytes { try Sys.read(fd.raw, into: $0) }
            return DNSReply(Array(buffer[(overTCP ? 2 : 0)..<n]))
        }
    }
}
