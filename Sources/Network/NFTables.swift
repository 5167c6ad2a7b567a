import Linux
import Support

/// Runs nft(8), which carries a whole file out at once or not at all.
enum NFTables {
    static func apply(kit: Kit, bridge: BridgeInfo, ports: [PublishedPort]) throws(EscaleError) {
        try run(NFTRules.render(table: InterfaceName.table(kit), bridge: bridge, ports: ports))
    }

    static func run(_ rules: String) throws(EscaleError) {
        let result: Spawn.Result
        do {
            result = try Spawn.run(try program(), ["-f", "-"], input: Array(rules.utf8))
        } catch {
            throw error.within("nft")
        }
        if result.status != 0 {
            let reason = result.errorText.split(separator: "\n").first.map(String.init) ?? "failed"
            throw EscaleError(.unavailable, "nft: exit status \(result.status): \(reason)")
        }
    }

    /// Where nft is; /usr/sbin is not on everybody's PATH.
    static func program() throws(EscaleError) -> String {
        for folder in ["/usr/sbin", "/sbin", "/usr/bin", "/usr/local/sbin"]
        where Files.exists("\(folder)/nft") {
            return "\(folder)/nft"
        }
        throw EscaleError(
            .unavailable, "nft: executable file not found (apt install nftables)",
            repair: "apt install nftables")
    }
}
