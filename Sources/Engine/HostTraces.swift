import Glibc
import Linux
import Network
import Support

/// What a kit leaves on its host while no container runs: its bridge with rules and forwarding, and the
/// parents of its cgroups. An engine that is told to end takes them away; the next one makes them again.
package enum HostTraces {
    /// Leaves alone whatever is in use: by containers that go on, or by virtual machines.
    package static func remove(kit: Kit) throws(EscaleError) {
        for hierarchy in (try? CgroupHost.detect())?.hierarchies ?? [] {
            // Refused as long as a container's cgroup is in it.
            rmdir("\(hierarchy.mountPoint)/escale-\(InterfaceName.hash(kit))")
        }
        var netlink = try Netlink()
        guard let bridge = try netlink.link(InterfaceName.bridge(kit)) else { return }
        let isUsed = try netlink.links().contains { $0.master == bridge.index && $0.index != bridge.index }
        if !isUsed { try Bridge.remove(kit: kit) }
    }
}
