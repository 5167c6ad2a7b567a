import Glibc
import Linux
import OCI
import Support

extension RegistryStore {
    /// A manifest's bytes and what the index says of it. Throws `NAME_UNKNOWN` or `MANIFEST_UNKNOWN`.
    package func manifest(_ name: RepositoryName, _ reference: ManifestReference)
        throws(RegistryError) -> (Descriptor, [UInt8])
    {
        guard let snapshot = try snapshot(name) else { throw Self.unknown(name) }
        guard let entry = snapshot.manifest(reference) else { throw Self.unknown(name, reference) }
        return (entry, try content(name, entry.digest))
    }

    /// Bytes of a manifest, checked when they are read from the disk.
    package func content(_ name: RepositoryName, _ digest: Digest) throws(RegistryError) -> [UInt8] {
        if let bytes = contents.get(digest) { return bytes }
        let bytes = try io { () throws(EscaleError) in try Files.read(blob(name, digest)) }
        guard Hasher.digest(of: bytes, like: digest) == digest else {
            throw RegistryError(.unknown, "manifest \(digest): damaged on disk")
        }
        contents.put(digest, bytes)
        return bytes
    }

    /// Stores a manifest and moves its tags to it; on disk when this returns.
    /// - Parameter sparse: manifests and blobs that it refers to may be missing, as in a mirror.
    package func putManifest(
        _ name: RepositoryName, _ bytes: [UInt8], _ facts: ManifestFacts, digest: Digest, tags: [TagName],
        sparse: Bool = false
    ) throws(RegistryError) {
        try prepare(name)
        let file = "\(folder(name))/_uploads/.manifest-\(Hex.random(8))"
        defer { unlink(file) }
        try io { () throws(EscaleError) in
            let fd = try Sys.open(file, O_WRONLY | O_CREAT | O_EXCL)
            try Sys.writeAll(fd.raw, bytes)
        }
        let entry = Descriptor(mediaType: facts.mediaType, digest: digest, size: Int64(bytes.count))
        try edit(name) { (index) throws(RegistryError) in
            // Under the lock, which garbage collection takes as well: they are here, and stay.
            if !sparse { try checkReferences(name, facts, index) }
            try place(file, as: digest, in: name)
            index.add(entry, subject: facts.subject, tags: tags)
        }
        contents.put(digest, bytes)
    }

    private func checkReferences(_ name: RepositoryName, _ facts: ManifestFacts, _ index: RepositoryIndex)
        throws(RegistryError)
    {
        let missing =
            facts.blobs.first { !has(name, $0) } ?? facts.children.first { !index.contains($0) }
        guard let missing else { return }
        throw RegistryError(
            .manifestBlobUnknown, "manifest references a manifest or blob unknown to \(name): \(missing)")
    }

    /// Takes away a tag, or a manifest with all its tags.
    package func removeManifest(_ name: RepositoryName, _ reference: ManifestReference)
        throws(RegistryError)
    {
        guard try snapshot(name) != nil else { throw Self.unknown(name) }
        let found = try edit(name) { (index) throws(RegistryError) in
            switch reference {
            case .tag(let tag): return index.remove(tag)
            case .digest(let digest): return index.remove(digest)
            }
        } then: { found in
            if found, case .digest(let digest) = reference { unlink(blob(name, digest)) }
        }
        guard found else { throw Self.unknown(name, reference) }
    }

    static func unknown(_ name: RepositoryName) -> RegistryError {
        RegistryError(.nameUnknown, "repository name not known to registry: \(name)")
    }

    static func unknown(_ name: RepositoryName, _ reference: ManifestReference) -> RegistryError {
        RegistryError(.manifestUnknown, "manifest unknown: \(name) \(reference)")
    }
}
