import Archive
import Linux
import OCI
import Support

/// A layer in the store, not yet of an image.
public struct StoredLayer: Sendable, Equatable {
    public let blob: Descriptor
    public let diffID: Digest
    public var history: ImageConfig.History

    public init(blob: Descriptor, diffID: Digest, history: ImageConfig.History) {
        self.blob = blob
        self.diffID = diffID
        self.history = history
    }
}

/// How unpacking goes, layer by layer, told from several threads at once.
public enum LayerProgress: Sendable, Equatable {
    /// The layer's files were there already.
    case exists(Descriptor)
    /// Bytes of the blob read so far.
    case unpacking(Descriptor, done: Int64)
    case unpacked(Descriptor)
}

/// Images being added. As long as this lives (a shared lock, which also holds against other processes
/// and ends with ours), nothing in the store is garbage collected: neither what is added nor what it is
/// built upon. When it goes away unfinished, what was added is removed by the next collection.
///
/// Pull:   blobs by `store.blobs.ingest(descriptor)`, `addManifest` for manifest and index, `finish`.
/// Build:  `addLayer`, `addImage(layers:config:…)`; layers of bases by `layers(of:)`.
public final class ImageImport: Sendable {
    public let store: ImageStore
    private let lock: ImportLock

    init(_ store: ImageStore) throws(EscaleError) {
        try store.prepareLayout()
        self.store = store
        lock = ImportLock(store, try FileLock(store.collectLock, shared: true))
    }

    // MARK: Layers

    /// Adds a layer from the tar that `body` writes; `body` doesn't finish the writer.
    public func addLayer(
        history: ImageConfig.History, _ body: (TarWriter) throws(EscaleError) -> Void
    ) throws(EscaleError) -> StoredLayer {
        var diffID = ""
        let blob = try store.blobs.write(mediaType: MediaType.layerGzip) { (sink) throws(EscaleError) in
            let tar = HashingSink(try GzipSink(sink))
            let writer = TarWriter(tar)
            try body(writer)
            try writer.finish()
            diffID = tar.hex
        }
        return StoredLayer(blob: blob, diffID: try Digest("sha256:\(diffID)"), history: history)
    }

    /// Adds a layer of what an overlay's upper folder holds (`RUN`, `COPY`, `commit`): its whiteouts and
    /// opaque folders as layers write them, names in order, no access times and no owners' names, so that
    /// the same files give the same digest.
    /// - Parameters:
    ///   - latest: `SOURCE_DATE_EPOCH`: no file is later.
    ///   - skipping: paths without a leading slash that are not the image's, e.g. mount points that the
    ///     engine made (`ImageImport.mountPoints`).
    public func addLayer(
        upper: String, latest: Timestamp? = nil, skipping: Set<String> = ImageImport.mountPoints,
        history: ImageConfig.History
    ) throws(EscaleError) -> StoredLayer {
        try addLayer(history: history) { (tar) throws(EscaleError) in
            try TreeArchiver.addLayer(upper: upper, to: tar, latest: latest, skipping: skipping)
        }
    }

    /// What an engine puts into every container's upper folder to mount upon.
    public static let mountPoints: Set<String> = [
        "etc/hosts", "etc/hostname", "etc/resolv.conf", "dev", "proc", "sys", ".dockerenv"
    ]

    /// Adds a layer that comes as a tar archive, compressed (gzip, zstd, xz) or not, in one pass: stored
    /// as it is, unpacked, its diff id computed on the way.
    /// - Parameter mediaType: nil tells it from the first bytes.
    public func addLayer(
        blob source: any ByteSource, mediaType: String? = nil, history: ImageConfig.History
    ) throws(EscaleError) -> StoredLayer {
        let blob = try store.blobs.write(mediaType: mediaType ?? MediaType.layer) {
            (sink) throws(EscaleError) in
            try source.copy(to: sink)
            try sink.finish()
        }
        return try addLayer(stored: blob, mediaType: mediaType, history: history)
    }

