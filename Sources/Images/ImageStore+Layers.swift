import Archive
import Glibc
import Linux
import OCI
import Support

extension ImageStore {
    /// The folders of an image's layers, top first, as overlayfs wants them in `lowerdir`. Layers that
    /// are not unpacked yet are unpacked now.
    public func lowerFolders(_ image: Image) throws(EscaleError) -> [String] {
        for (layer, diffID) in zip(image.layers, image.diffIDs) { try unpack(layer, diffID) }
        return image.diffIDs.reversed().map { layerFolder($0) + "/fs" }
    }

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

    func layerFolder(_ diffID: Digest) -> String { "\(kit.layers)/\(diffID.hex)" }

    /// Bytes of a layer's files; nil where it is not unpacked.
    public func unpackedSize(_ diffID: Digest) -> Int64? {
        guard let text = try? Files.read("\(layerFolder(diffID))/layer.json"),
            let size = try? JSON.parse(text)["bytes"].int
        else { return nil }
        return Int64(size)
    }

    /// Unpacks a layer once: beside its place first, then moved there whole.
    func unpack(_ layer: Descriptor, _ diffID: Digest) throws(EscaleError) {
        let place = layerFolder(diffID)
        if Files.exists(place) { return }
        // Only the owner may come in: layers hold set-uid programs.
        try Files.makeDirectory(kit.layers, mode: 0o700)
        let collect = try FileLock(collectLock, shared: true)
        defer { _ = collect }
        let lock = try FileLock("\(kit.layers)/.lock-\(diffID.hex)")
        defer { _ = lock }
        if Files.exists(place) { return }
        let temporary = "\(kit.layers)/.tmp-\(diffID.hex)"
        // Of a process that died here: nobody else holds the lock.
        try Files.removeTree(temporary)
        do {
            try Files.makeDirectory("\(temporary)/fs")
            let summary = try extract(layer, diffID, into: "\(temporary)/fs")
            let facts: JSON = ["bytes": .int(summary.bytes), "files": .int(Int64(summary.files))]
            try Files.replace("\(temporary)/layer.json", facts.bytes())
            try Sys.call("rename", place) { rename(temporary, place) }
        } catch {
            try? Files.removeTree(temporary)
            throw error.within("layer \(diffID.short)")
        }
    }

    private func extract(_ layer: Descriptor, _ diffID: Digest, into folder: String) throws(EscaleError)
        -> ExtractSummary
    {
        let root = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
        // Whatever our umask: others than root must get into a container's root.
        try Sys.call("chmod", folder) { fchmod(root.raw, 0o755) }
        let tar = HashingSource(try Decompressor(try FileSource(blobs.path(layer.digest))))
        let summary = try TreeExtractor.extract(tar, into: root.raw, .layer)
        // What comes after the archive's end counts in the digest too.
        try tar.drain()
        guard tar.hex == diffID.hex else {
            throw EscaleError(
                .corrupt, "content is sha256:\(tar.hex), its image says \(diffID)",
                repair: "escale setup --images")
        }
        return summary
    }
}
