import Archive
import Images
import Linux
import OCI
import Support

/// Pulls and pushes between one kit's store and any registry of the OCI distribution specification.
/// Blocking, for any thread; what runs at the same time runs on threads of its own.
public struct RegistryClient: Sendable {
    package let store: ImageStore
    package let session: RegistrySession
    package let tell: @Sendable (RegistryProgress) -> Void
    /// Layers on their way at the same time.
    package static let parallel = 4

    /// - Parameters:
    ///   - credential: for a domain (`docker.io`, `localhost:5000`); nil for anonymous.
    ///   - cancellation: ends what is going on, with `.interrupted`.
    ///   - tell: called from several threads.
    public init(
        store: ImageStore, settings: RegistrySettings, cancellation: Cancellation = Cancellation(),
        credential: @escaping @Sendable (String) -> Credential? = { _ in nil },
        tell: @escaping @Sendable (RegistryProgress) -> Void = { _ in }
    ) {
        self.store = store
        session = RegistrySession(
            settings: settings, cancellation: cancellation, credential: credential)
        self.tell = tell
    }
}

/// A manifest or an index as a registry gave it: its bytes as they are.
public struct RemoteManifest: Sendable {
    public let descriptor: Descriptor
    public let bytes: [UInt8]
    /// Which endpoint had it.
    package let endpoint: Endpoint

    package func document<T: Decodable>() throws(EscaleError) -> T {
        do { return try JSON.parse(bytes).decode() } catch {
            throw error.within("manifest \(descriptor.digest)")
        }
    }
}

extension RegistryClient {
    static let accepted = [
        MediaType.index, MediaType.manifest, MediaType.dockerManifestList, MediaType.dockerManifest
    ].joined(separator: ", ")

    /// The manifest or index behind a name, checked against its digest. Throws in Docker's words.
    public func manifest(_ reference: Reference) throws(EscaleError) -> RemoteManifest {
        let scope = TokenScope(reference.path)
        let target =
            "\(reference.path)/manifests/\(reference.digest?.description ?? reference.tag ?? "latest")"
        let request = RegistrySession.Request(
            "GET", target, headers: [("Accept", Self.accepted)], scopes: [scope])
        var failure: RegistryFailure?
        for endpoint in Endpoint.forPull(reference.domain, session.settings) {
            do throws(RegistryFailure) {
                let response = try session.retrying { () throws(RegistryFailure) in
                    try session.ask(endpoint, request)
                }
                return try Self.remote(response, reference, endpoint)
            } catch {
                // The next endpoint may have it, whatever was wrong with this one.
                failure = error
            }
        }
        throw PullWords.error(
            failure ?? RegistryFailure(EscaleError(.internal, "no endpoint")), reference)
    }

    private static func remote(_ response: HTTPResponse, _ reference: Reference, _ endpoint: Endpoint)
        throws(RegistryFailure) -> RemoteManifest
    {
        let json = (try? JSON.parse(response.body)) ?? .null
        // The type in the document counts: the header is lost by some file servers.
        let header = response.headers["content-type"]?.split(separator: ";").first.map(String.init)
        let type = json["mediaType"].string ?? header ?? ""
        guard MediaType.isIndex(type) || MediaType.isManifest(type) else {
            throw RegistryFailure(
                EscaleError(
                    .invalid,
                    json["schemaVersion"].int == 1
                        ? "\(reference.familiar): images of Docker's schema 1 (before 2016) are not supported"
                        : "\(reference.familiar): unsupported media type \"\(type)\", not an image"))
        }
        do throws(EscaleError) {
            var promised = reference.digest
            if promised == nil, let said = response.headers["docker-content-digest"] {
                promised = try Digest(said)
            }
            let algorithm = promised?.algorithm ?? "sha256"
            let digest = try Digest("\(algorithm):\(ContentHash.hex(of: response.body, algorithm) ?? "")")
            if let promised, promised != digest {
                throw EscaleError(
                    .corrupt,
                    "manifest verification failed for digest \(promised): the registry sent \(digest)")
            }
            return RemoteManifest(
                descriptor: Descriptor(mediaType: type, digest: digest, size: Int64(response.body.count)),
                bytes: response.body, endpoint: endpoint)
        } catch { throw RegistryFailure(error) }
    }
}

extension RegistryClient {
    /// All tags of a repository, page by page (distribution-spec, "Listing Tags").
    public func tags(_ repository: Reference) throws(EscaleError) -> [String] {
        let endpoint = Endpoint.of(repository.domain, session.settings)
        var all: [String] = []
        var target: String? = "\(repository.path)/tags/list"
        do throws(RegistryFailure) {
            while let page = target {
                let response = try session.retrying { () throws(RegistryFailure) in
                    try session.ask(endpoint, .init("GET", page, scopes: [TokenScope(repository.path)]))
                }
                let tags = try local { () throws(EscaleError) in try JSON.parse(response.body) }["tags"]
                all += (tags.array ?? []).compactMap(\.string)
                target = response.headers["link"].flatMap(LinkHeader.next).map {
                    Address.resolve($0, from: response.url)
                }
            }
        } catch { throw PullWords.error(error, repository) }
        return all
    }

    /// Checks a user's credential, as `docker login`: asks `/v2/` with it. Throws `.denied` where it is refused.
    public func login(_ domain: String) throws(EscaleError) {
        let endpoint = Endpoint.of(domain, session.settings)
        do throws(RegistryFailure) {
            _ = try session.retrying { () throws(RegistryFailure) in
                try session.ask(endpoint, .init("GET", "", scopes: []))
            }
        } catch {
            guard error.status == 401 || error.status == 403 else { throw error.error }
            throw EscaleError(
                .denied,
                "\(error.error.message): \(error.words ?? "unauthorized: incorrect username or password")")
        }
    }
}

extension RegistryClient {
    /// `GET /distribution/NAME/json`: what a name means at its registry, and for which platforms.
    public func inspect(_ reference: Reference) throws(EscaleError) -> JSON {
        let remote = try manifest(reference)
        var platforms: [Platform] = []
        if MediaType.isIndex(remote.descriptor.mediaType) {
            let index: ImageIndex = try remote.document()
            platforms = index.manifests.compactMap(\.platform)
        } else {
            let image: ImageManifest = try remote.document()
            let target = "\(reference.path)/blobs/\(image.config.digest)"
            do throws(RegistryFailure) {
                let response = try session.ask(
                    remote.endpoint, .init("GET", target, scopes: [TokenScope(reference.path)]))
                platforms = (try? JSON.parse(response.body).decode()).map { [$0] } ?? []
            } catch { throw PullWords.error(error, reference) }
        }
        return [
            "Descriptor": try JSON.encode(remote.descriptor),
            "Platforms": .array(try platforms.map { p throws(EscaleError) in try JSON.encode(p) })
        ]
    }
}
