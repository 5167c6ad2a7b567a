import Glibc
import Linux
import Support

/// A kit's bridge: what containers and virtual machines are plugged into.
public struct BridgeInfo: Codable, Sendable, Equatable {
    /// `escale0`, or `esc-1f2e3d4c` for a kit with another root.
    public var name: String
    /// The bridge's own address: the containers' gateway and name server.
    public var gateway: String
    /// Length of the prefix, e.g. 16.
    public var prefix: Int
    /// `172.30.0.0/16`
    public var subnet: String
    /// Bytes in a frame: that of the host's way out, so that nothing is cut up on the way.
    public var mtu: Int
    /// Why containers don't reach the outside (nft is missing, say); nil when they do.
    public var natProblem: String?

    public init(
        name: String, gateway: String, prefix: Int, subnet: String, mtu: Int, natProblem: String? = nil
    ) {
        self.name = name
        self.gateway = gateway
        self.prefix = prefix
        self.subnet = subnet
        self.mtu = mtu
        self.natProblem = natProblem
    }

    init(name: String, network: IPv4Network, mtu: Int) {
        self.init(
            name: name, gateway: IPv4(value: network.first.value + 1).description, prefix: network.prefix,
            subnet: network.description, mtu: mtu)
    }

    public var network: IPv4Network? { IPv4Network(subnet) }

    /// The card for a container or machine: names and addresses follow from its id and address.
    public func attachment(owner id: String, address: String) -> Attachment {
        Attachment(
            bridge: name, hostInterface: InterfaceName.veth(owner: id), interface: "eth0",
            mac: IPv4(address)?.mac ?? "", address: address, prefix: prefix, gateway: gateway, mtu: mtu)
    }

    /// What `Bridge.ensure` wrote last; nil before.
    public static func load(kit: Kit) -> BridgeInfo? {
        guard let bytes = try? Files.read(file(kit)) else { return nil }
        return try? JSON.parse(bytes).decode(BridgeInfo.self)
    }

    func save(kit: Kit) throws(EscaleError) {
        try Files.makeDirectory(kit.network)
        try Files.replace(Self.file(kit), try JSON.encode(self).bytes(pretty: true))
    }

    static func file(_ kit: Kit) -> String { "\(kit.network)/bridge.json" }
}

/// Names of a kit's things on the host, so that two kits never meet.
public enum InterfaceName {
    public static let defaultRoot = "/var/lib/escale"

    /// Eight hexadecimal digits of the kit's root.
    public static func hash(_ kit: Kit) -> String {
        let value = SubnetChoice.hash(Path.clean(kit.root))
        return Hex.encode((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) })
    }

    public static func isDefault(_ kit: Kit) -> Bool { Path.clean(kit.root) == defaultRoot }

    public static func bridge(_ kit: Kit) -> String { isDefault(kit) ? "escale0" : "esc-\(hash(kit))" }
    /// The nftables table, in the family `ip`.
    public static func table(_ kit: Kit) -> String { isDefault(kit) ? "escale" : "escale_\(hash(kit))" }
    public static func isBridge(_ name: String) -> Bool { name == "escale0" || name.hasPrefix("esc-") }

    /// The host's end of a container's pair: `ve` and 11 digits of its id.
    public static func veth(owner id: String) -> String { "ve" + id.prefix(11) }
    /// A virtual machine's tap: `vt` and 11 digits of its id.
    public static func tap(owner id: String) -> String { "vt" + id.prefix(11) }

    /// The first 11 digits of the owner's id; nil for a name that is not ours.
    public static func owner(of name: String) -> String? {
        guard name.utf8.count == 13, name.hasPrefix("ve") || name.hasPrefix("vt") else { return nil }
        let id = name.dropFirst(2)
        return id.allSatisfy { $0.isHexDigit && !$0.isUppercase } ? String(id) : nil
    }
}