    /// Adds a layer whose blob is in the store already, e.g. by `store.blobs.ingest`: unpacks it, which
    /// gives its diff id.
    public func addLayer(
        stored blob: Descriptor, mediaType: String? = nil, history: ImageConfig.History
    ) throws(EscaleError) -> StoredLayer {
        var blob = blob
        if let mediaType {
            blob.mediaType = mediaType
        } else {
            blob.mediaType = try store.layerMediaType(blob.digest)
        }
        return StoredLayer(blob: blob, diffID: try store.unpack(blob), history: history)
    }

    /// A layer of an image in the store, to build upon.
    public func layers(of image: Image) -> [StoredLayer] {
        let histories = (image.config.history ?? []).filter { $0.emptyLayer != true }
        return zip(image.layers, image.diffIDs).enumerated().map { i, pair in
            StoredLayer(
                blob: pair.0, diffID: pair.1,
                history: histories.count == image.layers.count ? histories[i] : .init())
        }
    }

    /// Unpacks layers, several at once, each checked against its diff id; those that are unpacked
    /// already cost nothing. A puller may call it for each layer as it comes.
    public func unpack(
        _ layers: [(blob: Descriptor, diffID: Digest)],
        progress: @escaping @Sendable (LayerProgress) -> Void = { _ in }
    ) throws(EscaleError) { try store.unpack(layers, progress) }

    // MARK: Manifests

    /// Keeps a manifest or index, byte for byte as it came.
    /// - Parameters:
    ///   - expected: the digest that was asked for, where there was one. Throws `.corrupt` for another.
    ///   - mediaType: as its server told; nil takes the one in the bytes.
    /// - Returns: its descriptor; manifests of an index are added in the same way.
    /// - Throws: `.invalid` for what is no manifest or index of image-spec or Docker's schema 2.
    public func addManifest(_ bytes: [UInt8], mediaType: String? = nil, expected: Digest? = nil)
        throws(EscaleError) -> Descriptor
    {
        let descriptor = try ManifestBytes.describe(bytes, mediaType: mediaType, expected: expected)
        return try keep(bytes, descriptor)
    }

    private func keep(_ bytes: [UInt8], _ descriptor: Descriptor) throws(EscaleError) -> Descriptor {
        guard let ingest = try store.blobs.ingest(descriptor) else { return descriptor }
        try ingest.restart()
        try ingest.write(bytes)
        return try ingest.commit()
    }

    /// Writes configuration and manifest, unpacks the layers, and gives the image its names.
    /// - Parameters:
    ///   - config: its layers and their history are filled in from `layers`.
    ///   - emptyHistory: steps that changed the configuration alone, shown after the layers'.
    public func finish(
        layers: [StoredLayer], config: ImageConfig, emptyHistory: [ImageConfig.History] = [],
        names: [Reference]
    ) throws(EscaleError) -> Image {
        var config = config
        config.history = layers.map(\.history) + emptyHistory
        return try finish(layers: layers, wholeConfig: config, names: names)
    }

    /// The same with a history of its own order: as many entries that are no `emptyLayer` as layers.
    public func finish(
        layers: [StoredLayer], wholeConfig config: ImageConfig, names: [Reference],
        annotations: [String: String]? = nil
    ) throws(EscaleError) -> Image {
        var config = config
        config.rootfs = .init(diffIDs: layers.map(\.diffID))
        let configBlob = try store.blobs.write(
            try JSON.encode(config).bytes(), mediaType: MediaType.config)
        return try finish(
            manifest: ImageManifest(
                config: configBlob, layers: layers.map(\.blob), annotations: annotations), names: names)
    }

    /// The same for a manifest whose configuration and layers are in the store.
    public func finish(manifest: ImageManifest, names: [Reference]) throws(EscaleError) -> Image {
        let target = try addManifest(
            try JSON.encode(manifest).bytes(), mediaType: manifest.mediaType ?? MediaType.manifest)
        return try finish(target: target, names: names)
    }

