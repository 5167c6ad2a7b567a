import Linux
import Network
import Support
import Synchronization

/// The real network of a kit: its bridge, address leases, nftables and name server.
package final class KitNetworking: ContainerNetworking {
    private struct State {
        var reservations: [String: [PortReservation]] = [:]
        var names: [String: (address: IPv4, names: [String])] = [:]
        var dns: DNSServer?
        var dnsFailed = false
    }

    private let kit: Kit
    private let state = Mutex(State())
    private let log: @Sendable (String) -> Void

    package init(kit: Kit, log: @escaping @Sendable (String) -> Void) {
        self.kit = kit
        self.log = log
    }

    package var bridge: BridgeInfo? { BridgeInfo.load(kit: kit) }

    package func attach(id: String, wanted: String?) throws(EscaleError) -> Attachment {
        let bridge = try Bridge.ensure(kit: kit)
        startDNS(bridge)
        let address = try IPAM(kit: kit).allocate(owner: id, wanted: wanted)
        return bridge.attachment(owner: id, address: address)
    }

    package func release(id: String) {
        state.withLock { s in
            s.reservations[id] = nil
            s.names[id] = nil
        }
        do { try IPAM(kit: kit).release(owner: id) } catch {
            log("release \(id.prefix(12)): \(error.message)")
        }
    }

    package func reserve(id: String, _ wishes: [PortBinding]) throws(EscaleError) -> [PublishedBinding] {
        var held: [PortReservation] = []
        var bindings: [PublishedBinding] = []
        for wish in wishes {
            let reservation = try reserve(wish)
            held.append(reservation)
            bindings.append(
                PublishedBinding(
                    port: wish.key.port, proto: wish.key.proto, hostIP: wish.hostIP,
                    hostPort: reservation.port))
        }
        state.withLock { s in s.reservations[id] = held }
        return bindings
    }

    private func reserve(_ wish: PortBinding) throws(EscaleError) -> PortReservation {
        let proto: PortProtocol = wish.key.proto == "udp" ? .udp : .tcp
        guard let range = wish.hostPorts else {
            return try PublishedPorts.reserve(hostIP: wish.hostIP, hostPort: nil, proto: proto)
        }
        var last: EscaleError?
        for port in range {
            do {
                return try PublishedPorts.reserve(hostIP: wish.hostIP, hostPort: port, proto: proto)
            } catch { last = error }
        }
        throw last ?? EscaleError(.conflict, "all ports are allocated")
    }

    package func adopt(id: String, _ bindings: [PublishedBinding]) {
        let held = bindings.compactMap { binding -> PortReservation? in
            do throws(EscaleError) {
                return try PublishedPorts.reserve(
                    hostIP: binding.hostIP, hostPort: binding.hostPort,
                    proto: binding.proto == "udp" ? .udp : .tcp)
            } catch {
                // Somebody took it while there was no daemon; the rule that sends it on still stands.
                log("port \(binding.hostPort) of \(id.prefix(12)): \(error.message)")
                return nil
            }
        }
        state.withLock { s in s.reservations[id] = held }
    }

    package func publish(_ ports: [(address: String, binding: PublishedBinding)]) throws(EscaleError) {
        // Without a bridge nobody has a port.
        if bridge == nil, ports.isEmpty { return }
        try PublishedPorts.apply(
            kit: kit,
            ports.map {
                PublishedPort(
                    hostIP: $0.binding.hostIP, hostPort: $0.binding.hostPort,
                    proto: $0.binding.proto == "udp" ? .udp : .tcp, containerIP: $0.address,
                    containerPort: $0.binding.port)
            })
    }

    package func setNames(id: String, address: String, names: [String]) {
        guard let ip = IPv4(address) else { return }
        state.withLock { s in s.names[id] = (ip, names.map { $0.lowercased() }) }
    }

    package func sweep(alive: Set<String>) throws(EscaleError) {
        guard let bridge else { return }
        // Virtual machines of the kit are on the bridge too, and look after themselves.
        let machines = Set((try? Files.list(kit.vms)) ?? [])
        try Leftovers.sweep(kit: kit, alive: alive.union(machines))
        try IPAM(kit: kit).reconcile(keeping: alive.union(machines))
        if !alive.isEmpty { startDNS(bridge) }
    }

    /// The name server comes with the first container on the bridge, and stays.
    private func startDNS(_ bridge: BridgeInfo) {
        let isNeeded = state.withLock { $0.dns == nil && !$0.dnsFailed }
        guard isNeeded, let block = bridge.network else { return }
        let names = DNSNames(
            block: block,
            addresses: { [weak self] name, _ in self?.addresses(of: name) },
            name: { [weak self] address in self?.name(of: address) })
        do {
            let server = try DNSServer(address: bridge.gateway, names: names)
            state.withLock { s in s.dns = server }
        } catch {
            state.withLock { s in s.dnsFailed = true }
            log("name server on \(bridge.gateway): \(error.message); containers are not found by name")
        }
    }

    private func addresses(of name: String) -> [IPv4]? {
        let wanted = name.lowercased()
        let found = state.withLock { s in s.names.values.filter { $0.names.contains(wanted) }.map(\.address) }
        return found.isEmpty ? nil : found.sorted { $0.value < $1.value }
    }

    private func name(of address: IPv4) -> String? {
        state.withLock { s in s.names.values.first { $0.address == address }?.names.first }
    }
}
