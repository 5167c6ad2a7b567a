import Glibc
import Linux
import OCI
import Support

extension ImageStore {
    /// `docker tag`: gives an image another name, taking it from the image that had it.
    @discardableResult
    public func tag(_ nameOrID: String, _ name: Reference) throws(EscaleError) -> Image {
        guard name.digest == nil, name.tag != nil else {
            throw EscaleError(.invalid, "refusing to create a tag with a digest reference")
        }
        return try editIndex { (index) throws(EscaleError) in
            guard let image = try find(nameOrID, in: index),
                let entry = index.manifests.first(where: { $0.digest == image.target.digest })
            else {
                throw EscaleError(
                    .notFound, "No such image: \((try? Reference(nameOrID))?.familiar ?? nameOrID)")
            }
            index.setName(name, entry)
            return image
        }
    }

    /// `docker rmi`: takes a name away, and with the last one the image, its blobs and layers.
    /// - Parameters:
    ///   - force: also where it has several names, or a stopped container uses it. An image in use
    ///     only loses its names: its layers go when the container has gone.
    ///   - uses: the containers that use an image.
    public func remove(
        _ nameOrID: String, force: Bool = false, uses: (Digest) -> [ImageUse] = { _ in [] }
    ) throws(EscaleError) -> RemovedImage {
        var result = try editIndex { (index) throws(EscaleError) in
            guard let image = try find(nameOrID, in: index) else {
                throw EscaleError(
                    .notFound, "No such image: \((try? Reference(nameOrID))?.familiar ?? nameOrID)")
            }
            let uses = uses(image.id)
            let name = try? Reference(nameOrID)
            var gone = image.names
            if let name, image.names.contains(name) {
                if image.names.count == 1 {
                    try Self.checkName(nameOrID, image, uses, force: force)
                } else {
                    gone = [name]
                }
            } else {
                try Self.checkID(image, uses, force: force)
            }
            for name in gone { index.removeName(name) }
            var result = RemovedImage(untagged: gone.map(\.familiar))
            if gone.count == image.names.count, uses.isEmpty {
                index.removeAll(image.target.digest)
                result.deleted = [image.idText]
            }
            return result
        }
        // Someone may be adding an image now: then a later collection does it.
        if !result.deleted.isEmpty, let layers = try collectIfFree()?.layers {
            result.deleted += layers.map(\.description)
        }
        return result
    }

    private static func checkName(
        _ text: String, _ image: Image, _ uses: [ImageUse], force: Bool
    ) throws(EscaleError) {
        guard !force, let use = uses.first else { return }
        throw EscaleError(
            .conflict,
            "conflict: unable to remove repository reference \"\(text)\" (must force) - container "
                + "\(use.containerID.prefix(12)) is using its referenced image \(image.id.short)",
            repair: "docker rm \(use.containerID.prefix(12))")
    }

    private static func checkID(_ image: Image, _ uses: [ImageUse], force: Bool) throws(EscaleError) {
        func conflict(_ how: String, _ why: String) -> EscaleError {
            EscaleError(
                .conflict, "conflict: unable to delete \(image.id.short) (\(how)) - \(why)")
        }
        if let use = uses.first(where: \.isRunning) {
            throw conflict(
                "cannot be forced", "image is being used by running container \(use.containerID.prefix(12))")
        }
        if force { return }
        if image.names.count > 1 {
            throw conflict("must be forced", "image is referenced in multiple repositories")
        }
        if let use = uses.first {
            throw conflict(
                "must be forced", "image is being used by stopped container \(use.containerID.prefix(12))")
        }
    }
}

/// What garbage collection took away.
public struct Collected: Sendable, Equatable {
    public let blobs: [Digest]
    /// Diff ids of unpacked layers.
    public let layers: [Digest]
    /// Bytes of the blobs and of the layers' files.
    public let bytes: Int64
}

extension Descriptor {
    /// Of manifests in an index: not one of the notes on how the others were built, whose platform is
    /// `unknown`.
    var isImage: Bool { MediaType.isManifest(mediaType) && platform?.os != "unknown" }
}

extension ImageStore {
    /// Removes blobs and unpacked layers that no image has, and what processes that died left. Waits
    /// for imports that are under way.
    @discardableResult
    public func collectGarbage() throws(EscaleError) -> Collected {
        try prepareLayout()
        let lock = try FileLock(collectLock)
        defer { _ = lock }
        return try collect()
    }

