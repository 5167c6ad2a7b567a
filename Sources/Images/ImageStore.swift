import Archive
import Glibc
import Linux
import OCI
import Support

/// The images of a kit: an OCI image layout, and every layer unpacked once. Any number of processes
/// and threads may use it at the same time, and die at any moment.
public struct ImageStore: Sendable {
    public let kit: Kit
    let blobs: BlobStore

    public init(kit: Kit) {
        self.kit = kit
        blobs = BlobStore(kit.images)
    }

    // MARK: Index

    var indexPath: String { "\(kit.images)/index.json" }

    func index() throws(EscaleError) -> ImageIndex {
        let bytes: [UInt8]
        do { bytes = try Files.read(indexPath) } catch {
            if error.errno == ENOENT { return ImageIndex() }
            throw error
        }
        do { return try JSON.parse(bytes).decode() } catch {
            throw EscaleError(
                .corrupt, "\(indexPath): \(error.message)",
                repair: "mv \(indexPath) \(indexPath).bad && escale setup --images")
        }
    }

    /// Changes the index under its lock and replaces it at once.
    func editIndex<R>(_ body: (inout ImageIndex) throws(EscaleError) -> R) throws(EscaleError) -> R {
        try prepareLayout()
        let lock = try FileLock("\(kit.images)/.lock")
        defer { _ = lock }
        let old = try index()
        var index = old
        let result = try body(&index)
        if index != old {
            try Files.replace(indexPath, try JSON.encode(index).bytes(pretty: true), durable: true)
        }
        return result
    }

    /// Held, shared, by whoever adds blobs or layers that the index does not name yet; exclusively by
    /// whoever removes those it does not name.
    var collectLock: String { "\(kit.images)/.collect-lock" }

    func prepareLayout() throws(EscaleError) {
        let marker = "\(kit.images)/oci-layout"
        if Files.exists(marker) { return }
        try Files.makeDirectory(kit.root)
        try Files.makeDirectory(kit.images, mode: 0o700)
        try Files.replace(marker, Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8), durable: true)
    }

    // MARK: Reading

    /// The image with this name, id or beginning of an id (`sha256:` or not).
    /// Throws `.notFound`: `No such image: x:latest`; `.invalid` for what can be no name.
    public func resolve(_ nameOrID: String) throws(EscaleError) -> Image {
        let index = try index()
        if let image = try find(nameOrID, in: index) { return image }
        // An id or its beginning can't be told apart from a name before both have been tried.
        let shown = (try? Reference(nameOrID))?.familiar ?? nameOrID
        throw EscaleError(.notFound, "No such image: \(shown)")
    }

    /// All images, by first name. One that can't be read is left out: `verify` tells of it.
    public func list() throws(EscaleError) -> [Image] { all(try index()) }

    func find(_ nameOrID: String, in index: ImageIndex) throws(EscaleError) -> Image? {
        let idText = nameOrID.hasPrefix("sha256:") ? String(nameOrID.dropFirst(7)) : nameOrID
        let isHex =
            !idText.isEmpty && idText.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        if !(isHex && (idText.utf8.count == 64 || nameOrID.hasPrefix("sha256:"))) {
            let reference = try Reference(nameOrID)
            if let image = try find(reference, in: index) { return image }
        }
        guard isHex, idText.utf8.count <= 64 else { return nil }
        var found: Image?
        for image in all(index) where image.id.hex.hasPrefix(idText) || image.manifestDigest.hex == idText {
            if let found, found.id != image.id {
                throw EscaleError(.invalid, "ambiguous image ID prefix: \(nameOrID)")
            }
            found = image
        }
        return found
    }

    private func find(_ reference: Reference, in index: ImageIndex) throws(EscaleError) -> Image? {
        guard let digest = reference.digest else {
            guard let entry = index.entry(named: reference) else { return nil }
            return try image(entry, in: index)
        }
        let entry = index.manifests.first {
            $0.digest == digest && ImageIndex.name(of: $0)?.name == reference.name
        }
        guard let entry else { return nil }
        return try image(entry, in: index)
    }

    private func all(_ index: ImageIndex) -> [Image] {
        var seen = Set<Digest>()
        return index.manifests.filter { seen.insert($0.digest).inserted }
            .compactMap { try? image($0, in: index) }
    }

    /// The image behind an entry of the index; nil for one that is made for other platforms only.
    func image(_ entry: Descriptor, in index: ImageIndex) throws(EscaleError) -> Image? {
        guard let (digest, manifest) = try manifest(entry.digest, entry.mediaType) else { return nil }
        let config: ImageConfig
        do { config = try JSON.parse(try blobs.read(manifest.config.digest)).decode() } catch {
            throw error.within("image configuration \(manifest.config.digest)")
        }
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw EscaleError(
                .corrupt,
                "image \(digest): \(manifest.layers.count) layers, \(config.rootfs.diffIDs.count) diff ids")
        }
        var size: Int64 = 0
        for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) {
            size += unpackedSize(diffID) ?? layer.size
        }
        return Image(
            id: manifest.config.digest, manifestDigest: digest, manifest: manifest, config: config,
            names: index.names(of: entry.digest), size: size)
    }

    /// Follows an index of platforms to this machine's manifest.
    private func manifest(_ digest: Digest, _ mediaType: String) throws(EscaleError)
        -> (Digest, ImageManifest)?
    {
        let bytes = try blobs.read(digest)
        do {
            guard MediaType.isIndex(mediaType) else { return (digest, try JSON.parse(bytes).decode()) }
            let platforms: ImageIndex = try JSON.parse(bytes).decode()
            guard let chosen = platforms.manifest(for: .current), !MediaType.isIndex(chosen.mediaType)
            else { return nil }
            return try manifest(chosen.digest, chosen.mediaType)
        } catch {
            throw error.within("manifest \(digest)")
        }
    }
}