    /// Makes an image of what was added: checks that all blobs of the chosen platform are there, unpacks
    /// its layers, and gives it its names, in this order, so that a name never means half an image.
    /// - Parameters:
    ///   - target: manifest or index, by `addManifest`.
    ///   - platform: which of an index; nil is this machine's, else the first that is there.
    ///   - names: taken from the images that had them. None: it is kept without a name.
    /// - Throws: `.corrupt` for a missing blob or a layer that is not what its configuration says,
    ///   `.notFound` where nothing of an index is for the platform, `.invalid` for what is no image.
    @discardableResult
    public func finish(
        target: Descriptor, platform: Platform? = nil, names: [Reference],
        progress: @escaping @Sendable (LayerProgress) -> Void = { _ in }
    ) throws(EscaleError) -> Image {
        var entry = target
        // Annotations are the layout's own here, and the platform is the configuration's to tell.
        entry.annotations = nil
        entry.platform = nil
        guard let image = try store.image(entry, in: ImageIndex(), platform) else {
            throw EscaleError(
                .notFound, "no matching manifest for \(platform ?? .current) in the manifest list entries")
        }
        for layer in image.layers where !store.blobs.has(layer) {
            throw EscaleError(.corrupt, "blob \(layer.digest): missing or of another size")
        }
        try unpack(Array(zip(image.layers, image.diffIDs)).map { (blob: $0, diffID: $1) }, progress: progress)
        try store.editIndex { (index) throws(EscaleError) in
            for name in names { index.setName(name, entry) }
            if names.isEmpty { index.addNameless(entry) }
        }
        let index = try store.index()
        return try store.image(entry, in: index, platform) ?? image
    }
}

/// The lock of an import; its end may let a collection go on that was put off.
private final class ImportLock: Sendable {
    private let store: ImageStore
    private let lock: FileLock

    init(_ store: ImageStore, _ lock: consuming FileLock) {
        self.store = store
        self.lock = lock
    }

    deinit {
        guard store.isCollectionWanted else { return }
        lock.release()
        store.collectIfWanted()
    }
}

/// Manifests as they come from elsewhere.
enum ManifestBytes {
    /// 4 MiB, as registries have it (distribution-spec, "Pushing Manifests").
    static let limit = 4 << 20

    /// Checks the bytes and describes them. Throws `.invalid`, or `.corrupt` for another digest.
    static func describe(_ bytes: [UInt8], mediaType: String?, expected: Digest?) throws(EscaleError)
        -> Descriptor
    {
        guard bytes.count <= limit else {
            throw EscaleError(.invalid, "manifest: \(bytes.count) bytes, more than \(limit)")
        }
        let algorithm = expected?.algorithm ?? "sha256"
        let digest = try Digest("\(algorithm):\(ContentHash.hex(of: bytes, algorithm) ?? "")")
        if let expected, expected != digest {
            throw EscaleError(.corrupt, "manifest \(expected): content does not match its digest")
        }
        let json: JSON
        do { json = try JSON.parse(bytes) } catch { throw error.within("manifest \(digest)") }
        let said = MediaType.ofManifest(json)
        let type = mediaType ?? said ?? ""
        guard json["schemaVersion"].int == 2 else {
            throw EscaleError(
                .invalid,
                "manifest \(digest): schema version \(json["schemaVersion"].int ?? 0) is not supported")
        }
        if let said, mediaType != nil, said != type {
            throw EscaleError(.invalid, "manifest \(digest): sent as \(type), says it is \(said)")
        }
        if MediaType.isIndex(type) {
            guard json["manifests"].array != nil, json["layers"].isNull else {
                throw EscaleError(.invalid, "manifest \(digest): no manifests in this index")
            }
            let _: ImageIndex = try decode(json, digest)
        } else if MediaType.isManifest(type) {
            guard json["manifests"].isNull else {
                throw EscaleError(.invalid, "manifest \(digest): manifest and index at once")
            }
            let _: ImageManifest = try decode(json, digest)
        } else {
            throw EscaleError(.invalid, "manifest \(digest): unsupported media type \"\(type)\"")
        }
        return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
    }

    private static func decode<T: Decodable>(_ json: JSON, _ digest: Digest) throws(EscaleError) -> T {
        do { return try json.decode() } catch {
            throw EscaleError(.invalid, "manifest \(digest): \(error.message)")
        }
    }
}

extension ImageStore {
    /// Begins to add images. Blocks while garbage is collected.
    public func beginImport() throws(EscaleError) -> ImageImport { try ImageImport(self) }
}
