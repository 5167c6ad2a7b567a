/// How one container is plugged into a bridge: decided by the daemon, carried out by the shim.
public struct Attachment: Codable, Sendable, Equatable {
    public var bridge: String
    /// The host's end of the pair, at most 15 characters; unique in the kit.
    public var hostInterface: String
    /// The container's end, `eth0`.
    public var interface: String
    public var mac: String
    /// Dotted IPv4 address and the length of its prefix.
    public var address: String
    public var prefix: Int
    public var gateway: String
    public var mtu: Int

    public init(
        bridge: String, hostInterface: String, interface: String, mac: String, address: String,
        prefix: Int, gateway: String, mtu: Int
    ) {
        self.bridge = bridge
        self.hostInterface = hostInterface
        self.interface = interface
        self.mac = mac
        self.address = address
        self.prefix = prefix
        self.gateway = gateway
        self.mtu = mtu
    }
}
