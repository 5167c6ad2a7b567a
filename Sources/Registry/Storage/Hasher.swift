import Archive
import CCrypto
import OCI
import Support
import Synchronization

/// A digest in the making, by either algorithm of image-spec.
enum Hasher: Sendable {
    case sha256(SHA256)
    case sha512(SHA512)

    /// nil for an algorithm that is not served.
    init?(_ algorithm: String) {
        switch algorithm {
        case "sha256": self = .sha256(SHA256())
        case "sha512": self = .sha512(SHA512())
        default: return nil
        }
    }

    var algorithm: String {
        switch self {
        case .sha256: "sha256"
        case .sha512: "sha512"
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .sha256(var hash):
            hash.update(bytes)
            self = .sha256(hash)
        case .sha512(var hash):
            hash.update(bytes)
            self = .sha512(hash)
        }
    }

    var hex: String {
        switch self {
        case .sha256(let hash): hash.hex
        case .sha512(let hash): hash.hex
        }
    }

    static func digest(of bytes: [UInt8], like digest: Digest? = nil) -> Digest? {
        guard var hasher = Hasher(digest?.algorithm ?? "sha256") else { return nil }
        bytes.withUnsafeBytes { hasher.update($0) }
        return try? Digest("\(hasher.algorithm):\(hasher.hex)")
    }
}

/// SHA-512 as it comes.
struct SHA512: Sendable {
    private var state = SHA512_CTX()

    init() { SHA512_Init(&state) }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        SHA512_Update(&state, bytes.baseAddress, bytes.count)
    }

    var hex: String {
        var state = state
        var digest = [UInt8](repeating: 0, count: 64)
        SHA512_Final(&digest, &state)
        return Hex.encode(digest)
    }
}

/// The hashes of uploads as far as they have come, so that closing one need not read it again. Lost with
/// the process: then it is read.
final class RunningHashes: Sendable {
    private let hashes = Mutex<[UploadID: (hasher: Hasher, count: Int64)]>([:])

    func start(_ id: UploadID, _ hasher: Hasher) { hashes.withLock { $0[id] = (hasher, 0) } }

    /// Takes out the hash of an upload's first `count` bytes; nil where it is not known.
    func take(_ id: UploadID, count: Int64) -> Hasher? {
        hashes.withLock { $0.removeValue(forKey: id) }.flatMap { $0.count == count ? $0.hasher : nil }
    }

    func put(_ id: UploadID, _ hasher: Hasher, count: Int64) { hashes.withLock { $0[id] = (hasher, count) } }

    func forget(_ id: UploadID) { hashes.withLock { $0[id] = nil } }
}

/// Manifests by digest, of which a busy registry sends the same few all the time.
final class ContentCache: Sendable {
    private struct State {
        var bytes: [Digest: [UInt8]] = [:]
        var total = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: bytes held at most; when there are more, it starts anew.
    init(limit: Int) { self.limit = limit }

    func get(_ digest: Digest) -> [UInt8]? { state.withLock { $0.bytes[digest] } }

    func put(_ digest: Digest, _ bytes: [UInt8]) {
        guard bytes.count <= limit / 16 else { return }
        state.withLock { s in
            if s.total + bytes.count > limit { s = State() }
            if s.bytes.updateValue(bytes, forKey: digest) == nil { s.total += bytes.count }
        }
    }
}