    /// The same, but nil at once where something is being added: then the last of those who add does it
    /// when it ends.
    @discardableResult
    public func collectIfFree() throws(EscaleError) -> Collected? {
        try prepareLayout()
        // First: who ends an import after our attempt must find it.
        try Files.replace(collectWanted, [])
        guard let lock = try FileLock.attempt(collectLock) else { return nil }
        defer { _ = lock }
        return try collect()
    }

    /// There while a collection had to be put off.
    private var collectWanted: String { "\(kit.images)/.collect-wanted" }

    var isCollectionWanted: Bool { Files.exists(collectWanted) }

    /// For the end of an import, its own lock released. A failure is left for the next collection to
    /// meet and tell.
    func collectIfWanted() {
        guard isCollectionWanted else { return }
        _ = try? collectIfFree()
    }

    /// Seconds that a download cut off is kept, to go on from its end.
    static let partialAge: Int64 = 24 * 3600

    /// Under the exclusive lock. Throws, and removes nothing, when any image can't be read.
    private func collect() throws(EscaleError) -> Collected {
        unlink(collectWanted)
        var blobs = Set<Digest>()
        var layers = Set<String>()
        let index = try index()
        for entry in index.manifests {
            blobs.insert(entry.digest)
            for descriptor in try reachable(entry) {
                let manifest = try manifest(descriptor.digest)
                blobs.formUnion(
                    [descriptor.digest, manifest.config.digest] + manifest.layers.map(\.digest))
                guard descriptor.isImage else { continue }
                layers.formUnion(try image(descriptor, of: entry, in: index).diffIDs.map(\.hex))
            }
        }
        let (removed, blobBytes) = try self.blobs.collect(keeping: blobs, partialAge: Self.partialAge)
        var bytes = blobBytes
        var removedLayers: [Digest] = []
        for name in Files.exists(kit.layers) ? try Files.list(kit.layers) : [] where !layers.contains(name) {
            if Files.exists("\(kit.layers)/\(name)/\(Self.keptMark)") { continue }
            if let diffID = Digest(sha256: name) {
                bytes += unpackedSize(diffID) ?? 0
                removedLayers.append(diffID)
            }
            // Aside first: half a layer under its own name would pass for a whole one after a crash.
            let aside = "\(kit.layers)/.tmp-\(Hex.random(8))"
            if rename("\(kit.layers)/\(name)", aside) == 0 { try Files.removeTree(aside) }
        }
        return Collected(blobs: removed, layers: removedLayers, bytes: bytes)
    }

    /// The manifests that an entry of the index leads to and that are here.
    func reachable(_ entry: Descriptor) throws(EscaleError) -> [Descriptor] {
        guard MediaType.isIndex(entry.mediaType) else { return [entry] }
        return try platformIndex(entry).manifests.filter {
            MediaType.isManifest($0.mediaType) && blobs.has($0)
        }
    }

    /// Removes the blobs whose content is not what their digests say, so that whoever has them brings them
    /// again; containers that run go on, their layers are unpacked.
    public func removeDamagedBlobs() throws(EscaleError) {
        for digest in try blobs.list() where (try? blobs.verify(digest)) == nil { try blobs.remove(digest) }
    }

    /// Reads every image whole: blobs against their digests, layers against their presence. Empty when
    /// all is well.
    public func verify() throws(EscaleError) -> [StoreProblem] {
        var problems: [StoreProblem] = []
        let index = try index()
        for entry in index.manifests {
            let name = ImageIndex.name(of: entry)?.familiar ?? entry.digest.description
            do throws(EscaleError) {
                for descriptor in try reachable(entry) {
                    let manifest = try manifest(descriptor.digest)
                    for blob in [manifest.config] + manifest.layers { try blobs.verify(blob) }
                    guard descriptor.isImage else { continue }
                    let image = try image(descriptor, of: entry, in: index)
                    // Layers for other machines are unpacked when they are first needed.
                    guard Platform.current.rank(image.platform) != nil else { continue }
                    for diffID in image.diffIDs where unpackedSize(diffID) == nil {
                        throw EscaleError(
                            .corrupt, "layer \(diffID.short) is not unpacked", repair: "escale setup --images"
                        )
                    }
                }
            } catch {
                problems.append(StoreProblem(object: name, error: error))
            }
        }
        return problems
    }
}
