import Archive
import Linux
import OCI
import Support

/// An image that `load` brought.
public struct LoadedImage: Sendable, Equatable {
    public let image: Image
    /// The names it was given; empty where the archive has none for it.
    public let names: [Reference]
}

extension ImageStore {
    /// Reads images from a tar archive, compressed or not: an OCI layout (`oci-archive`) or Docker's own
    /// form (`docker-archive`, `docker save` of any version since 1.10), told apart by what is in it.
    /// Every blob and layer is checked; where anything is wrong no name is given.
    /// - Parameter platform: which image of an index.
    /// - Throws: `.corrupt` for damage, `.invalid` for an archive of something else.
    public func load(
        _ source: any ByteSource, platform: Platform? = nil,
        progress: @escaping @Sendable (LayerProgress) -> Void = { _ in }
    ) throws(EscaleError) -> [LoadedImage] {
        let session = try beginImport()
        defer { _ = session.store }
        var archive = LoadedArchive(session)
        try archive.read(source)
        return try archive.images(platform, progress)
    }

    /// `docker import`: an image of one layer, from the tar archive of a root folder.
    public func importTree(
        _ source: any ByteSource, config: ImageConfig, comment: String, names: [Reference]
    ) throws(EscaleError) -> Image {
        let session = try beginImport()
        defer { _ = session.store }
        let layer = try session.addLayer(
            blob: source,
            history: .init(created: config.created, createdBy: nil, comment: comment))
        return try session.finish(layers: [layer], config: config, names: names)
    }
}

/// An archive of images on its way into the store.
private struct LoadedArchive {
    private let session: ImageImport
    /// Small members by path: manifests, configurations, `index.json`.
    private var texts: [String: [UInt8]] = [:]
    /// Members that are blobs now.
    private var blobs: [String: Descriptor] = [:]
    /// Links between members: Docker's older archives have one layer under several names.
    private var links: [String: String] = [:]

    /// More would be no manifest or configuration (`ManifestBytes.limit`), and there are few of them.
    private static let textLimit: Int64 = 4 << 20
    private static let memberLimit = 20_000

    init(_ session: ImageImport) { self.session = session }

    mutating func read(_ source: any ByteSource) throws(EscaleError) {
        let plain: Decompressor
        do { plain = try Decompressor(source) } catch { throw error.within("load") }
        let tar = try ArchiveReader(plain, format: .tar)
        var count = 0
        while let entry = try tar.next() {
            count += 1
            guard count <= Self.memberLimit else {
                throw EscaleError(.invalid, "load: more than \(Self.memberLimit) members in the archive")
            }
            let path = try TreeExtractor.safePath(entry.path)
            switch entry.kind {
            case .file: try file(path, entry, tar)
            case .symlink: links[path] = Path.clean("\(Path.parent(path))/\(entry.link)")
            case .hardlink: links[path] = try TreeExtractor.safePath(entry.link)
            default: continue
            }
        }
        // Zeros to a full record come after the archive's end: the sender would meet a closed pipe.
        try plain.drain()
    }

    private mutating func file(_ path: String, _ entry: TarEntry, _ tar: ArchiveReader) throws(EscaleError) {
        let parts = path.split(separator: "/")
        if parts.count == 3, parts[0] == "blobs" {
            let digest: Digest
            do { digest = try Digest("\(parts[1]):\(parts[2])") } catch { throw error.within(path) }
            let wanted = Descriptor(mediaType: MediaType.layer, digest: digest, size: entry.size)
            blobs[path] = wanted
            if let ingest = try session.store.blobs.ingest(wanted) {
                // An earlier attempt's beginning is no use here: the whole of it comes anyway.
                try ingest.restart()
                try tar.copy(to: ingest)
                try ingest.commit()
            }
        } else if path.hasSuffix(".json") || path == "oci-layout" || path == "repositories" {
            guard entry.size <= Self.textLimit else {
                throw EscaleError(.invalid, "load: \(path): \(entry.size) bytes are too many")
            }
            texts[path] = try tar.readAll(limit: Int(Self.textLimit))
        } else if path.hasSuffix(".tar") || path.hasSuffix("/layer.tar") {
            blobs[path] = try session.store.blobs.write(mediaType: MediaType.layer) {
                (sink) throws(EscaleError) in
                try tar.copy(to: sink)
                try sink.finish()
            }
        }
    }

    func images(_ platform: Platform?, _ progress: @escaping @Sendable (LayerProgress) -> Void)
        throws(EscaleError) -> [LoadedImage]
    {
        if let index = texts["index.json"], texts["oci-layout"] != nil {
            return try layout(try parse(index, "index.json"), platform, progress)
        }
        if let manifest = texts["manifest.json"] {
            return try docker(try parse(manifest, "manifest.json"), progress)
        }
        throw EscaleError(
            .invalid, "load: no index.json and no manifest.json: not an archive of images",
            repair: "escale import FILE NAME   (for the archive of a root folder)")
    }

