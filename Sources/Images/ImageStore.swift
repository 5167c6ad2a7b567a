import Archive
import Glibc
import Linux
import OCI
import Support

/// The images of a kit: an OCI image layout, and every layer unpacked once. Any number of processes
/// and threads may use it at the same time, and die at any moment.
public struct ImageStore: Sendable {
    public let kit: Kit
    /// Manifests, configurations and layers by digest. Add to it under an `ImageImport` only.
    public let blobs: BlobStore

    public init(kit: Kit) {
        self.kit = kit
        blobs = BlobStore(layout: kit.images)
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
    /// - Parameter platform: which image of a name for several; nil is this machine's, or where that isn't
    ///   here, the first that is.
    /// - Throws: `.notFound`: `No such image: x:latest`; `.invalid` for what can be no name.
    public func resolve(_ nameOrID: String, platform: Platform? = nil) throws(EscaleError) -> Image {
        let index = try index()
        if let image = try find(nameOrID, in: index, platform) { return image }
        // An id or its beginning can't be told apart from a name before both have been tried.
        let shown = (try? Reference(nameOrID))?.familiar ?? nameOrID
        if let platform, try find(nameOrID, in: index) != nil {
            throw EscaleError(
                .notFound,
                "image with reference \(shown) was found but does not provide the specified platform "
                    + "(\(platform))", repair: "escale pull --platform \(platform) \(shown)")
        }
        throw EscaleError(.notFound, "No such image: \(shown)")
    }

    /// All images, by first name. One that can't be read is left out: `verify` tells of it.
    public func list() throws(EscaleError) -> [Image] { all(try index()) }

    /// The images of a name for all platforms that are here, in the order of the index.
    public func platforms(_ nameOrID: String) throws(EscaleError) -> [Image] {
        let index = try index()
        let image = try resolve(nameOrID)
        guard MediaType.isIndex(image.target.mediaType) else { return [image] }
        return try variants(image.target, in: index)
    }

    /// What an index of platforms has that is here; nothing of an entry that is none.
    private func variants(_ entry: Descriptor, in index: ImageIndex) throws(EscaleError) -> [Image] {
        guard MediaType.isIndex(entry.mediaType) else { return [] }
        return try platformIndex(entry).manifests.filter { $0.isImage && blobs.has($0) }
            .compactMap { try? image($0, of: entry, in: index) }
    }

    func find(_ nameOrID: String, in index: ImageIndex, _ platform: Platform? = nil) throws(EscaleError)
        -> Image?
    {
        let idText = nameOrID.hasPrefix("sha256:") ? String(nameOrID.dropFirst(7)) : nameOrID
        let isHex =
            !idText.isEmpty && idText.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        if !(isHex && (idText.utf8.count == 64 || nameOrID.hasPrefix("sha256:"))) {
            let reference = try Reference(nameOrID)
            if let image = try find(reference, in: index, platform) { return image }
        }
        guard isHex, idText.utf8.count <= 64 else { return nil }
        if let image = try only(idText, nameOrID, all(index, platform)) { return image }
        // Of an image for several platforms, one that this machine would not choose.
        return try only(idText, nameOrID, index.manifests.flatMap { (try? variants($0, in: index)) ?? [] })
    }

    private func only(_ idText: String, _ typed: String, _ images: [Image]) throws(EscaleError) -> Image? {
        var found: Image?
        for image in images where image.hasID(idText) {
            if let found, found.id != image.id {
                throw EscaleError(.invalid, "ambiguous image ID prefix: \(typed)")
            }
            // Of the same image under two manifests, the one with a name.
            if found == nil || found?.names.isEmpty == true { found = image }
        }
        return found
    }

    private func find(_ reference: Reference, in index: ImageIndex, _ platform: Platform?)
        throws(EscaleError) -> Image?
    {
        guard let digest = reference.digest else {
            guard let entry = index.entry(named: reference) else { return nil }
            return try image(entry, in: index, platform)
        }
        let entry = index.manifests.first {
            $0.digest == digest && ImageIndex.name(of: $0)?.name == reference.name
        }
        guard let entry else { return nil }
        return try image(entry, in: index, platform)
    }

    private func all(_ index: ImageIndex, _ platform: Platform? = nil) -> [Image] {
        var seen = Set<Digest>()
        return index.manifests.filter { seen.insert($0.digest).inserted }
            .compactMap { try? image($0, in: index, platform) }
    }

    // MARK: Manifests

    /// The image behind an entry of the index; nil where nothing of it is for this platform.
    func image(_ entry: Descriptor, in index: ImageIndex, _ platform: Platform? = nil) throws(EscaleError)
        -> Image?
    {
        guard MediaType.isIndex(entry.mediaType) else {
            let image = try image(entry, of: entry, in: index)
            guard let platform else { return image }
            return platform.rank(image.platform) == nil ? nil : image
        }
        let platforms = try platformIndex(entry)
        let here = platforms.manifests.filter { $0.isImage && blobs.has($0) }
        let suitable = ImageIndex(manifests: here).manifest(for: platform ?? .current)
        guard let chosen = suitable ?? (platform == nil ? here.first : nil) else { return nil }
        return try image(chosen, of: entry, in: index)
    }

    func platformIndex(_ entry: Descriptor) throws(EscaleError) -> ImageIndex {
        do { return try JSON.parse(try blobs.read(entry.digest)).decode() } catch {
            throw error.within("index \(entry.digest)")
        }
    }

    func manifest(_ digest: Digest) throws(EscaleError) -> ImageManifest {
        do { return try JSON.parse(try blobs.read(digest)).decode() } catch {
            throw error.within("manifest \(digest)")
        }
    }

    /// The image that a manifest describes.
    /// - Parameter entry: what the index names: the manifest itself, or an index above it.
    func image(_ chosen: Descriptor, of entry: Descriptor, in index: ImageIndex) throws(EscaleError) -> Image
    {
        let manifest = try manifest(chosen.digest)
        let config: ImageConfig
        do { config = try JSON.parse(try blobs.read(manifest.config.digest)).decode() } catch {
            throw error.within("image configuration \(manifest.config.digest)")
        }
        guard config.rootfs.diffIDs.count == manifest.layers.count else {
            throw EscaleError(
                .corrupt,
                "image \(chosen.digest): \(manifest.layers.count) layers, \(config.rootfs.diffIDs.count) diff ids"
            )
        }
        var size: Int64 = 0
        for (layer, diffID) in zip(manifest.layers, config.rootfs.diffIDs) {
            size += unpackedSize(diffID) ?? layer.size
        }
        var target = entry
        target.annotations = nil
        return Image(
            id: manifest.config.digest, target: target, manifestDigest: chosen.digest, manifest: manifest,
            config: config, names: index.names(of: entry.digest), size: size)
    }
}

extension Image {
    /// Whether a beginning of an id, or a manifest's or index's whole digest, means this image.
    fileprivate func hasID(_ hex: String) -> Bool {
        id.hex.hasPrefix(hex) || manifestDigest.hex == hex || target.digest.hex == hex
    }
}
