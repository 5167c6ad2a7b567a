import Support

/// One netlink request (netlink(7)): a fixed header of its family, then attributes.
public struct NetlinkMessage: Sendable {
    public let type: UInt16
    public let flags: UInt16
    /// What it does, for its error: `create bridge escale0`.
    public let what: String
    /// The family's header and the attributes, padded to 4 bytes.
    public private(set) var body: [UInt8]

    public init(_ type: UInt16, flags: UInt16 = 0, what: String, header: [UInt8]) {
        self.type = type
        self.flags = flags
        self.what = what
        body = header
        pad()
    }

    private mutating func pad() { while body.count % 4 != 0 { body.append(0) } }

    public mutating func attribute(_ type: UInt16, _ bytes: some Collection<UInt8>) {
        body.native(UInt16(4 + bytes.count))
        body.native(type)
        body.append(contentsOf: bytes)
        pad()
    }

    public mutating func attribute(_ type: UInt16, text: String) { attribute(type, Array(text.utf8) + [0]) }

    public mutating func attribute(_ type: UInt16, number: UInt32) {
        var bytes: [UInt8] = []
        bytes.native(number)
        attribute(type, bytes)
    }

    /// An attribute that holds attributes, after `header` where its type wants one.
    public mutating func nest(
        _ type: UInt16, header: [UInt8] = [], _ fill: (inout NetlinkMessage) -> Void
    ) {
        var inner = NetlinkMessage(0, what: what, header: header)
        fill(&inner)
        attribute(type, inner.body)
    }

    /// The whole request as it goes to the kernel.
    public func bytes(sequence: UInt32) -> [UInt8] {
        var out: [UInt8] = []
        out.native(UInt32(16 + body.count))
        out.native(type)
        out.native(flags)
        out.native(sequence)
        out.native(UInt32(0))
        return out + body
    }
}

/// One message from the kernel.
public struct NetlinkReply: Sendable, Equatable {
    public let type: UInt16
    public let flags: UInt16
    public let sequence: UInt32
    public let body: [UInt8]

    /// The messages of one datagram. A broken length ends the list; nothing is read beyond its end.
    public static func parse(_ datagram: some Collection<UInt8>) -> [NetlinkReply] {
        let bytes = Array(datagram)
        var replies: [NetlinkReply] = []
        var at = 0
        while at + 16 <= bytes.count {
            let length = Int(bytes.native(at, as: UInt32.self))
            guard length >= 16, length <= bytes.count - at else { break }
            replies.append(
                NetlinkReply(
                    type: bytes.native(at + 4, as: UInt16.self), flags: bytes.native(at + 6, as: UInt16.self),
                    sequence: bytes.native(at + 8, as: UInt32.self), body: Array(bytes[at + 16..<at + length])
                ))
            at += (length + 3) & ~3
        }
        return replies
    }

    /// The attributes after a header of `offset` bytes; the last of a type wins.
    public func attributes(after offset: Int) -> [UInt16: [UInt8]] {
        Self.attributes(body.count > offset ? Array(body[offset...]) : [])
    }

    public static func attributes(_ bytes: [UInt8]) -> [UInt16: [UInt8]] {
        var found: [UInt16: [UInt8]] = [:]
        var at = 0
        while at + 4 <= bytes.count {
            let length = Int(bytes.native(at, as: UInt16.self))
            guard length >= 4, length <= bytes.count - at else { break }
            // The two high bits say "nested" and "network order".
            found[bytes.native(at + 2, as: UInt16.self) & 0x3FFF] = Array(bytes[at + 4..<at + length])
            at += (length + 3) & ~3
        }
        return found
    }
}

extension [UInt8] {
    /// Appends in the machine's byte order.
    package mutating func native<T: FixedWidthInteger>(_ value: T) {
        Swift.withUnsafeBytes(of: value) { append(contentsOf: $0) }
    }

    /// Reads in the machine's byte order; bytes beyond the end count as zero.
    package func native<T: FixedWidthInteger>(_ offset: Int, as type: T.Type = T.self) -> T {
        var value: T = 0
        for i in 0..<MemoryLayout<T>.size where offset + i < count {
            value |= T(truncatingIfNeeded: self[offset + i]) << T(8 * i)
        }
        return T(littleEndian: value)
    }

    /// Text up to the first NUL.
    package var cString: String { String(decoding: prefix { $0 != 0 }, as: UTF8.self) }
}
