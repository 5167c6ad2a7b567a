import Glibc
import Linux
import Support

/// The bridge of a kit, with forwarding and address translation.
public enum Bridge {
    /// Makes what is missing of the kit's bridge and gives it. Cheap when all is there, so that it can
    /// run before every start. A host without nftables gets a bridge all the same: see `natProblem`.
    @discardableResult
    public static func ensure(kit: Kit) throws(EscaleError) -> BridgeInfo {
        var netlink = try Netlink()
        let name = InterfaceName.bridge(kit)
        if let info = BridgeInfo.load(kit: kit), info.natProblem == nil, info.name == name,
            let link = try netlink.link(name), link.isUp,
            (try? Netlink.hasTable(InterfaceName.table(kit))) == true
        {
            return info
        }
        try Files.makeDirectory(kit.network)
        let lock = try FileLock("\(kit.network)/lock")
        defer { withExtendedLifetime(lock) {} }
        do { return try make(kit: kit, name: name, &netlink) } catch { throw error.within("bridge \(name)") }
    }

    private static func make(kit: Kit, name: String, _ netlink: inout Netlink) throws(EscaleError)
        -> BridgeInfo
    {
        var info = try plan(kit: kit, name: name, &netlink)
        guard let network = info.network, let gateway = IPv4(info.gateway) else {
            throw EscaleError(.corrupt, "\(BridgeInfo.file(kit)): no address")
        }
        if try netlink.link(name) == nil {
            let forwarding = try originalForwarding(&netlink)
            try netlink.send(.createBridge(name, LinkChange(mtu: info.mtu, mac: gateway.mac)))
            // Before forwarding is switched on, and only possible once the bridge is there.
            let alias = BridgeAlias(forwarding: forwarding, root: kit.root).text
            try netlink.set(name, LinkChange(alias: alias))
        }
        guard let link = try netlink.link(name), link.kind == "bridge" else {
            throw EscaleError(.conflict, "an interface of this name exists and is no bridge")
        }
        if !link.isUp { try netlink.send(.setLink(name, index: link.index, LinkChange(up: true))) }
        if !(try netlink.addresses()).contains(where: { $0.index == link.index && $0.address == gateway }) {
            try netlink.send(
                .addAddress(gateway, prefix: network.prefix, to: name, index: link.index))
        }
        try setSysctl("net/ipv4/ip_forward", "1")
        // Lets packets from 127.0.0.1 out to a published port's container; `guard` keeps others out.
        try setSysctl("net/ipv4/conf/\(name)/route_localnet", "1")
        info.natProblem = nil
        do { try NFTables.apply(kit: kit, bridge: info, ports: PublishedPorts.saved(kit: kit)) } catch {
            info.natProblem = error.message
        }
        if info != BridgeInfo.load(kit: kit) { try info.save(kit: kit) }
        return info
    }

    /// The bridge as it was, or with a new block of addresses when there is none yet or the host has
    /// begun to use ours elsewhere since the bridge went.
    private static func plan(kit: Kit, name: String, _ netlink: inout Netlink) throws(EscaleError)
        -> BridgeInfo
    {
        let known = BridgeInfo.load(kit: kit)
        let ours = try netlink.link(name)
        if let known, ours != nil { return known }
        let routes = try netlink.routes()
        let taken =
            routes.map(\.destination)
            + (try netlink.addresses()).map { IPv4Network($0.address, prefix: $0.prefix) }
        if let known, let block = known.network,
            !taken.contains(where: { $0.prefix > 4 && $0.overlaps(block) })
        {
            return known
        }
        let pick = SubnetChoice.pick(
            isDefault: InterfaceName.isDefault(kit), hash: SubnetChoice.hash(Path.clean(kit.root)),
            taken: taken)
        guard let block = pick else {
            throw EscaleError(.unavailable, "no free private addresses: the host routes all of them")
        }
        let exit = routes.first { $0.destination.prefix == 0 }?.index ?? 0
        let mtu = (try netlink.links()).first { $0.index == exit }?.mtu
        let info = BridgeInfo(name: name, network: block, mtu: min(max(mtu ?? 1500, 1280), 1500))
        // Before the bridge is made: whatever dies now, the next call goes on with the same block.
        try info.save(kit: kit)
        return info
    }

    /// What ip_forward was before the first kit's bridge of this network namespace.
    private static func originalForwarding(_ netlink: inout Netlink) throws(EscaleError) -> String {
        for link in try netlink.links() where InterfaceName.isBridge(link.name) {
            if let alias = BridgeAlias(link.alias) { return alias.forwarding }
        }
        return try Files.text("/proc/sys/net/ipv4/ip_forward").filter(\.isNumber)
    }

    /// Takes the bridge, its table and its forwarding away again. Other kits keep theirs: ip_forward
    /// goes back to what it was with the last bridge.
    public static func remove(kit: Kit) throws(EscaleError) {
        let name = InterfaceName.bridge(kit)
        var netlink = try Netlink()
        if let link = try netlink.link(name) {
            for port in try netlink.links() where port.master == link.index && port.index != link.index {
                try netlink.delete(port.name)
            }
            try netlink.delete(name)
            let others = try netlink.links().contains { InterfaceName.isBridge($0.name) }
            if let alias = BridgeAlias(link.alias), !others {
                try setSysctl("net/ipv4/ip_forward", alias.forwarding)
            }
        }
        if (try? Netlink.hasTable(InterfaceName.table(kit))) == true {
            try NFTables.run("delete table ip \(InterfaceName.table(kit))\n")
        }
        for file in ["bridge.json", "ports.json", "leases", "lock", "leases.lock"] {
            unlink("\(kit.network)/\(file)")
        }
        rmdir(kit.network)
    }

    /// Writes a kernel setting of this network namespace when it differs.
    static func setSysctl(_ name: String, _ value: String) throws(EscaleError) {
        let path = "/proc/sys/\(name)"
        if try Files.text(path).filter(\.isNumber) == value { return }
        try Files.poke(path, value)
    }
}

/// What a bridge of ours remembers in its alias: gone with the bridge and with the boot, as the
/// setting is. `ip link` shows it, so an administrator sees whose bridge it is.
struct BridgeAlias: Equatable {
    var forwarding: String
    var root: String

    var text: String { String("escale ip_forward=\(forwarding) root=\(root)".prefix(200)) }

    init(forwarding: String, root: String) {
        self.forwarding = forwarding
        self.root = root
    }

    init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "escale", words[1].hasPrefix("ip_forward="),
            words[2].hasPrefix("root=")
        else { return nil }
        forwarding = String(words[1].dropFirst("ip_forward=".count))
        root = String(words[2].dropFirst("root=".count))
    }
}
