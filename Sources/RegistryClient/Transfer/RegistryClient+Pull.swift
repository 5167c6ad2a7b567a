import Images
import Linux
import OCI
import Support

/// What a pull brought.
public struct PulledImage: Sendable {
    public let image: Image
    /// Of what the name means at the registry: the index of an image for several platforms, else the manifest.
    public let digest: Digest
    /// False where the very same was here already.
    public let isNew: Bool
}

extension RegistryClient {
    /// Brings an image into the store under its name: layers in parallel, each unpacked as soon as it is
    /// there, downloads going on where an earlier one was cut, what is here already not asked for again.
    /// - Parameters:
    ///   - platform: another machine's; this machine's where nil.
    ///   - keepsIndex: the name means the image for all platforms also where another machine's was asked for.
    public func pull(
        _ reference: Reference, platform: Platform? = nil, keepsIndex: Bool = false
    ) throws(EscaleError) -> PulledImage {
        // Held to the end: nobody collects blobs that no name keeps yet.
        let ingest = try store.beginImport()
        let remote = try manifest(reference)
        tell(
            RegistryProgress(
                "Pulling from \(reference.path)", id: reference.tag ?? "\(remote.descriptor.digest)"))
        let chosen = try choose(remote, reference, platform)
        let image: ImageManifest = try chosen.document()
        try Self.check(image, reference)
        let name = BlobSource(reference: reference, endpoint: remote.endpoint)
        try download(image.config, name) { _ in }
        let config = try configuration(image)
        try fetchLayers(image, config, name, ingest)
        // Whoever asks for the name gets the index again, except where another machine's was asked for.
        let isWhole = keepsIndex || platform == nil || platform == .current
        _ = try ingest.addManifest(chosen.bytes, mediaType: chosen.descriptor.mediaType)
        let whole = try ingest.addManifest(remote.bytes, mediaType: remote.descriptor.mediaType)
        let before = try? store.resolve(reference.familiar)
        let added = try ingest.finish(
            target: isWhole ? whole : chosen.descriptor, platform: platform, names: [reference])
        let isNew = before?.manifestDigest != added.manifestDigest
        tell(RegistryProgress("Digest: \(remote.descriptor.digest)"))
        tell(
            RegistryProgress(
                "Status: \(isNew ? "Downloaded newer image" : "Image is up to date") for \(reference.familiar)"
            ))
        return PulledImage(image: added, digest: remote.descriptor.digest, isNew: isNew)
    }

    /// `docker pull -a`: all tags of a repository.
    public func pullAll(_ repository: Reference, platform: Platform? = nil) throws(EscaleError) {
        for tag in try tags(repository) { _ = try pull(repository.with(tag: tag), platform: platform) }
    }

    /// The manifest for a platform: the thing itself, unless it is an index.
    func choose(_ remote: RemoteManifest, _ reference: Reference, _ platform: Platform?)
        throws(EscaleError) -> RemoteManifest
    {
        guard MediaType.isIndex(remote.descriptor.mediaType) else { return remote }
        let index: ImageIndex = try remote.document()
        let wanted = platform ?? .current
        guard let found = index.manifest(for: wanted), MediaType.isManifest(found.mediaType) else {
            throw PullWords.noPlatform(wanted, index, reference)
        }
        if store.blobs.has(found) {
            return RemoteManifest(
                descriptor: found, bytes: try store.blobs.read(found.digest), endpoint: remote.endpoint)
        }
        return try manifest(reference.with(tag: nil, digest: found.digest))
    }

    private static func check(_ manifest: ImageManifest, _ reference: Reference) throws(EscaleError) {
        guard [MediaType.config, MediaType.dockerConfig].contains(manifest.config.mediaType) else {
            throw EscaleError(
                .invalid,
                "\(reference.familiar): unsupported media type \"\(manifest.config.mediaType)\": an artifact, "
                    + "not an image")
        }
    }

    private func configuration(_ manifest: ImageManifest) throws(EscaleError) -> ImageConfig {
        let config: ImageConfig
        do { config = try JSON.parse(try store.blobs.read(manifest.config.digest)).decode() } catch {
            throw error.within("image configuration \(manifest.config.digest)")
        }
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw EscaleError(
                .corrupt,
                "\(manifest.layers.count) layers in the manifest, \(config.rootfs.diffIDs.count) in the configuration"
            )
        }
        return config
    }

    /// Each on a thread: its download, then its unpacking while others download.
    private func fetchLayers(
        _ manifest: ImageManifest, _ config: ImageConfig, _ name: BlobSource, _ ingest: ImageImport
    )
        throws(EscaleError)
    {
        // A layer may stand several times in an image (empty ones do).
        var seen = Set<Digest>()
        let layers = zip(manifest.layers, config.rootfs.diffIDs).filter {
            seen.insert($0.0.digest).inserted
        }
        let missing = layers.filter { layer, _ in
            let isHere = store.blobs.has(layer)
            tell(RegistryProgress(isHere ? "Already exists" : "Pulling fs layer", id: layer.digest.short))
            return !isHere
        }
        for (layer, _) in missing.dropFirst(Self.parallel) {
            tell(RegistryProgress("Waiting", id: layer.digest.short))
        }
        try Parallel.forEach(layers.map { LayerWork(blob: $0.0, diffID: $0.1) }, limit: Self.parallel) {
            work throws(EscaleError) in
            let id = work.blob.digest.short
            let meter = ProgressMeter(id, "Downloading", total: work.blob.size, tell)
            let came = try download(work.blob, name) { meter.reached($0) }
            if came { tell(RegistryProgress("Download complete", id: id)) }
            let unpacking = ProgressMeter(id, "Extracting", total: work.blob.size, tell)
            try ingest.unpack([(blob: work.blob, diffID: work.diffID)]) { progress in
                if case .unpacking(_, let done) = progress { unpacking.reached(done) }
            }
            if came { tell(RegistryProgress("Pull complete", id: id)) }
        }
    }

    private struct LayerWork: Sendable {
        let blob: Descriptor
        let diffID: Digest
    }
}
