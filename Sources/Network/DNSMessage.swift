import Linux

/// Record types (RFC 1035, RFC 3596).
public enum DNSType {
    public static let a: UInt16 = 1
    public static let ptr: UInt16 = 12
    public static let aaaa: UInt16 = 28
    public static let any: UInt16 = 255
}

/// Response codes (RFC 1035, 4.1.1).
public enum DNSCode: UInt8, Sendable {
    case noError = 0
    case formatError = 1
    case serverFailure = 2
    case noSuchName = 3
    case notImplemented = 4
}

/// A question as a server sees it. Pure; any input is safe.
public struct DNSQuery: Sendable, Equatable {
    public let id: UInt16
    /// In lower case, without the dot at the end.
    public let name: String
    public let type: UInt16
    /// The header's flags and the question as they came, to be sent back with the answer.
    let flags: UInt16
    let question: [UInt8]

    /// What to do with a datagram.
    public enum Parsed: Sendable, Equatable {
        case query(DNSQuery)
        /// To be answered with just a code.
        case refused([UInt8])
        /// Not even a header, or an answer: no reply, or two servers would talk for ever.
        case ignored
    }

    public static func parse(_ bytes: [UInt8]) -> Parsed {
        guard bytes.count >= 12 else { return .ignored }
        let id = DNSBytes.number(bytes, 0)
        let flags = DNSBytes.number(bytes, 2)
        guard flags & 0x8000 == 0 else { return .ignored }
        func refuse(_ code: DNSCode) -> Parsed {
            var reply: [UInt8] = []
            DNSBytes.header(&reply, id: id, flags: flags, code: code, questions: 0, answers: 0)
            return .refused(reply)
        }
        // Standard queries with one question: all that resolvers send.
        guard flags & 0x7800 == 0 else { return refuse(.notImplemented) }
        guard DNSBytes.number(bytes, 4) == 1, let (name, end) = DNSBytes.name(bytes, 12),
            end + 4 <= bytes.count
        else { return refuse(.formatError) }
        let type = DNSBytes.number(bytes, end)
        return .query(
            DNSQuery(id: id, name: name, type: type, flags: flags, question: Array(bytes[12..<end + 4])))
    }

    /// The answer with these addresses.
    public func reply(_ code: DNSCode, addresses: [IPv4] = []) -> [UInt8] {
        // What does not fit into 512 bytes, which every client takes, is left out.
        let shown = addresses.prefix(max(0, (512 - 12 - question.count) / 16))
        var out: [UInt8] = []
        DNSBytes.header(&out, id: id, flags: flags, code: code, questions: 1, answers: shown.count)
        out += question
        for address in shown { record(&out, DNSType.a, address.bytes) }
        return out
    }

    /// The answer to a reverse question.
    public func reply(pointer name: String) -> [UInt8] {
        var out: [UInt8] = []
        DNSBytes.header(&out, id: id, flags: flags, code: .noError, questions: 1, answers: 1)
        out += question
        record(&out, DNSType.ptr, DNSBytes.encode(name))
        return out
    }

    private func record(_ out: inout [UInt8], _ type: UInt16, _ data: [UInt8]) {
        // A pointer to the question's name.
        out += [0xC0, 12]
        DNSBytes.append(&out, type)
        DNSBytes.append(&out, 1)
        // Containers come and go, so an answer is good for a short time only (seconds).
        DNSBytes.append(&out, 0)
        DNSBytes.append(&out, 5)
        DNSBytes.append(&out, UInt16(data.count))
        out += data
    }

    /// The address that a reverse name asks about: `2.0.30.172.in-addr.arpa`.
    public var reverseAddress: IPv4? {
        let suffix = ".in-addr.arpa"
        guard name.hasSuffix(suffix) else { return nil }
        return IPv4(name.dropLast(suffix.count).split(separator: ".").reversed().joined(separator: "."))
    }
}

