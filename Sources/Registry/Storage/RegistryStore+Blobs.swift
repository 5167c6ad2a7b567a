import Glibc
import Linux
import OCI
import Support

/// A blob of a repository, open.
package struct OpenBlob: ~Copyable {
    package let fd: FD
    /// In bytes.
    package let size: Int64
}

extension RegistryStore {
    /// A blob of a repository. Throws `BLOB_UNKNOWN`.
    package func open(_ name: RepositoryName, _ digest: Digest) throws(RegistryError) -> OpenBlob {
        let path = blob(name, digest)
        let raw = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard raw >= 0 else {
            guard errno == ENOENT else { throw RegistryError(.system("open", path, errno: errno)) }
            throw RegistryError(.blobUnknown, "blob unknown to registry: \(digest)")
        }
        let fd = FD(owning: raw)
        var s = stat()
        guard fstat(raw, &s) == 0 else { throw RegistryError(.system("stat", path, errno: errno)) }
        return OpenBlob(fd: fd, size: Int64(s.st_size))
    }

    func has(_ name: RepositoryName, _ digest: Digest) -> Bool { Files.exists(blob(name, digest)) }

    /// Bytes of a blob; nil where the repository has it not.
    package func size(_ name: RepositoryName, _ digest: Digest) -> Int64? {
        var s = stat()
        return stat(blob(name, digest), &s) == 0 ? Int64(s.st_size) : nil
    }

    /// Gives a repository a blob that another has. False where the other has it not.
    func mount(_ digest: Digest, from other: RepositoryName, to name: RepositoryName)
        throws(RegistryError) -> Bool
    {
        try prepare(name)
        let lock = try poolLock(exclusive: false)
        defer { _ = lock }
        return try link(blob(other, digest), to: name, digest)
    }

    /// Takes a blob from a repository. Its bytes go when nobody has it any more. Throws `BLOB_UNKNOWN`.
    package func removeBlob(_ name: RepositoryName, _ digest: Digest) throws(RegistryError) {
        // A manifest's own bytes go with the manifest.
        let isManifest = try snapshot(name)?.manifest(.digest(digest)) != nil
        guard !isManifest, unlink(blob(name, digest)) == 0 else {
            throw RegistryError(.blobUnknown, "blob unknown to registry: \(digest)")
        }
    }

    /// Puts a whole, verified file in its places: the pool, and the repository's layout. It is on disk
    /// when this returns; `file` is gone.
    func place(_ file: String, as digest: Digest, in name: RepositoryName) throws(RegistryError) {
        let lock = try poolLock(exclusive: false)
        defer { _ = lock }
        let pooled = pooled(digest)
        // Its bytes are there already: the links are all it takes. One of another size is damaged.
        if Self.sameSize(pooled, file), try link(pooled, to: name, digest) {
            unlink(file)
            return
        }
        try io { () throws(EscaleError) in
            let fd = try Sys.open(file, O_RDONLY)
            try Sys.call("fsync", file) { fsync(fd.raw) }
            try Files.makeDirectory(Path.parent(pooled))
            try Sys.call("rename", pooled) { rename(file, pooled) }
            try Self.syncFolder(Path.parent(pooled))
        }
        guard try link(pooled, to: name, digest) else {
            throw RegistryError(.unknown, "blob \(digest): lost while it was stored")
        }
    }

    /// A hard link into a repository's layout, on disk when this returns. False where `source` is not
    /// there. The pool's lock is held.
    private func link(_ source: String, to name: RepositoryName, _ digest: Digest)
        throws(RegistryError) -> Bool
    {
        let place = blob(name, digest)
        if Self.sameFile(source, place) { return true }
        return try io { () throws(EscaleError) in
            try Files.makeDirectory(Path.parent(place))
            let temporary = "\(Path.parent(place))/.tmp-\(Hex.random(8))"
            guard Glibc.link(source, temporary) == 0 else {
                if errno == ENOENT { return false }
                throw .system("link", place, errno: errno)
            }
            // Over one that is damaged, too. Renaming a link over another of the same file leaves both.
            try Sys.call("rename", place) { rename(temporary, place) }
            unlink(temporary)
            try Self.syncFolder(Path.parent(place))
            return true
        }
    }

    private static func sameSize(_ a: String, _ b: String) -> Bool {
        var (x, y) = (stat(), stat())
        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_size == y.st_size
    }

    private static func sameFile(_ a: String, _ b: String) -> Bool {
        var (x, y) = (stat(), stat())
        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_ino == y.st_ino && x.st_dev == y.st_dev
    }

    static func syncFolder(_ path: String) throws(EscaleError) {
        let folder = try Sys.open(path, O_RDONLY | O_DIRECTORY)
        try Sys.call("fsync", path) { fsync(folder.raw) }
    }
}
