import Images
import Linux
import OCI
import Support

/// What a push sent.
public struct PushedImage: Sendable {
    public let tag: String
    public let digest: Digest
    /// Bytes of the manifest or index.
    public let size: Int64
}

extension RegistryClient {
    /// Sends an image under its name: blobs that the registry has are not sent again, or mounted from where it
    /// has them; manifests go byte for byte, an index after all that it names.
    public func push(_ reference: Reference) throws(EscaleError) -> PushedImage {
        // Nobody collects blobs while they are sent.
        let ingest = try store.beginImport()
        defer { _ = ingest }
        let image: Image
        do { image = try store.resolve(reference.familiar) } catch {
            guard error.code == .notFound else { throw error }
            throw EscaleError(
                .notFound, "An image does not exist locally with the tag: \(reference.familiarName)",
                repair: "escale images; escale tag IMAGE \(reference.familiar)")
        }
        tell(RegistryProgress("The push refers to repository [\(reference.name)]"))
        let content = try PushContent(store, image)
        let target = PushTarget(
            endpoint: Endpoint.of(reference.domain, session.settings), path: reference.path)
        do throws(RegistryFailure) {
            try send(content, target, reference)
            for manifest in content.manifests.dropLast() {
                try put(manifest, as: manifest.digest.description, target)
            }
            guard let last = content.manifests.last else {
                throw RegistryFailure(EscaleError(.internal, "\(reference): nothing to push"))
            }
            let tag = reference.tag ?? last.digest.description
            try put(last, as: tag, target)
            tell(RegistryProgress("\(tag): digest: \(last.digest) size: \(last.size)"))
            var end = RegistryProgress("")
            end.pushed = (tag, last.digest.description, last.size)
            tell(end)
            return PushedImage(tag: tag, digest: last.digest, size: last.size)
        } catch { throw PullWords.pushError(error, reference) }
    }

    /// Layers in parallel, then the configurations.
    private func send(_ content: PushContent, _ target: PushTarget, _ reference: Reference)
        throws(RegistryFailure)
    {
        for layer in content.layers { tell(RegistryProgress("Preparing", id: layer.digest.short)) }
        for layer in content.layers.dropFirst(Self.parallel) {
            tell(RegistryProgress("Waiting", id: layer.digest.short))
        }
        let sources = mountSources(content.layers, reference)
        let failures = FirstFailure()
        do throws(EscaleError) {
            try Parallel.forEach(content.layers, limit: Self.parallel) { layer throws(EscaleError) in
                do throws(RegistryFailure) {
                    try upload(layer, target, from: sources[layer.digest], isShown: true)
                } catch {
                    failures.note(error)
                    throw error.error
                }
            }
        } catch { throw failures.first ?? RegistryFailure(error) }
        for config in content.configurations { try upload(config, target, from: nil, isShown: false) }
    }

    /// Another repository of the same registry that has a layer, as far as our own names tell.
    private func mountSources(_ layers: [Descriptor], _ reference: Reference) -> [Digest: String] {
        var sources: [Digest: String] = [:]
        for image in (try? store.list()) ?? [] {
            guard
                let other = image.names.first(where: {
                    $0.domain == reference.domain && $0.path != reference.path
                })
            else { continue }
            for layer in image.layers where sources[layer.digest] == nil {
                sources[layer.digest] = other.path
            }
        }
        return sources
    }

    func put(_ manifest: Descriptor, as name: String, _ target: PushTarget) throws(RegistryFailure) {
        let bytes = try local { () throws(EscaleError) in try store.blobs.read(manifest.digest) }
        var request = RegistrySession.Request(
            "PUT", "\(target.path)/manifests/\(name)", headers: [("Content-Type", manifest.mediaType)],
            scopes: [TokenScope(target.path, push: true)])
        request.body = .bytes(bytes)
        let put = request
        let response = try session.retrying { () throws(RegistryFailure) in
            try session.ask(target.endpoint, put)
        }
        if let said = response.headers["docker-content-digest"], said != manifest.digest.description {
            throw RegistryFailure(
                EscaleError(
                    .corrupt, "manifest \(manifest.digest): the registry took it for \(said)"))
        }
    }
}

/// Where to push.
package struct PushTarget: Sendable {
    let endpoint: Endpoint
    let path: String
}

/// What an image consists of, as far as it is here.
struct PushContent {
    /// Each once, bottom first.
    var layers: [Descriptor] = []
    var configurations: [Descriptor] = []
    /// What is named comes last.
    var manifests: [Descriptor] = []

    /// An index whose platforms are all here goes whole; of another only the image that is here.
    init(_ store: ImageStore, _ image: Image) throws(EscaleError) {
        guard MediaType.isIndex(image.target.mediaType) else {
            try add(image.target, store)
            return
        }
        let index: ImageIndex = try JSON.parse(try store.blobs.read(image.target.digest)).decode()
        if index.manifests.allSatisfy({ store.blobs.has($0) }), addAll(index, store) {
            manifests.append(image.target)
            return
        }
        (layers, configurations, manifests) = ([], [], [])
        guard let own = index.manifests.first(where: { $0.digest == image.manifestDigest }) else {
            throw EscaleError(.corrupt, "index \(image.target.digest): does not name \(image.manifestDigest)")
        }
        try add(own, store)
    }

    private mutating func addAll(_ index: ImageIndex, _ store: ImageStore) -> Bool {
        for manifest in index.manifests { if (try? add(manifest, store)) == nil { return false } }
        return (layers + configurations).allSatisfy { store.blobs.has($0) }
    }

    private mutating func add(_ manifest: Descriptor, _ store: ImageStore) throws(EscaleError) {
        let image: ImageManifest = try JSON.parse(try store.blobs.read(manifest.digest)).decode()
        for layer in image.layers where !layers.contains(where: { $0.digest == layer.digest }) {
            layers.append(layer)
        }
        if !configurations.contains(where: { $0.digest == image.config.digest }) {
            configurations.append(image.config)
        }
        manifests.append(manifest)
    }
}
