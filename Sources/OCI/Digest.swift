import Support

/// A content digest, `sha256:<64 hex>` (image-spec, descriptor.md "Digests"). sha512 is accepted from
/// others; we only make sha256.
public struct Digest: Hashable, Sendable {
    public let algorithm: String
    /// Lower-case hexadecimal.
    public let hex: String

    /// A SHA-256 digest from its hexadecimal; nil unless it is 64 lower-case hex digits.
    public init?(sha256 hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(Self.isHex) else { return nil }
        algorithm = "sha256"
        self.hex = String(hex)
    }

    /// Reads `algorithm:hex`. Throws `.invalid`, worded as Docker does.
    public init(_ text: some StringProtocol) throws(EscaleError) {
        guard let colon = text.firstIndex(of: ":") else {
            throw EscaleError(.invalid, "invalid checksum digest format")
        }
        let algorithm = String(text[..<colon])
        let hex = String(text[text.index(after: colon)...])
        let length: Int
        switch algorithm {
        case "sha256": length = 64
        case "sha512": length = 128
        default: throw EscaleError(.invalid, "unsupported digest algorithm")
        }
        guard hex.utf8.count == length else {
            throw EscaleError(.invalid, "invalid checksum digest length")
        }
        guard hex.utf8.allSatisfy(Self.isHex) else {
            throw EscaleError(.invalid, "invalid checksum digest format")
        }
        self.algorithm = algorithm
        self.hex = hex
    }

    /// The first 12 hex digits, as `docker images` shows.
    public var short: String { String(hex.prefix(12)) }

    static func isHex(_ c: UInt8) -> Bool { (48...57).contains(c) || (97...102).contains(c) }
}

extension Digest: CustomStringConvertible {
    public var description: String { "\(algorithm):\(hex)" }
}

extension Digest: Comparable {
    public static func < (a: Digest, b: Digest) -> Bool { a.description < b.description }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        do {
            try self.init(text)
        } catch {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.message)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
