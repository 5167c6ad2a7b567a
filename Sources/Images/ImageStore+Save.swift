import Archive
import Glibc
import Linux
import OCI
import Support

extension ImageStore {
    /// Writes images as one tar archive that is both an OCI layout (`oci-archive`: `index.json`, every
    /// byte and digest as in the store) and Docker's own form (`docker-archive`: `manifest.json`), as
    /// Docker has written them since version 25. The same images give the same bytes.
    /// - Parameters:
    ///   - names: a name keeps that name alone; an id keeps none; a repository without tag keeps all its
    ///     tags.
    ///   - platform: only the image for this one, of a name for several.
    ///   - shown: names in the archive, in place of those in the store.
    public func save(
        _ names: [String], platform: Platform? = nil, as shown: [Reference] = [], to sink: any ByteSink
    ) throws(EscaleError) {
        // Nothing of it may be collected while it is written.
        let session = try beginImport()
        defer { _ = session.store }
        var archive = SavedArchive()
        for name in names {
            for (image, own) in try saved(name, platform) {
                try archive.add(image, shown.isEmpty ? own : shown, self, platform)
            }
        }
        try archive.write(self, to: TarWriter(sink))
    }

    /// What a word on `save`'s command line means: images, each with the names it keeps.
    private func saved(_ text: String, _ platform: Platform?) throws(EscaleError) -> [(Image, [Reference])] {
        if let reference = try? Reference(text), reference.digest == nil, reference.tag == "latest",
            !text.hasSuffix(":latest")
        {
            let tags = try index().manifests.compactMap(ImageIndex.name(of:)).filter {
                $0.name == reference.name && $0.tag != nil
            }
            if !tags.isEmpty {
                return try tags.map { tag throws(EscaleError) in
                    (try resolve(tag.canonical, platform: platform), [tag])
                }
            }
        }
        let image = try resolve(text, platform: platform)
        let reference = try? Reference(text)
        return [(image, image.names.filter { $0 == reference && $0.tag != nil })]
    }
}

/// The members of an archive being saved.
private struct SavedArchive {
    private var index = ImageIndex()
    private var docker: [(config: Digest, tags: [String], layers: [Digest])] = []
    private var blobs = Set<Digest>()

    mutating func add(_ image: Image, _ names: [Reference], _ store: ImageStore, _ platform: Platform?)
        throws(EscaleError)
    {
        // One platform of several, on request: its manifest stands alone.
        let target =
            platform == nil
            ? image.target
            : try store.reachable(image.target).first { $0.digest == image.manifestDigest } ?? image.target
        for name in names.isEmpty ? [nil] : names.map(Optional.some) {
            var entry = target
            entry.platform = nil
            entry.annotations = name.map {
                ["io.containerd.image.name": $0.canonical, Annotation.refName: $0.tag ?? ""]
            }
            if !index.manifests.contains(entry) { index.manifests.append(entry) }
        }
        blobs.insert(target.digest)
        for descriptor in try store.reachable(target) {
            let manifest = try store.manifest(descriptor.digest)
            blobs.formUnion([descriptor.digest, manifest.config.digest] + manifest.layers.map(\.digest))
        }
        let tags = names.map(\.familiar)
        if let i = docker.firstIndex(where: { $0.config == image.id }) {
            docker[i].tags += tags.filter { !docker[i].tags.contains($0) }
        } else {
            docker.append((image.id, tags, image.layers.map(\.digest)))
        }
    }

    private static func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm)/\(digest.hex)" }

    func write(_ store: ImageStore, to tar: TarWriter) throws(EscaleError) {
        for folder in ["blobs", "blobs/sha256"] {
            try tar.add(TarEntry(path: folder, kind: .directory, mode: 0o755))
        }
        for digest in blobs.sorted() {
            let fd = try store.blobs.open(digest)
            var entry = TarEntry(path: Self.path(digest), kind: .file, mode: 0o444)
            entry.size = store.blobs.size(digest) ?? 0
            let source = HashingSource(DescriptorSource(fd.raw))
            try tar.add(entry, from: source)
            if digest.algorithm == "sha256", source.hex != digest.hex { throw BlobStore.damaged(digest) }
        }
        let manifest = JSON.array(
            docker.map { item in
                [
                    "Config": .string(Self.path(item.config)),
                    "RepoTags": item.tags.isEmpty ? .null : JSON(item.tags),
                    "Layers": JSON(item.layers.map(Self.path))
                ]
            })
        try file("index.json", try JSON.encode(index), tar)
        try file("manifest.json", manifest, tar)
        try file("oci-layout", ["imageLayoutVersion": "1.0.0"], tar)
        try tar.finish()
    }

    private func file(_ path: String, _ json: JSON, _ tar: TarWriter) throws(EscaleError) {
        try tar.add(TarEntry(path: path, kind: .file, mode: 0o444), content: json.bytes())
    }
}
