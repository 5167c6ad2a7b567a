import Glibc
import Images
import OCI
import Support
import Synchronization

/// What the engine knows of one image.
package struct EngineImage: Sendable {
    /// `sha256:…` of its configuration.
    package var id: String
    /// `busybox:latest`, as Docker shows them.
    package var tags: [String]
    /// `busybox@sha256:…`
    package var digests: [String]
    package var config: ImageConfig
    /// Unpacked layers on disk, top first.
    package var layers: [String]
    /// Bytes of all layers unpacked.
    package var size: Int64
    package init(
        id: String, tags: [String], digests: [String], config: ImageConfig, layers: [String], size: Int64
    ) {
        self.id = id
        self.tags = tags
        self.digests = digests
        self.config = config
        self.layers = layers
        self.size = size
    }

    /// 12 digits.
    package var shortID: String { String((id.split(separator: ":").last ?? "").prefix(12)) }
}

/// The images of a kit, or a test's.
package protocol ImageLibrary: Sendable {
    /// By name, id or a prefix of the id. `.notFound` in Docker's words.
    /// - Parameter platform: which image of a name for several; nil is this machine's, or any.
    func find(_ name: String, _ platform: Platform?) throws(EscaleError) -> EngineImage
    func list() throws(EscaleError) -> [EngineImage]
    /// Bytes of each layer, bottom first.
    func layerSizes(_ image: EngineImage) throws(EscaleError) -> [Int64]
    func tag(_ image: EngineImage, as name: String) throws(EscaleError)
    /// Takes a name away; the image goes with its last one.
    /// - Parameter uses: containers that use an image, by its id.
    func remove(_ name: String, force: Bool, uses: [String: [ImageUse]]) throws(EscaleError) -> RemovedImage
    /// Removes images without a name, or all that nobody uses.
    func prune(all: Bool, used: Set<String>) throws(EscaleError) -> (removed: RemovedImage, bytes: Int64)
}

extension ImageLibrary {
    package func find(_ name: String) throws(EscaleError) -> EngineImage { try find(name, nil) }
}

/// The kit's own store.
package final class StoreLibrary: ImageLibrary {
    package let store: ImageStore
    private let cache = Mutex(Cache())

    /// What names meant while the index was this file: every change of it is a new file.
    private struct Cache {
        var index = IndexStamp()
        var found: [String: EngineImage] = [:]
    }

    private struct IndexStamp: Equatable {
        var inode: UInt64 = 0
        var seconds = 0
        var nanoseconds = 0
    }

    package init(_ store: ImageStore) { self.store = store }

    private func stamp() -> IndexStamp {
        var s = stat()
        guard stat("\(store.kit.images)/index.json", &s) == 0 else { return IndexStamp() }
        return IndexStamp(inode: UInt64(s.st_ino), seconds: s.st_mtim.tv_sec, nanoseconds: s.st_mtim.tv_nsec)
    }

    package func find(_ name: String, _ platform: Platform?) throws(EscaleError) -> EngineImage {
        if let platform { return try describe(try store.resolve(name, platform: platform)) }
        // Taken before the look-up: a change in between only costs another one.
        let stamp = stamp()
        if let known = cache.withLock({ $0.index == stamp ? $0.found[name] : nil }) { return known }
        let image = try describe(try store.resolve(name))
        cache.withLock { c in
            if c.index != stamp || c.found.count > 256 { c = Cache(index: stamp) }
            c.found[name] = image
        }
        return image
    }

    package func layerSizes(_ image: EngineImage) throws(EscaleError) -> [Int64] {
        let sizes = Dictionary(
            try store.layerUsage().map { ($0.diffID, $0.unpacked ?? $0.compressed) },
            uniquingKeysWith: { a, _ in a })
        return image.config.rootfs.diffIDs.map { sizes[$0] ?? 0 }
    }

    package func list() throws(EscaleError) -> [EngineImage] {
        try store.list().map { image throws(EscaleError) in try describe(image) }
    }

    package func tag(_ image: EngineImage, as name: String) throws(EscaleError) {
        try store.tag(image.id, try Reference(name))
    }

    package func remove(_ name: String, force: Bool, uses: [String: [ImageUse]]) throws(EscaleError)
        -> RemovedImage
    {
        try store.remove(name, force: force) { uses[$0.description] ?? [] }
    }

    package func prune(all: Bool, used: Set<String>) throws(EscaleError)
        -> (removed: RemovedImage, bytes: Int64)
    {
        var result = RemovedImage()
        var bytes: Int64 = 0
        for image in try store.list() where !used.contains(image.idText) && (all || image.names.isEmpty) {
            let removed = try store.remove(image.idText, force: true)
            result.untagged += removed.untagged
            result.deleted += removed.deleted
            if !removed.deleted.isEmpty { bytes += image.size }
        }
        return (result, bytes)
    }

    private func describe(_ image: Image) throws(EscaleError) -> EngineImage {
        return EngineImage(
            id: image.idText, tags: image.names.filter { $0.tag != nil }.map(\.familiar),
            digests: image.repositoryDigests, config: image.config,
            layers: try store.lowerFolders(image), size: image.size)
    }
}