    private func parse(_ bytes: [UInt8], _ path: String) throws(EscaleError) -> JSON {
        do { return try JSON.parse(bytes) } catch { throw error.within("load: \(path)") }
    }

    // MARK: OCI layout

    private func layout(
        _ json: JSON, _ platform: Platform?, _ progress: @escaping @Sendable (LayerProgress) -> Void
    ) throws(EscaleError) -> [LoadedImage] {
        let index: ImageIndex
        do { index = try json.decode() } catch { throw error.within("load: index.json") }
        let tags = dockerTags()
        var loaded: [LoadedImage] = []
        for entry in index.manifests {
            guard blobs["blobs/\(entry.digest.algorithm)/\(entry.digest.hex)"] != nil else {
                throw EscaleError(.corrupt, "load: \(entry.digest): in index.json, but not in the archive")
            }
            let bytes = try session.store.blobs.read(entry.digest)
            let target = try session.addManifest(
                bytes, mediaType: entry.mediaType, expected: entry.digest)
            var names = Self.names(entry)
            if names.isEmpty, MediaType.isManifest(target.mediaType) {
                names = tags[try session.store.manifest(target.digest).config.digest] ?? []
            }
            let image = try session.finish(
                target: target, platform: platform, names: names, progress: progress)
            loaded.append(LoadedImage(image: image, names: names))
        }
        return loaded
    }

    /// containerd's and Docker's annotation; else the specification's own, which may be a bare tag: then
    /// it is no name.
    private static func names(_ entry: Descriptor) -> [Reference] {
        if let name = entry.annotations?["io.containerd.image.name"] {
            return (try? Reference(name)).map { [$0] } ?? []
        }
        guard let text = entry.annotations?[Annotation.refName], text.contains("/") || text.contains(":"),
            let name = try? Reference(text)
        else { return [] }
        return [name]
    }

    /// Names that `manifest.json` of the same archive gives, by the image's id.
    private func dockerTags() -> [Digest: [Reference]] {
        var tags: [Digest: [Reference]] = [:]
        guard let bytes = texts["manifest.json"], let json = try? JSON.parse(bytes) else { return [:] }
        for item in json.array ?? [] {
            guard let config = item["Config"].string,
                let digest = try? Digest("sha256:\(Path.name(config).prefix(64))")
            else { continue }
            tags[digest] = (item["RepoTags"].array ?? []).compactMap {
                $0.string.flatMap { try? Reference($0) }
            }
        }
        return tags
    }

    // MARK: docker-archive

    private func docker(_ json: JSON, _ progress: @escaping @Sendable (LayerProgress) -> Void)
        throws(EscaleError) -> [LoadedImage]
    {
        guard let items = json.array, !items.isEmpty else {
            throw EscaleError(.invalid, "load: manifest.json: no images in it")
        }
        var loaded: [LoadedImage] = []
        for item in items {
            var names: [Reference] = []
            for tag in item["RepoTags"].array ?? [] { names.append(try Reference(tag.string ?? "")) }
            loaded.append(LoadedImage(image: try docker(item, names, progress), names: names))
        }
        return loaded
    }

    private func docker(
        _ item: JSON, _ names: [Reference], _ progress: @escaping @Sendable (LayerProgress) -> Void
    ) throws(EscaleError) -> Image {
        guard let configPath = item["Config"].string, let layerPaths = item["Layers"].array else {
            throw EscaleError(.invalid, "load: manifest.json: no Config or no Layers")
        }
        let store = session.store
        let bytes: [UInt8]
        if let text = texts[configPath] {
            bytes = text
        } else if let blob = blobs[configPath] {
            bytes = try store.blobs.read(blob.digest)
        } else {
            throw EscaleError(.corrupt, "load: \(configPath): in manifest.json, but not in the archive")
        }
        let config = try store.blobs.write(bytes, mediaType: MediaType.config)
        // The same image may be here with compressed layers, as it was pulled: then that is it.
        if let known = try? store.resolve(config.digest.description), known.id == config.digest,
            known.layers.allSatisfy(store.blobs.has)
        {
            return try session.finish(target: known.target, names: names, progress: progress)
        }
        var layers: [Descriptor] = []
        for path in layerPaths {
            guard var layer = blob(path.string ?? "") else {
                throw EscaleError(
                    .corrupt, "load: \(path.string ?? "?"): in manifest.json, but not in the archive")
            }
            layer.mediaType = try store.layerMediaType(layer.digest)
            layers.append(layer)
        }
        let target = try session.addManifest(
            try JSON.encode(ImageManifest(config: config, layers: layers)).bytes())
        return try session.finish(target: target, names: names, progress: progress)
    }

    /// A member, through links between members; a ring of them ends.
    private func blob(_ path: String) -> Descriptor? {
        var path = Path.clean(path)
        for _ in 0..<8 {
            if let blob = blobs[path] { return blob }
            guard let next = links[path] else { return nil }
            path = next
        }
        return nil
    }
}
