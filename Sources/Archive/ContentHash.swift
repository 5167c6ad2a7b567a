import CCrypto
import Support

/// SHA-256 (FIPS 180-4), a piece at a time.
public struct SHA256: Sendable {
    private var state = SHA256_CTX()

    public init() { SHA256_Init(&state) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA256_Update(&state, bytes.baseAddress, bytes.count)
    }

    /// Lower-case hexadecimal, of what came so far.
    public var hex: String {
        var state = state
        var digest = [UInt8](repeating: 0, count: 32)
        SHA256_Final(&digest, &state)
        return Hex.encode(digest)
    }

    public static func hex(of bytes: some Collection<UInt8>) -> String {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.hex
    }
}

/// The hash that a digest names (image-spec, descriptor.md "Registered algorithms").
public enum ContentHash: Sendable {
    case sha256(SHA256)
    case sha512(SHA512_CTX)

    /// - Parameter algorithm: `sha256` or `sha512`; nil for any other.
    public init?(_ algorithm: String) {
        switch algorithm {
        case "sha256": self = .sha256(SHA256())
        case "sha512":
            var state = SHA512_CTX()
            SHA512_Init(&state)
            self = .sha512(state)
        default: return nil
        }
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .sha256(var hash):
            hash.update(bytes)
            self = .sha256(hash)
        case .sha512(var state):
            SHA512_Update(&state, bytes.baseAddress, bytes.count)
            self = .sha512(state)
        }
    }

    /// Lower-case hexadecimal, of what came so far.
    public var hex: String {
        switch self {
        case .sha256(let hash): return hash.hex
        case .sha512(var state):
            var digest = [UInt8](repeating: 0, count: 64)
            SHA512_Final(&digest, &state)
            return Hex.encode(digest)
        }
    }

    public static func hex(of bytes: some Collection<UInt8>, _ algorithm: String) -> String? {
        guard var hash = ContentHash(algorithm) else { return nil }
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.hex
    }
}
