import Linux
import Network
import Support
import Testing

@Suite struct AddressTests {
    @Test func addresses() throws {
        let address = try #require(IPv4("172.30.0.2"))
        #expect(address.description == "172.30.0.2")
        #expect(address.mac == "02:42:ac:1e:00:02")
        #expect(IPv4(bytes: address.bytes) == address)
        for bad in ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.+4", "a.b.c.d", "1..2.3"] {
            #expect(IPv4(bad) == nil, "\(bad)")
        }
    }

    @Test func networks() throws {
        let block = try #require(IPv4Network("172.30.5.9/16"))
        #expect(block.description == "172.30.0.0/16")
        #expect(block.last.description == "172.30.255.255")
        #expect(block.overlaps(try #require(IPv4Network("172.30.9.0/24"))))
        #expect(!block.overlaps(try #require(IPv4Network("172.31.0.0/16"))))
        #expect(IPv4Network("0.0.0.0/0")?.last.description == "255.255.255.255")
        #expect(IPv4Network("1.2.3.4/33") == nil)
    }

    @Test func choosesFreeBlocks() throws {
        let everything = try #require(IPv4Network("0.0.0.0/0"))
        #expect(SubnetChoice.pick(isDefault: true, hash: 7, taken: [everything]) == SubnetChoice.standard)
        let office = try #require(IPv4Network("172.30.8.0/24"))
        let other = try #require(SubnetChoice.pick(isDefault: true, hash: 0, taken: [office]))
        #expect(other.description == "172.31.0.0/24")
        let next = SubnetChoice.pick(isDefault: false, hash: 0, taken: [other])
        #expect(next?.description == "172.31.1.0/24")
        let allPrivate = ["172.16.0.0/12", "10.0.0.0/8", "192.168.0.0/16"].compactMap { IPv4Network($0) }
        #expect(SubnetChoice.pick(isDefault: false, hash: 3, taken: allPrivate) == nil)
    }

    /// FNV-1a's published test vectors: kits must find their bridge again for ever.
    @Test func stableHash() {
        #expect(SubnetChoice.hash("") == 0x811C_9DC5)
        #expect(SubnetChoice.hash("a") == 0xE40C_292C)
        #expect(SubnetChoice.hash("foobar") == 0xBF9C_F968)
    }

    @Test func names() {
        let id = "0123456789abcdef"
        #expect(InterfaceName.veth(owner: id) == "ve0123456789a")
        #expect(InterfaceName.owner(of: "vt0123456789a") == "0123456789a")
        for foreign in ["veth1234abcd", "ve0123456789", "vethabcdefghi", "eth0", "ve0123456789A"] {
            #expect(InterfaceName.owner(of: foreign) == nil, "\(foreign)")
        }
        let kit = Kit(root: "/var/lib/escale", run: "/run/escale")
        #expect(InterfaceName.bridge(kit) == "escale0")
        let other = Kit(root: "/srv/tp/", run: "/run/tp")
        #expect(InterfaceName.bridge(other) == InterfaceName.bridge(Kit(root: "/srv/tp", run: "")))
        #expect(InterfaceName.bridge(other).utf8.count <= 15)
    }

    @Test func leftoversAreOfThisBridgeOnly() {
        func link(_ name: String, _ master: Int32) -> Link {
            Link(index: 9, name: name, kind: "veth", master: master)
        }
        let links = [
            link("ve00000000001", 5), link("ve00000000002", 5), link("ve00000000003", 6), link("eth1", 5)
        ]
        let alive: Set = ["00000000001" + "ffffffff"]
        #expect(Leftovers.pick(from: links, bridge: 5, alive: alive) == ["ve00000000002"])
    }
}

@Suite struct LeaseTests {
    let block = IPv4Network(IPv4(value: 0xAC1F_0000), prefix: 29)
    let gateway = IPv4(value: 0xAC1F_0001)

    @Test func lowestFreeAndTheSameAgain() throws {
        var leases = Leases("172.31.0.3 b\nnonsense\n")
        #expect(
            try leases.allocate(owner: "a", wanted: nil, in: block, gateway: gateway).description
                == "172.31.0.2")
        #expect(
            try leases.allocate(owner: "a", wanted: nil, in: block, gateway: gateway).description
                == "172.31.0.2")
        #expect(
            try leases.allocate(owner: "c", wanted: nil, in: block, gateway: gateway).description
                == "172.31.0.4")
        #expect(leases.text == "172.31.0.2 a\n172.31.0.3 b\n172.31.0.4 c\n")
        #expect(Leases(leases.text) == leases)
    }

    @Test func fullAndWanted() throws {
        var leases = Leases("")
        for i in 0..<5 { _ = try leases.allocate(owner: "\(i)", wanted: nil, in: block, gateway: gateway) }
        let full = #expect(throws: EscaleError.self) {
            try leases.allocate(owner: "6", wanted: nil, in: block, gateway: gateway)
        }
        #expect(full?.message == "no available IPv4 addresses on 172.31.0.0/29")
        for bad in ["172.31.0.1", "172.31.0.2", "172.31.0.7", "10.0.0.1", "x"] {
            #expect(throws: EscaleError.self, "\(bad)") {
                try leases.allocate(owner: "6", wanted: bad, in: block, gateway: gateway)
            }
        }
    }

    /// An address of a block that the bridge no longer has is replaced.
    @Test func movesWithTheBridge() throws {
        var leases = Leases("10.0.0.9 a\n")
        #expect(
            try leases.allocate(owner: "a", wanted: nil, in: block, gateway: gateway).description
                == "172.31.0.2")
    }
}
