import Linux
import Network
import Support
import Testing

@Suite struct DNSMessageTests {
    let client = IPv4(value: 0xAC1E_0002)
    var names: DNSNames {
        DNSNames(
            block: SubnetChoice.standard,
            addresses: { name, _ in name == "web" ? IPv4("172.30.0.2").map { [$0] } : nil },
            name: { $0.description == "172.30.0.2" ? "web" : nil })
    }

    func query(_ name: String, _ type: UInt16) throws -> DNSQuery {
        guard case .query(let query) = DNSQuery.parse(DNSReply.question(id: 7, name: name, type: type)) else {
            throw EscaleError(.internal, "not a query")
        }
        return query
    }

    func answer(_ name: String, _ type: UInt16) throws -> DNSReply? {
        guard case .reply(let bytes) = names.decide(try query(name, type), client: client) else { return nil }
        return DNSReply(bytes)
    }

    @Test func knownNames() throws {
        let a = try #require(try answer("WEB", DNSType.a))
        #expect(a.id == 7 && a.code == 0 && a.addresses.map(\.description) == ["172.30.0.2"])
        let aaaa = try #require(try answer("web.", DNSType.aaaa))
        #expect(aaaa.code == 0 && aaaa.addresses.isEmpty)
        #expect(try answer("2.0.30.172.in-addr.arpa", DNSType.ptr)?.pointers == ["web"])
    }

    @Test func unknownNames() throws {
        #expect(try answer("autre", DNSType.a)?.code == DNSCode.noSuchName.rawValue)
        #expect(try answer("9.0.30.172.in-addr.arpa", DNSType.ptr)?.code == DNSCode.noSuchName.rawValue)
        #expect(try answer("example.org", DNSType.a) == nil)
        #expect(try answer("8.8.8.8.in-addr.arpa", DNSType.ptr) == nil)
    }

    /// The bytes of an exchange, by hand from RFC 1035.
    @Test func golden() throws {
        let question: [UInt8] = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 119, 101, 98, 0, 0, 1, 0, 1]
        #expect(DNSReply.question(id: 7, name: "web", type: 1) == question)
        let address = try #require(IPv4("172.30.0.2"))
        let reply: [UInt8] =
            [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 119, 101, 98, 0, 0, 1, 0, 1]
            + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 172, 30, 0, 2]
        #expect(try query("web", 1).reply(.noError, addresses: [address]) == reply)
    }

    @Test func refusals() {
        #expect(DNSQuery.parse([]) == .ignored)
        var reply = DNSReply.question(id: 1, name: "a", type: 1)
        reply[2] |= 0x80
        #expect(DNSQuery.parse(reply) == .ignored)
        var update = DNSReply.question(id: 1, name: "a", type: 1)
        update[2] |= 5 << 3
        #expect(DNSQuery.parse(update) == .refused([0, 1, 0xA9, 0x84, 0, 0, 0, 0, 0, 0, 0, 0]))
        // A name that points to itself.
        let loop: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1]
        #expect(DNSQuery.parse(loop) == .refused([0, 1, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0]))
    }

    /// Many addresses stay within what fits a datagram.
    @Test func longAnswersAreCut() throws {
        let many = (0..<100).map { IPv4(value: $0) }
        let bytes = try query("web", 1).reply(.noError, addresses: many)
        #expect(bytes.count <= 512)
        #expect(try #require(DNSReply(bytes)).addresses.count == 30)
    }

    @Test func garbageIsHarmless() {
        var generator = SystemRandomNumberGenerator()
        let seeds = [
            DNSReply.question(id: 1, name: "a.very.long.name.example.org", type: 1),
            [0, 7, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 3, 119, 101, 98, 0, 0, 1, 0, 1]
                + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 172, 30, 0, 2]
        ]
        for round in 0..<20000 {
            var bytes = seeds[round % 2]
            for _ in 0..<Int.random(in: 1...6) {
                bytes[Int.random(in: 0..<bytes.count)] = .random(in: 0...255, using: &generator)
            }
            bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count)))
            if case .query(let query) = DNSQuery.parse(bytes) { _ = names.decide(query, client: client) }
            _ = DNSReply(bytes)
        }
    }

    @Test func resolvConf() {
        let host = ResolvConf(
            "# c\nnameserver 127.0.0.53\nnameserver ::1\nsearch a.fr b.fr\noptions edns0 ndots:5 rotate\n")
        #expect(host.servers == ["127.0.0.53", "::1"])
        #expect(
            host.forContainer(gateway: "172.30.0.1")
                == "nameserver 172.30.0.1\nsearch a.fr b.fr\noptions rotate ndots:0\n")
        #expect(ResolvConf("").forContainer(gateway: "1.2.3.4") == "nameserver 1.2.3.4\noptions ndots:0\n")
    }
}
