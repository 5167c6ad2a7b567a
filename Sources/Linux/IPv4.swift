import CLinux
import Support

/// An IPv4 address.
public struct IPv4: Hashable, Comparable, Sendable, LosslessStringConvertible {
    /// In host order: 127.0.0.1 is 0x7F000001.
    public let value: UInt32

    public init(value: UInt32) { self.value = value }

    /// Four decimal numbers without leading zeros; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 48, let n = UInt8(part)
            else { return nil }
            value = value << 8 | UInt32(n)
        }
        self.value = value
    }

    /// Network order.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 else { return nil }
        value = bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Network order.
    public var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) } }

    public var description: String { bytes.map(String.init).joined(separator: ".") }

    public static func < (a: IPv4, b: IPv4) -> Bool { a.value < b.value }

    /// The hardware address that Docker gives a container's card: `02:42` and the address.
    public var mac: String { "02:42:" + bytes.map { Hex2.text($0) }.joined(separator: ":") }
}

/// A block of addresses, e.g. 172.30.0.0/16.
public struct IPv4Network: Hashable, Sendable, LosslessStringConvertible {
    public let first: IPv4
    public let prefix: Int

    /// The block of this length that holds `address`. `prefix` is kept within 0 to 32.
    public init(_ address: IPv4, prefix: Int) {
        let length = min(max(prefix, 0), 32)
        self.prefix = length
        first = IPv4(value: length == 0 ? 0 : address.value & (UInt32.max << UInt32(32 - length)))
    }

    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4(String(parts[0])), let prefix = Int(parts[1]),
            (0...32).contains(prefix)
        else { return nil }
        self.init(address, prefix: prefix)
    }

    public var last: IPv4 {
        IPv4(value: first.value | (prefix == 32 ? 0 : UInt32.max >> UInt32(prefix)))
    }

    public func contains(_ address: IPv4) -> Bool { first <= address && address <= last }
    public func overlaps(_ other: IPv4Network) -> Bool { first <= other.last && other.first <= last }

    public var description: String { "\(first)/\(prefix)" }
}

extension Sys {
    /// accept4(2) on an IPv4 socket, and who it is.
    public static func accept(_ listener: Int32, from client: inout IPv4) throws(EscaleError) -> FD {
        var address: UInt32 = 0
        let fd = FD(owning: try check(cl_accept_ipv4(listener, &address), "accept"))
        client = IPv4(value: UInt32(bigEndian: address))
        return fd
    }
}

enum Hex2 {
    static func text(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
