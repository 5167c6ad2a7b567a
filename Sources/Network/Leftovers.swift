import Linux
import Support

/// Interfaces whose owners have gone.
public enum Leftovers {
    /// Removes the host's ends of pairs and taps on this kit's bridge whose owner (a container's or
    /// machine's full id) is not `alive`. Other kits' interfaces are on other bridges.
    /// - Returns: the names of those it removed.
    @discardableResult
    public static func sweep(kit: Kit, alive: Set<String>) throws(EscaleError) -> [String] {
        var netlink = try Netlink()
        guard let bridge = try netlink.link(InterfaceName.bridge(kit)) else { return [] }
        let stale = pick(from: try netlink.links(), bridge: bridge.index, alive: alive)
        for name in stale { try netlink.delete(name) }
        return stale
    }

    /// Which links of the list are leftovers. Pure.
    public static func pick(from links: [Link], bridge: Int32, alive: Set<String>) -> [String] {
        let living = Set(alive.map { String($0.prefix(11)) })
        return links.filter { link in
            guard link.master == bridge, let owner = InterfaceName.owner(of: link.name) else { return false }
            return !living.contains(owner)
        }.map(\.name)
    }
}
