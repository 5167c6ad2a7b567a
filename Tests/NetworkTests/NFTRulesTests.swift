import Linux
import Network
import Testing

@Suite struct NFTRulesTests {
    let bridge = BridgeInfo(
        name: "escale0", gateway: "172.30.0.1", prefix: 16, subnet: "172.30.0.0/16", mtu: 1500)

    @Test func wholeTable() {
        let ports = [
            PublishedPort(
                hostIP: "0.0.0.0", hostPort: 8080, proto: .tcp, containerIP: "172.30.0.2",
                containerPort: 80),
            PublishedPort(
                hostIP: "127.0.0.1", hostPort: 5353, proto: .udp, containerIP: "172.30.0.3",
                containerPort: 53)
        ]
        let golden = """
            add table ip escale
            delete table ip escale
            table ip escale {
                chain guard {
                    type filter hook prerouting priority -300; policy accept;
                    iifname "escale0" ip daddr 127.0.0.0/8 drop
                }
                chain publish {
                    tcp dport 8080 dnat to 172.30.0.2:80
                    ip daddr 127.0.0.1 udp dport 5353 dnat to 172.30.0.3:53
                }
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
                    ip saddr 172.30.0.0/16 oifname != "escale0" masquerade
                    ip saddr 172.30.0.0/16 oifname "escale0" ct status dnat masquerade
                    ip saddr 127.0.0.0/8 oifname "escale0" masquerade
                }
                chain forward {
                    type filter hook forward priority 0; policy accept;
                    iifname "escale0" accept
                    oifname "escale0" ct state established,related accept
                    oifname "escale0" ct status dnat accept
                    oifname "escale0" drop
                }
            }

            """
        #expect(NFTRules.render(table: "escale", bridge: bridge, ports: ports) == golden)
    }

    /// Whatever a file on disk says, only addresses reach the rules.
    @Test func nothingElseGetsIn() {
        let bad = PublishedPort(
            hostIP: "0.0.0.0", hostPort: 1, proto: .tcp, containerIP: "1.2.3.4; flush ruleset",
            containerPort: 1)
        let rules = NFTRules.render(table: "escale", bridge: bridge, ports: [bad])
        #expect(rules == NFTRules.render(table: "escale", bridge: bridge, ports: []))
    }
}
