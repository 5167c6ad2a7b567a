import Glibc
import Linux
import Network
import Support
import Testing

/// The real thing, in network namespaces of the tests' own.
@Suite(.enabled(if: isRoot, "needs root: makes network namespaces")) struct BridgeTests {
    @Test func makesAndTakesAway() throws {
        try inOwnNetworkNamespace {
            let temporary = try TemporaryKit()
            let kit = temporary.kit
            let info = try Bridge.ensure(kit: kit)
            #expect(try Bridge.ensure(kit: kit) == info)
            #expect(info.natProblem == nil)
            #expect(try Files.text("/proc/sys/net/ipv4/ip_forward") == "1\n")
            var netlink = try Netlink()
            #expect(try netlink.link(info.name)?.isUp == true)
            #expect(try netlink.addresses().contains { $0.address.description == info.gateway })
            // Somebody flushed the rules and took the bridge down.
            _ = try Spawn.run("nft", ["flush", "ruleset"])
            try netlink.set(info.name, LinkChange(up: false))
            #expect(try Bridge.ensure(kit: kit) == info)
            #expect(try Netlink.hasTable(InterfaceName.table(kit)))
            #expect(try netlink.link(info.name)?.isUp == true)
            try Bridge.remove(kit: kit)
            #expect(try netlink.links().map(\.name).contains(info.name) == false)
            #expect(try Netlink.hasTable(InterfaceName.table(kit)) == false)
            #expect(try Files.text("/proc/sys/net/ipv4/ip_forward") == "0\n")
            try Bridge.remove(kit: kit)
        }
    }

    @Test func twoKitsShareForwarding() throws {
        try inOwnNetworkNamespace {
            let one = try TemporaryKit()
            let two = try TemporaryKit()
            let first = try Bridge.ensure(kit: one.kit)
            let second = try Bridge.ensure(kit: two.kit)
            #expect(first.name != second.name && first.subnet != second.subnet)
            try Bridge.remove(kit: one.kit)
            #expect(try Files.text("/proc/sys/net/ipv4/ip_forward") == "1\n")
            try Bridge.remove(kit: two.kit)
            #expect(try Files.text("/proc/sys/net/ipv4/ip_forward") == "0\n")
        }
    }

    @Test func plugsQuicklyAndLeavesNothingOnFailure() throws {
        try inOwnNetworkNamespace {
            let temporary = try TemporaryKit()
            let info = try Bridge.ensure(kit: temporary.kit)
            let netns = try NetworkNamespace.new()
            let id = Hex.random(32)
            let address = try IPAM(kit: temporary.kit).allocate(owner: id)
            let attachment = info.attachment(owner: id, address: address)
            try plug(attachment, pid: 1, netns: netns)
            var inside = try Netlink(netns: netns)
            #expect(try inside.link("lo")?.isUp == true)
            let card = try #require(try inside.link("eth0"))
            #expect(card.isUp && card.mac == attachment.mac && card.mtu == info.mtu)
            #expect(try inside.addresses().contains { $0.address.description == address && $0.prefix == 24 })
            #expect(
                try inside.routes().contains {
                    $0.destination.prefix == 0 && $0.gateway?.description == info.gateway
                })

            // The name is taken in the namespace: the second pair must not stay on the host.
            let other = Hex.random(32)
            let error = #expect(throws: EscaleError.self) {
                try plug(info.attachment(owner: other, address: "172.31.0.99"), pid: 42, netns: netns)
            }
            #expect(
                error?.message.contains("create veth \(InterfaceName.veth(owner: other)): file exists")
                    == true)
            var host = try Netlink()
            #expect(try host.link(InterfaceName.veth(owner: other)) == nil)

            #expect(try Leftovers.sweep(kit: temporary.kit, alive: [id]) == [])
            #expect(try Leftovers.sweep(kit: temporary.kit, alive: []) == [attachment.hostInterface])
            #expect(try inside.link("eth0") == nil)
        }
    }

    /// A program in a "container" answers on a port published on the host: through 127.0.0.1, through
    /// the bridge's own address, and from the container itself.
    @Test func publishedPortsReachTheContainer() throws {
        try inOwnNetworkNamespace {
            let temporary = try TemporaryKit()
            let kit = temporary.kit
            let info = try Bridge.ensure(kit: kit)
            let netns = try NetworkNamespace.new()
            let address = try IPAM(kit: kit).allocate(owner: "abc")
            try plug(info.attachment(owner: "abcdef012345", address: address), pid: 1, netns: netns)
            let home = try Sys.open("/proc/thread-self/ns/net", O_RDONLY)
            try NetworkNamespace.enter(netns)
            let server = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 80, proto: .tcp, backlog: 8)
            try NetworkNamespace.enter(home)

            let port = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: nil, proto: .tcp)
            #expect(port.port >= 49153)
            let lease = PublishedPort(
                hostIP: "0.0.0.0", hostPort: port.port, proto: .tcp, containerIP: address, containerPort: 80)
            try PublishedPorts.apply(kit: kit, [lease])
            #expect(try connects(to: "127.0.0.1", port.port))
            #expect(try connects(to: info.gateway, port.port))
            try NetworkNamespace.enter(netns)
            #expect(try connects(to: info.gateway, port.port))
            try NetworkNamespace.enter(home)
            withExtendedLifetime(server) {}
            try Bridge.remove(kit: kit)
        }
    }

    /// A host with a neighbour: containers reach it under the host's address, it reaches published
    /// ports, and nothing else of the containers.
    @Test func outsideWorld() throws {
        try inOwnNetworkNamespace {
            let temporary = try TemporaryKit()
            let kit = temporary.kit
            let home = try Sys.open("/proc/thread-self/ns/net", O_RDONLY)
            let outside = try NetworkNamespace.new()
            let here = try #require(IPv4("198.51.100.1"))
            let there = try #require(IPv4("198.51.100.2"))
            var netlink = try Netlink()
            try netlink.send(
                .createVeth("lan0", LinkChange(up: true), peer: "lan0", LinkChange(), netns: outside))
            let lan = try #require(try netlink.link("lan0"))
            try netlink.send(.addAddress(here, prefix: 24, to: "lan0", index: lan.index))
            var far = try Netlink(netns: outside)
            let farLan = try #require(try far.link("lan0"))
            try far.send([
                .setLink("lan0", index: farLan.index, LinkChange(up: true)),
                .addAddress(there, prefix: 24, to: "lan0", index: farLan.index)
            ])

            let info = try Bridge.ensure(kit: kit)
            let netns = try NetworkNamespace.new()
            let address = try IPAM(kit: kit).allocate(owner: "abc")
            try plug(info.attachment(owner: "abcdef012345", address: address), pid: 1, netns: netns)
            try PublishedPorts.apply(
                kit: kit,
                [
                    PublishedPort(
                        hostIP: "0.0.0.0", hostPort: 8080, proto: .tcp, containerIP: address,
                        containerPort: 80)
                ])

            try NetworkNamespace.enter(outside)
            let server = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 7, proto: .tcp, backlog: 8)
            try NetworkNamespace.enter(netns)
            let inner = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 80, proto: .tcp, backlog: 8)
            // The neighbour knows no way back to the container's address: only the host's works.
            #expect(try connects(to: "198.51.100.2", 7))
            try NetworkNamespace.enter(outside)
            #expect(try connects(to: "198.51.100.1", 8080))
            try far.send(.addDefaultRoute(via: here, name: "lan0", index: farLan.index))
            #expect(try !connects(to: address, 80))
            try NetworkNamespace.enter(home)
            #expect(try connects(to: address, 80))
            withExtendedLifetime((server, inner)) {}
            try Bridge.remove(kit: kit)
        }
    }

    @Test func refusesPortsInUse() throws {
        try inOwnNetworkNamespace {
            let taken = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 8080, proto: .tcp)
            let error = #expect(throws: EscaleError.self) {
                try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 8080, proto: .tcp)
            }
            #expect(error?.message == "Bind for 0.0.0.0:8080 failed: port is already allocated")
            #expect(error?.code == .conflict)
            _ = try PublishedPorts.reserve(hostIP: "0.0.0.0", hostPort: 8080, proto: .udp)
            withExtendedLifetime(taken) {}
        }
    }

    @Test func tapLivesAsLongAsItsDescriptor() throws {
        try inOwnNetworkNamespace {
            let temporary = try TemporaryKit()
            let info = try Bridge.ensure(kit: temporary.kit)
            var netlink = try Netlink()
            let name = InterfaceName.tap(owner: "0123456789abcdef")
            let tap = try Tap.create(bridge: info.name, name: name, mtu: info.mtu)
            let bridge = try #require(try netlink.link(info.name))
            #expect(try netlink.link(name)?.master == bridge.index)
            close(tap.release())
            #expect(try netlink.link(name) == nil)
            #expect(throws: EscaleError.self) { _ = try Tap.create(bridge: "nothere0", name: name) }
            #expect(try netlink.link(name) == nil)
        }
    }

    @Test func leasesAreSharedBetweenThreads() async throws {
        let temporary = try TemporaryKit()
        let kit = temporary.kit
        try inOwnNetworkNamespace { try Bridge.ensure(kit: kit) }
        let ipam = IPAM(kit: kit)
        let addresses = try await withThrowingTaskGroup(of: String.self) { group in
            for i in 0..<40 { group.addTask { try ipam.allocate(owner: "owner\(i)") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(addresses.count == 40)
        try ipam.reconcile(keeping: ["owner1", "owner2"])
        try ipam.release(owner: "owner2")
        #expect(try ipam.owners().keys.sorted() == ["owner1"])
    }

    /// Whether a TCP connection is made within two seconds.
    private func connects(to address: String, _ port: Int) throws -> Bool {
        let raw = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let owned = FD(owning: raw)
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(owned.raw, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        return try SocketAddress.with(try #require(IPv4(address)), port: UInt16(port)) { pointer, length in
            connect(raw, pointer, length) == 0
        }
    }
}
