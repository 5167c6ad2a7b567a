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

/// An image being added: its blobs are kept from garbage collection until `finish`. When it goes away
/// unfinished, what was added is removed by the next collection.
public struct ImageImport: ~Copyable {
    private let store: ImageStore
    private let lock: FileLock

    init(_ store: ImageStore) throws(EscaleError) {
        self.store = store
        try store.prepareLayout()
        lock = try FileLock(store.collectLock, shared: true)
    }

    /// Adds a layer from the tar that `body` writes; `body` doesn't finish the writer.
    public borrowing func addLayer(
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

    /// Adds a layer that comes as a tar archive, compressed or not: from a registry or a file.
    public borrowing func addLayer(
        blob source: any ByteSource, mediaType: String, history: ImageConfig.History
    ) throws(EscaleError) -> StoredLayer {
        let blob = try store.blobs.write(mediaType: mediaType) { (sink) throws(EscaleError) in
            try source.copy(to: sink)
            try sink.finish()
        }
        let tar = HashingSource(try Decompressor(try FileSource(store.blobs.path(blob.digest))))
        try tar.drain()
        return StoredLayer(blob: blob, diffID: try Digest("sha256:\(tar.hex)"), history: history)
    }

    /// A layer of an image in the store, to build upon.
    public borrowing func layers(of image: Image) -> [StoredLayer] {
        let histories = (image.config.history ?? []).filter { $0.emptyLayer != true }
        return zip(image.layers, image.diffIDs).enumerated().map { i, pair in
            StoredLayer(
                blob: pair.0, diffID: pair.1,
                history: histories.count == image.layers.count ? histories[i] : .init())
        }
    }

    /// Writes configuration and manifest, unpacks the layers, and gives the image its names.
    /// - Parameters:
    ///   - config: its layers and their history are filled in from `layers`.
    ///   - emptyHistory: steps that changed the configuration alone, shown after the layers'.
    public borrowing func finish(
        layers: [StoredLayer], config: ImageConfig, emptyHistory: [ImageConfig.History] = [],
        names: [Reference]
    ) throws(EscaleError) -> Image {
        var config = config
        config.rootfs = .init(diffIDs: layers.map(\.diffID))
        config.history = layers.map(\.history) + emptyHistory
        let configBlob = try store.blobs.write(
            try JSON.encode(config).bytes(), mediaType: MediaType.config)
        return try finish(
            manifest: ImageManifest(config: configBlob, layers: layers.map(\.blob)), names: names)
    }

    /// The same for a manifest whose configuration and layers are in the store.
    public borrowing func finish(manifest: ImageManifest, names: [Reference]) throws(EscaleError) -> Image {
        let type = manifest.mediaType ?? MediaType.manifest
        let entry = try store.blobs.write(try JSON.encode(manifest).bytes(), mediaType: type)
        guard let image = try store.image(entry, in: ImageIndex()) else {
            throw EscaleError(.invalid, "manifest \(entry.digest) is an index")
        }
        _ = try store.lowerFolders(image)
        try store.editIndex { (index) throws(EscaleError) in
            for name in names { index.setName(name, entry) }
            if names.isEmpty { index.addNameless(entry) }
        }
        return try store.resolve(image.idText)
    }
}

extension ImageStore {
    /// Begins to add an image. Blocks while garbage is collected.
    public func beginImport() throws(EscaleError) -> ImageImport { try ImageImport(self) }
}
