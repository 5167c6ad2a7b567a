import Glibc
import Linux
import OCI
import RegistryClient
import Support
import Synchronization

/// A registry that ours stands in front of: what a class pulls crosses its weak link once.
package final class Mirror: Sendable {
    private let upstream: UpstreamEndpoint
    private let session: RegistrySession
    /// When a tag was last asked for there, in seconds.
    private let asked = Mutex<[String: Int64]>([:])
    /// Seconds for which a tag is taken to be where it was.
    private static let freshness: Int64 = 60

    /// - Parameter address: `https://HOST`, or `http://HOST` where that must do. Throws `.invalid`.
    package init(_ address: String) throws(EscaleError) {
        guard let scheme = ["https", "http"].first(where: { address.hasPrefix("\($0)://") }) else {
            throw EscaleError(.invalid, "mirror \(address): https://HOST is expected")
        }
        let host = address.dropFirst(scheme.count + 3).filter { $0 != "/" }
        upstream = UpstreamEndpoint(
            host: host == Reference.defaultDomain ? UpstreamEndpoint.hubHost : host, schemes: [scheme],
            isMirror: true)
        session = RegistrySession(settings: RegistrySettings())
    }

    /// Brings a manifest here, if it is not here or its tag may have moved. One that is here will do while
    /// the registry can't be reached.
    func manifest(_ name: RepositoryName, _ reference: ManifestReference, _ store: RegistryStore)
        throws(RegistryError)
    {
        let known = try store.snapshot(name)?.manifest(reference) != nil
        let key = "\(name):\(reference)"
        let now = Timestamp.now.seconds
        if known {
            guard case .tag = reference else { return }
            if let last = asked.withLock({ $0[key] }), now - last < Self.freshness { return }
        }
        do throws(RegistryError) {
            try bring(name, reference, store)
            asked.withLock { $0[key] = now }
        } catch {
            if !known { throw error }
        }
    }

    private func bring(_ name: RepositoryName, _ reference: ManifestReference, _ store: RegistryStore)
        throws(RegistryError)
    {
        let accepted = [
            MediaType.index, MediaType.manifest, MediaType.dockerManifestList, MediaType.dockerManifest
        ]
        let request = RegistrySession.Request(
            "GET", "\(name)/manifests/\(reference)", headers: accepted.map { ("Accept", $0) },
            scopes: [UpstreamScope(name.text)])
        let response = try ask { () throws(RegistryFailure) in try session.ask(upstream, request) }
        let facts = try ManifestFacts(response.body, contentType: response.headers["content-type"])
        var wanted: Digest?
        var tags: [TagName] = []
        switch reference {
        case .digest(let digest): wanted = digest
        case .tag(let tag): tags = [tag]
        }
        guard let digest = Hasher.digest(of: response.body, like: wanted), wanted == nil || wanted == digest
        else {
            throw RegistryError(.unknown, "\(name) \(reference): damaged on its way", status: .badGateway)
        }
        try store.putManifest(name, response.body, facts, digest: digest, tags: tags, sparse: true)
    }

    /// Brings a blob here, once for all who ask for it meanwhile.
    func blob(_ name: RepositoryName, _ digest: Digest, _ store: RegistryStore) throws(RegistryError) {
        if store.has(name, digest) { return }
        try store.prepare(name)
        let file = "\(store.folder(name))/_uploads/.mirror-\(digest.hex)"
        let lock = try io { () throws(EscaleError) in try FileLock("\(file).lock") }
        defer { _ = lock }
        if store.has(name, digest) { return }
        guard let hasher = Hasher(digest.algorithm) else { return }
        let fd = try io { () throws(EscaleError) in try Sys.open(file, O_WRONLY | O_CREAT | O_TRUNC) }
        defer { unlink(file) }
        let request = RegistrySession.Request(
            "GET", "\(name)/blobs/\(digest)", scopes: [UpstreamScope(name.text)])
        let raw = fd.raw
        let received = Received(hasher)
        _ = try ask { () throws(RegistryFailure) in
            try session.ask(upstream, request) { (response, bytes) throws(EscaleError) in
                guard response.isSuccess else { return }
                received.hasher.update(bytes)
                var rest = bytes
                while !rest.isEmpty {
                    let n = try Sys.call("write", file) { write(raw, rest.baseAddress, rest.count) }
                    rest = UnsafeRawBufferPointer(rebasing: rest[n...])
                }
            }
        }
        guard received.hasher.hex == digest.hex else {
            throw RegistryError(.unknown, "blob \(digest): damaged on its way", status: .badGateway)
        }
        try store.place(file, as: digest, in: name)
        unlink("\(file).lock")
    }

    private final class Received {
        var hasher: Hasher
        init(_ hasher: Hasher) { self.hasher = hasher }
    }

    private func ask(_ body: () throws(RegistryFailure) -> HTTPResponse) throws(RegistryError) -> HTTPResponse
    {
        do { return try body() } catch {
            switch error.status {
            case 401, 403, 404:
                throw RegistryError(.manifestUnknown, "\(upstream.host): \(error.error.message)")
            case 429: throw RegistryError(.tooManyRequests, "\(upstream.host): \(error.error.message)")
            default:
                throw RegistryError(.unknown, "\(upstream.host): \(error.error.message)", status: .badGateway)
            }
        }
    }
}

extension RegistryService {
    /// Whether a request for a manifest or blob may need the registry behind ours.
    func isElsewhere(_ request: RegistryRequest) throws(RegistryError) -> Bool {
        switch request.endpoint {
        case .manifest(_, .tag): true
        case .manifest(let name, let reference): try store.snapshot(name)?.manifest(reference) == nil
        case .blob(let name, let digest): !store.has(name, digest)
        default: false
        }
    }

    /// Brings here what is asked for.
    func bring(_ request: RegistryRequest, _ mirror: Mirror) async throws(RegistryError) {
        let store = store
        let endpoint = request.endpoint
        try await blocking { () throws(RegistryError) in
            switch endpoint {
            case .manifest(let name, let reference): try mirror.manifest(name, reference, store)
            case .blob(let name, let digest): try mirror.blob(name, digest, store)
            default: break
            }
        }
    }
}
