import Archive
import Glibc
import Linux
import OCI
import Support

extension ImageStore {
    /// The folders of an image's layers, top first, as overlayfs wants them in `lowerdir`. Layers that
    /// are not unpacked yet are unpacked now.
    public func lowerFolders(_ image: Image) throws(EscaleError) -> [String] {
        try unpack(zip(image.layers, image.diffIDs).map { (blob: $0, diffID: $1) })
        return image.diffIDs.reversed().map(layerFiles)
    }

    /// Where a layer's files are, once it is unpacked: one of overlayfs's lower folders.
    public func layerFiles(_ diffID: Digest) -> String { layerFolder(diffID) + "/fs" }

    func layerFolder(_ diffID: Digest) -> String { "\(kit.layers)/\(diffID.hex)" }

    /// Bytes of a layer's files; nil where it is not unpacked.
    public func unpackedSize(_ diffID: Digest) -> Int64? {
        guard let text = try? Files.read("\(layerFolder(diffID))/layer.json"),
            let size = try? JSON.parse(text)["bytes"].int
        else { return nil }
        return Int64(size)
    }

    /// What a layer's blob is, from its first bytes (gzip, zstd; else a plain tar).
    func layerMediaType(_ digest: Digest) throws(EscaleError) -> String {
        let fd = try blobs.open(digest)
        let start = try Files.readAll(fd.raw, limit: 4)
        if start.starts(with: [0x1F, 0x8B]) { return MediaType.layerGzip }
        if start == [0x28, 0xB5, 0x2F, 0xFD] { return MediaType.layerZstd }
        return MediaType.layer
    }

    // MARK: Unpacking

    /// Unpacks what is not unpacked yet, several layers at once.
    func unpack(
        _ layers: [(blob: Descriptor, diffID: Digest)],
        _ progress: @escaping @Sendable (LayerProgress) -> Void = { _ in }
    ) throws(EscaleError) {
        var seen = Set<Digest>()
        let missing = layers.filter { layer in
            guard seen.insert(layer.diffID).inserted else { return false }
            guard Files.exists(layerFolder(layer.diffID)) else { return true }
            progress(.exists(layer.blob))
            return false
        }
        if missing.isEmpty { return }
        // The largest first: it decides when all are done.
        try Parallel.forEach(missing.sorted { $0.blob.size > $1.blob.size }) { layer throws(EscaleError) in
            try unpack(layer.blob, layer.diffID, progress)
        }
    }

    /// Unpacks a layer once: beside its place first, then moved there whole.
    private func unpack(
        _ layer: Descriptor, _ diffID: Digest, _ progress: @Sendable (LayerProgress) -> Void
    ) throws(EscaleError) {
        let place = layerFolder(diffID)
        try prepareLayers()
        let collect = try FileLock(collectLock, shared: true)
        defer { _ = collect }
        let lock = try FileLock("\(kit.layers)/.lock-\(diffID.hex)")
        defer { _ = lock }
        if Files.exists(place) { return progress(.exists(layer)) }
        let temporary = "\(kit.layers)/.tmp-\(diffID.hex)"
        // Of a process that died here: nobody else holds the lock.
        try Files.removeTree(temporary)
        do throws(EscaleError) {
            let found = try extract(layer, into: temporary, progress)
            guard found == diffID else {
                throw EscaleError(
                    .corrupt, "content is \(found), its image says \(diffID)", repair: "escale setup --images"
                )
            }
            try Sys.call("rename", place) { rename(temporary, place) }
            progress(.unpacked(layer))
        } catch {
            try? Files.removeTree(temporary)
            throw error.within("layer \(diffID.short)")
        }
    }

    /// Unpacks a layer whose diff id isn't known yet, and tells it. Under an import's lock.
    func unpack(_ layer: Descriptor) throws(EscaleError) -> Digest {
        try prepareLayers()
        let temporary = "\(kit.layers)/.tmp-\(Hex.random(8))"
        do throws(EscaleError) {
            let diffID = try extract(layer, into: temporary) { _ in }
            let lock = try FileLock("\(kit.layers)/.lock-\(diffID.hex)")
            defer { _ = lock }
            let place = layerFolder(diffID)
            if Files.exists(place) {
                try Files.removeTree(temporary)
            } else {
                try Sys.call("rename", place) { rename(temporary, place) }
            }
            return diffID
        } catch {
            try? Files.removeTree(temporary)
            throw error.within("layer \(layer.digest.short)")
        }
    }

    private func prepareLayers() throws(EscaleError) {
        // Only the owner may come in: layers hold set-uid programs.
        try Files.makeDirectory(kit.layers, mode: 0o700)
    }

    /// Unpacks a blob into `folder/fs`, with `folder/layer.json` beside it; its diff id.
    private func extract(
        _ layer: Descriptor, into folder: String, _ progress: (LayerProgress) -> Void
    ) throws(EscaleError) -> Digest {
        let files = "\(folder)/fs"
        try Files.makeDirectory(files)
        let root = try Sys.open(files, O_RDONLY | O_DIRECTORY)
        // Whatever our umask: others than root must get into a container's root.
        try Sys.call("chmod", files) { fchmod(root.raw, 0o755) }
        let blob = try FileSource(blobs.path(layer.digest))
        return try withoutActuallyEscaping(progress) { (progress) throws(EscaleError) in
            let counted = CountingSource(blob, step: 1 << 20) { progress(.unpacking(layer, done: $0)) }
            let tar = HashingSource(try Decompressor(counted))
            let summary = try TreeExtractor.extract(tar, into: root.raw, .layer(compressed: layer.size))
            // What comes after the archive's end counts in the digest too.
            try tar.drain()
            let facts: JSON = ["bytes": .int(summary.bytes), "files": .int(Int64(summary.files))]
            try Files.replace("\(folder)/layer.json", facts.bytes())
            return try Digest("sha256:\(tar.hex)")
        }
    }

    // MARK: Usage

    /// Places of all layers on disk, with the images that share them.
    public func layerUsage() throws(EscaleError) -> [LayerUsage] {
        var order: [Digest] = []
        var sizes: [Digest: Int64] = [:]
        var users: [Digest: [Digest]] = [:]
        for image in try list() {
            for (layer, diffID) in zip(image.layers, image.diffIDs) {
                if users[diffID] == nil { order.append(diffID) }
                sizes[diffID] = layer.size
                users[diffID, default: []].append(image.id)
            }
        }
        return order.map {
            LayerUsage(
                diffID: $0, compressed: sizes[$0] ?? 0, unpacked: unpackedSize($0), images: users[$0] ?? [])
        }
    }
}
