import CLinux
import Support

/// Tap devices: a virtual machine's network card as the host sees it (Linux' tuntap.txt).
public enum Tap {
    /// Makes a tap, up, as a port of `bridge`. It lives as long as the descriptor (or a copy of it) is
    /// open, so nothing stays when QEMU and its launcher die. Frames carry a virtio header, which QEMU
    /// finds out by itself.
    public static func create(bridge: String, name: String, mtu: Int = 1500) throws(EscaleError) -> FD {
        let result = cl_tap_open(name)
        if result < 0 {
            throw .system(
                "create tap", name, errno: -result,
                repair: Files.exists("/dev/net/tun") ? nil : "modprobe tun")
        }
        let tap = FD(owning: result)
        var netlink = try Netlink()
        guard let master = try netlink.link(bridge) else {
            throw EscaleError(.notFound, "create tap \(name): no such bridge: \(bridge)")
        }
        try netlink.set(name, LinkChange(up: true, mtu: mtu, master: master.index))
        try netlink.send(.setHairpin(name))
        return tap
    }

    /// Takes a tap away from under whoever holds it; one that is gone is fine.
    public static func delete(_ name: String) throws(EscaleError) {
        var netlink = try Netlink()
        try netlink.delete(name)
    }
}
