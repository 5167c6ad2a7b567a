import Glibc
import Linux
import Support

/// Who has which address on a kit's bridge. A file, `ADDRESS OWNER` a line, shared between the daemon
/// and the launchers of virtual machines: locked while it changes and replaced at once.
public struct IPAM: Sendable {
    private let kit: Kit
    public init(kit: Kit) { self.kit = kit }

    /// The owner's address: the one it has, else the lowest free one, or `wanted` where that is given.
    public func allocate(owner: String, wanted: String? = nil) throws(EscaleError) -> String {
        guard let bridge = BridgeInfo.load(kit: kit), let network = bridge.network,
            let gateway = IPv4(bridge.gateway)
        else { throw EscaleError(.notFound, "allocate an address: the kit has no bridge") }
        guard !owner.isEmpty, !owner.contains(where: \.isWhitespace) else {
            throw EscaleError(.invalid, "allocate an address: invalid owner \"\(owner)\"")
        }
        return try change { leases throws(EscaleError) in
            try leases.allocate(owner: owner, wanted: wanted, in: network, gateway: gateway).description
        }
    }

    /// Gives the owner's address back; none is fine.
    public func release(owner: String) throws(EscaleError) {
        guard Files.exists(kit.network) else { return }
        try change { leases in leases.byOwner[owner] = nil }
    }

    /// Owner -> address.
    public func owners() throws(EscaleError) -> [String: String] {
        try load().byOwner.mapValues(\.description)
    }

    /// Drops the leases of everybody else, for owners that died without a word.
    public func reconcile(keeping owners: Set<String>) throws(EscaleError) {
        guard Files.exists(kit.network) else { return }
        try change { leases in leases.byOwner = leases.byOwner.filter { owners.contains($0.key) } }
    }

    private func change<R>(_ body: (inout Leases) throws(EscaleError) -> R) throws(EscaleError) -> R {
        let lock = try FileLock("\(kit.network)/leases.lock")
        defer { withExtendedLifetime(lock) {} }
        var leases = try load()
        let before = leases
        let result = try body(&leases)
        if leases != before { try Files.replace(file, leases.text.utf8) }
        return result
    }

    private func load() throws(EscaleError) -> Leases {
        do { return Leases(try Files.text(file)) } catch {
            if error.errno == ENOENT { return Leases("") }
            throw error
        }
    }

    private var file: String { "\(kit.network)/leases" }
}

/// The leases themselves. Pure.
public struct Leases: Equatable, Sendable {
    public var byOwner: [String: IPv4] = [:]

    /// Lines that are no leases are passed over: the address is then free again.
    public init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let address = IPv4(String(words[0])) { byOwner[String(words[1])] = address }
        }
    }

    public var text: String {
        byOwner.sorted { $0.value < $1.value }.map { "\($0.value) \($0.key)\n" }.joined()
    }

    /// Adds a lease. The block's first and last address and the gateway are never given.
    public mutating func allocate(
        owner: String, wanted: String?, in network: IPv4Network, gateway: IPv4
    ) throws(EscaleError) -> IPv4 {
        let taken = Set(byOwner.filter { $0.key != owner }.values)
        func isFree(_ a: IPv4) -> Bool {
            network.contains(a) && a != gateway && a != network.first && a != network.last
                && !taken.contains(a)
        }
        if let wanted {
            guard let address = IPv4(wanted), network.contains(address) else {
                throw EscaleError(.invalid, "invalid address \(wanted): it does not belong to \(network)")
            }
            guard isFree(address) else { throw EscaleError(.conflict, "Address already in use: \(wanted)") }
            byOwner[owner] = address
            return address
        }
        if let address = byOwner[owner], isFree(address) { return address }
        var value = network.first.value + 1
        while value < network.last.value {
            if isFree(IPv4(value: value)) {
                byOwner[owner] = IPv4(value: value)
                return IPv4(value: value)
            }
            value += 1
        }
        throw EscaleError(.conflict, "no available IPv4 addresses on \(network)")
    }
}
