import Linux

/// Which addresses a kit's bridge takes. Pure.
public enum SubnetChoice {
    /// The default kit's block; 172.17 to 172.29 are left to Docker's own networks.
    public static let standard = IPv4Network(IPv4(value: 0xAC1E_0000), prefix: 16)

    /// The block for a kit: the standard one for the default kit while it is free, else a /24 at a
    /// place that depends on the kit, past those that overlap with `taken`. nil where all are taken.
    public static func pick(isDefault: Bool, hash: UInt32, taken: [IPv4Network]) -> IPv4Network? {
        // The default route, and the like, cover everything.
        let taken = taken.filter { $0.prefix > 4 }
        func isFree(_ block: IPv4Network) -> Bool { !taken.contains { $0.overlaps(block) } }
        if isDefault, isFree(standard) { return standard }
        let blocks = candidates
        let start = Int(hash % UInt32(blocks.count))
        return (0..<blocks.count).lazy.map { blocks[(start + $0) % blocks.count] }.first(where: isFree)
    }

    /// /24 blocks that hosts and providers seldom use: 172.31.x, then 10.213.x and 192.168.128 up.
    static var candidates: [IPv4Network] {
        func blocks(_ base: UInt32, _ numbers: ClosedRange<UInt32>) -> [IPv4Network] {
            numbers.map { IPv4Network(IPv4(value: base | $0 << 8), prefix: 24) }
        }
        return blocks(0xAC1F_0000, 0...255) + blocks(0x0AD5_0000, 0...255) + blocks(0xC0A8_0000, 128...254)
    }

    /// FNV-1a, 32 bits (draft-eastlake-fnv): stable over runs and machines, unlike `hashValue`.
    public static func hash(_ text: String) -> UInt32 {
        text.utf8.reduce(0x811C_9DC5) { ($0 ^ UInt32($1)) &* 0x0100_0193 }
    }
}
