import Glibc
import Linux
import Support

/// Plugs a container into its bridge: a veth pair whose host end is a port of the bridge and whose
/// other end is in the container's network namespace with its address and default route; the
/// namespace's loopback comes up too. Leaves nothing behind when it fails.
/// - Parameters:
///   - pid: the container's process, for the errors.
///   - netns: an open /proc/PID/ns/net.
public func plug(_ attachment: Attachment, pid: pid_t, netns: borrowing FD) throws(EscaleError) {
    let context = "plug process \(pid) into \(attachment.bridge)"
    guard let address = IPv4(attachment.address), let gateway = IPv4(attachment.gateway) else {
        throw EscaleError(.invalid, "\(context): invalid address \(attachment.address)")
    }
    var host = try Netlink()
    do throws(EscaleError) {
        guard let bridge = try host.link(attachment.bridge) else {
            throw EscaleError(.notFound, "no such bridge", repair: "escale daemon")
        }
        let create = [
            NetlinkMessage.createVeth(
                attachment.hostInterface,
                LinkChange(up: true, mtu: attachment.mtu, master: bridge.index),
                peer: attachment.interface,
                LinkChange(mtu: attachment.mtu, mac: attachment.mac), netns: netns),
            .setHairpin(attachment.hostInterface)
        ]
        do throws(EscaleError) {
            try host.send(create)
        } catch  where error.errno == EEXIST {
            // The name is the container's own: its last run's, whose namespace the kernel still takes down.
            try host.delete(attachment.hostInterface)
            try host.send(create)
        }
    } catch {
        throw error.within(context)
    }
    do throws(EscaleError) {
        var inside = try Netlink(netns: netns)
        guard let card = try inside.link(attachment.interface) else {
            throw EscaleError(.internal, "\(attachment.interface) did not arrive in the namespace")
        }
        try inside.send([
            .setLink("lo", index: loopbackIndex, LinkChange(up: true)),
            .setLink(card.name, index: card.index, LinkChange(up: true)),
            .addAddress(address, prefix: attachment.prefix, to: card.name, index: card.index),
            .addDefaultRoute(via: gateway, name: card.name, index: card.index)
        ])
    } catch {
        try? host.delete(attachment.hostInterface)
        throw error.within(context)
    }
}

/// Brings up `lo` in a network namespace: all that `--network none` has.
public func loopbackUp(netns: borrowing FD) throws(EscaleError) {
    var inside = try Netlink(netns: netns)
    try inside.send(.setLink("lo", index: loopbackIndex, LinkChange(up: true)))
}

/// The kernel makes the loopback first in every network namespace (LOOPBACK_IFINDEX).
private let loopbackIndex: Int32 = 1
