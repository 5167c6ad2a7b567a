import Linux

/// Transport protocols of a published port.
public enum PortProtocol: String, Codable, Sendable, CaseIterable {
    case tcp, udp
}

/// A port of the host that leads into a container.
public struct PublishedPort: Codable, Sendable, Hashable {
    /// `0.0.0.0` for every address of the host.
    public var hostIP: String
    public var hostPort: Int
    public var proto: PortProtocol
    public var containerIP: String
    public var containerPort: Int

    public init(
        hostIP: String, hostPort: Int, proto: PortProtocol, containerIP: String, containerPort: Int
    ) {
        self.hostIP = hostIP
        self.hostPort = hostPort
        self.proto = proto
        self.containerIP = containerIP
        self.containerPort = containerPort
    }
}

/// The nftables rules of a kit (nft(8)). Pure.
public enum NFTRules {
    /// One transaction that puts the kit's whole table in place of the one before. Addresses and ports
    /// come from typed values only, so that nothing else can get into the rules.
    public static func render(table: String, bridge: BridgeInfo, ports: [PublishedPort]) -> String {
        let name = bridge.name
        let subnet = bridge.subnet
        let published = ports.compactMap(rule).map { "        \($0)\n" }.joined()
        return """
            add table ip \(table)
            delete table ip \(table)
            table ip \(table) {
                chain guard {
                    type filter hook prerouting priority -300; policy accept;
                    iifname "\(name)" ip daddr 127.0.0.0/8 drop
                }
                chain publish {
            \(published)    }
                chain prerouting {
                    type nat hook prerouting priority -100; policy accept;
                    fib daddr type local jump publish
                }
                chain output {
                    type nat hook output priority -100; policy accept;
                    fib daddr type local jump publish
                }
                chain postrouting {
                    type nat hook postrouting priority 100; policy accept;
                    ip saddr \(subnet) oifname != "\(name)" masquerade
                    ip saddr \(subnet) oifname "\(name)" ct status dnat masquerade
                    ip saddr 127.0.0.0/8 oifname "\(name)" masquerade
                }
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    iifname "\(name)" accept
                    oifname "\(name)" ct state established,related accept
                    oifname "\(name)" ct status dnat accept
                    oifname "\(name)" drop
                }
            }

            """
    }

    private static func rule(_ port: PublishedPort) -> String? {
        guard let container = IPv4(port.containerIP), let host = IPv4(port.hostIP) else { return nil }
        let address = host.value == 0 ? "" : "ip daddr \(host) "
        return "\(address)\(port.proto.rawValue) dport \(port.hostPort) "
            + "dnat to \(container):\(port.containerPort)"
    }
}