/// A server's answer as a client sees it. Pure; any input is safe.
public struct DNSReply: Sendable, Equatable {
    public let id: UInt16
    public let code: UInt8
    public let addresses: [IPv4]
    /// Names of PTR records.
    public let pointers: [String]

    public init?(_ bytes: [UInt8]) {
        guard bytes.count >= 12, bytes[2] & 0x80 != 0 else { return nil }
        id = DNSBytes.number(bytes, 0)
        code = bytes[3] & 0x0F
        var at = 12
        for _ in 0..<DNSBytes.number(bytes, 4) {
            guard let (_, end) = DNSBytes.name(bytes, at) else { return nil }
            at = end + 4
        }
        var addresses: [IPv4] = []
        var pointers: [String] = []
        for _ in 0..<DNSBytes.number(bytes, 6) {
            guard let (_, end) = DNSBytes.name(bytes, at), end + 10 <= bytes.count else { return nil }
            let type = DNSBytes.number(bytes, end)
            let start = end + 10
            at = start + Int(DNSBytes.number(bytes, end + 8))
            guard at <= bytes.count else { return nil }
            if type == DNSType.a, let address = IPv4(bytes: bytes[start..<at]) { addresses.append(address) }
            if type == DNSType.ptr, let (name, _) = DNSBytes.name(bytes, start) { pointers.append(name) }
        }
        self.addresses = addresses
        self.pointers = pointers
    }

    /// A question as a client sends it.
    public static func question(id: UInt16, name: String, type: UInt16) -> [UInt8] {
        var out: [UInt8] = []
        DNSBytes.append(&out, id)
        DNSBytes.append(&out, 0x0100)  // recursion desired
        for count: UInt16 in [1, 0, 0, 0] { DNSBytes.append(&out, count) }
        out += DNSBytes.encode(name)
        DNSBytes.append(&out, type)
        DNSBytes.append(&out, 1)
        return out
    }
}

/// Bytes of messages, in network order. Reads beyond the end give 0 or nil.
enum DNSBytes {
    static func number(_ bytes: [UInt8], _ at: Int) -> UInt16 {
        at + 1 < bytes.count ? UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1]) : 0
    }

    static func append(_ out: inout [UInt8], _ value: UInt16) {
        out.append(UInt8(value >> 8))
        out.append(UInt8(value & 0xFF))
    }

    static func header(
        _ out: inout [UInt8], id: UInt16, flags: UInt16, code: DNSCode, questions: UInt16, answers: Int
    ) {
        append(&out, id)
        // Answer, recursion available; the question's opcode and "recursion desired" stay.
        append(&out, 0x8080 | (flags & 0x7900) | UInt16(code.rawValue))
        for count in [questions, UInt16(answers), 0, 0] { append(&out, count) }
    }

    /// A name and where it ends. Pointers only lead backwards, so they cannot loop.
    static func name(_ bytes: [UInt8], _ start: Int) -> (String, end: Int)? {
        var labels: [String] = []
        var at = start
        var end: Int?
        var length = 0
        var lowest = start
        while at < bytes.count {
            let size = Int(bytes[at])
            if size == 0 { return (labels.joined(separator: ".").lowercased(), end ?? at + 1) }
            if size & 0xC0 == 0xC0 {
                guard at + 1 < bytes.count else { return nil }
                let target = (size & 0x3F) << 8 | Int(bytes[at + 1])
                guard target < lowest else { return nil }
                end = end ?? at + 2
                lowest = target
                at = target
                continue
            }
            length += size + 1
            guard size < 64, length < 255, at + 1 + size <= bytes.count else { return nil }
            labels.append(String(decoding: bytes[at + 1..<at + 1 + size], as: UTF8.self))
            at += size + 1
        }
        return nil
    }

    /// Labels longer than 63 bytes are cut.
    static func encode(_ name: String) -> [UInt8] {
        var out: [UInt8] = []
        for label in name.split(separator: ".") {
            let bytes = label.utf8.prefix(63)
            out.append(UInt8(bytes.count))
            out += bytes
        }
        return out + [0]
    }
}
