import Glibc
import Linux
import Support

/// The machine's card, with the address that the host chose.
enum NetworkCard {
    static func loopback() throws(EscaleError) {
        var netlink = try Netlink()
        try netlink.set("lo", LinkChange(up: true))
    }

    static func configure(_ network: GuestConfig.Network, hostname: String) throws(EscaleError) {
        guard let address = IPv4(network.address), let gateway = IPv4(network.gateway) else {
            throw EscaleError(.invalid, "invalid address \(network.address)")
        }
        var netlink = try Netlink()
        guard let card = try netlink.link("eth0") else {
            throw EscaleError(.notFound, "network: the machine has no eth0")
        }
        try netlink.set("lo", LinkChange(up: true))
        try netlink.send([
            .setLink(card.name, index: card.index, LinkChange(up: true, mtu: network.mtu)),
            .addAddress(address, prefix: network.prefix, to: card.name, index: card.index),
            .addDefaultRoute(via: gateway, name: card.name, index: card.index)
        ])
        let hosts = """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            \(network.address)\t\(hostname)

            """
        // As for /etc/hostname: an image may not have it.
        try? Files.replace("/etc/hosts", hosts.utf8)
        try? Files.replace("/etc/resolv.conf", network.resolver.utf8)
    }
}
