import Archive
import Glibc
import Images
import Linux
import OCI
import RegistryClient
import Support

/// A cache that was brought: its steps are known, its layers come when they are needed.
struct ImportedCache: Sendable {
    let name: String
    let steps: [String: SharedCache.Step]
    /// By digest of the blob.
    let layers: [Digest: Descriptor]
    /// Brings a layer's blob into the store, checked.
    let fetch: @Sendable (Descriptor) throws(EscaleError) -> Void

    private init(
        _ name: String, _ manifest: ImageManifest,
        read: (Descriptor) throws(EscaleError) -> [UInt8],
        fetch: @escaping @Sendable (Descriptor) throws(EscaleError) -> Void
    ) throws(EscaleError) {
        let bytes: [UInt8]
        if manifest.config.mediaType == SharedCache.configType {
            bytes = try read(manifest.config)
        } else if let text = manifest.annotations?[SharedCache.annotation] {
            bytes = Array(text.utf8)
        } else {
            throw EscaleError(
                .notFound, "no build cache in it",
                repair: "escale build --cache-to type=registry,ref=\(name),mode=max …")
        }
        let document = try SharedCache(parsing: bytes, layers: manifest.layers)
        self.name = name
        steps = Dictionary(document.steps.map { ($0.key, $0) }, uniquingKeysWith: { a, _ in a })
        layers = Dictionary(manifest.layers.map { ($0.digest, $0) }, uniquingKeysWith: { a, _ in a })
        self.fetch = fetch
    }

    /// Brings what a place has. Blocks.
    static func load(_ place: CachePlace, _ store: ImageStore, _ client: RegistryClient)
        throws(EscaleError) -> ImportedCache
    {
        switch place.kind {
        case .image(let reference):
            if let image = try? store.resolve(reference.familiar),
                let here = try? ImportedCache(place.name, image.manifest, read: { _ in [] }, fetch: { _ in })
            {
                return here
            }
            return try load(reference, place.name, client)
        case .registry(let reference): return try load(reference, place.name, client)
        case .folder(let path, let tag): return try load(folder: path, tag, place.name, store)
        case .inline: throw EscaleError(.invalid, "inline: not a place to bring a cache from")
        }
    }

    private static func load(_ reference: Reference, _ name: String, _ client: RegistryClient)
        throws(EscaleError) -> ImportedCache
    {
        let remote = try client.imageManifest(reference)
        let fetch: @Sendable (Descriptor) throws(EscaleError) -> Void = { blob throws(EscaleError) in
            try client.fetch(blob, of: remote, reference)
        }
        return try ImportedCache(
            name, try remote.document(),
            read: { config throws(EscaleError) in
                try fetch(config)
                return try client.store.blobs.read(config.digest)
            }, fetch: fetch)
    }

    private static func load(folder: String, _ tag: String, _ name: String, _ store: ImageStore)
        throws(EscaleError) -> ImportedCache
    {
        let layout = CacheFolder(folder)
        let manifest: ImageManifest = try JSON.parse(try layout.manifest(tag)).decode()
        return try ImportedCache(
            name, manifest,
            read: { config throws(EscaleError) in try layout.blobs.read(config.digest) },
            fetch: { blob throws(EscaleError) in try layout.blobs.copy(blob, to: store.blobs) })
    }
}

/// A cache as an OCI layout in a folder of the user's.
struct CacheFolder: Sendable {
    let path: String
    let blobs: BlobStore

    init(_ path: String) {
        self.path = path
        blobs = BlobStore(layout: path)
    }

    private func index() throws(EscaleError) -> ImageIndex {
        try JSON.parse(try Files.read("\(path)/index.json", limit: 16 << 20)).decode()
    }

    func manifest(_ tag: String) throws(EscaleError) -> [UInt8] {
        guard Files.exists("\(path)/index.json") else {
            throw EscaleError(.notFound, "no index.json in \(path)", errno: ENOENT)
        }
        let index = try index()
        let found =
            index.manifests.first { $0.annotations?[Annotation.refName] == tag }
            ?? (index.manifests.count == 1 && tag == "latest" ? index.manifests.first : nil)
        guard let found else {
            throw EscaleError(.notFound, "nothing is called \(tag) in \(path)/index.json")
        }
        return try blobs.read(found.digest)
    }

    /// Puts a manifest under a name; its blobs are there. What no name keeps any more goes.
    func write(_ manifest: [UInt8], tag: String) throws(EscaleError) {
        var entry = try blobs.write(manifest, mediaType: MediaType.manifest)
        entry.annotations = [Annotation.refName: tag]
        entry.artifactType = SharedCache.artifactType
        try Files.replace("\(path)/oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        var index = (try? index()) ?? ImageIndex()
        index.manifests.removeAll { $0.annotations?[Annotation.refName] == tag }
        index.manifests.append(entry)
        try Files.replace("\(path)/index.json", try JSON.encode(index).bytes(), durable: true)
        try? collect(index)
    }

    /// Nothing is removed where something is no cache of ours: others' layouts are theirs.
    private func collect(_ index: ImageIndex) throws(EscaleError) {
        var kept = Set<Digest>()
        for entry in index.manifests {
            guard entry.artifactType == SharedCache.artifactType else { return }
            let manifest: ImageManifest = try JSON.parse(try blobs.read(entry.digest)).decode()
            kept.formUnion([entry.digest, manifest.config.digest] + manifest.layers.map(\.digest))
        }
        try blobs.collect(keeping: kept)
    }
}

extension BlobStore {
    /// Copies a blob to another store, checked on the way.
    func copy(_ blob: Descriptor, to other: BlobStore) throws(EscaleError) {
        let file = try open(blob.digest)
        guard let ingest = try other.ingest(blob) else { return }
        try ingest.restart()
        try DescriptorSource(file.raw).forEachChunk { (chunk) throws(EscaleError) in try ingest.write(chunk) }
        try ingest.commit()
    }
}
