import Glibc
import Linux
import OCI
import Support
import Synchronization

/// A registry's files, safe with several processes at once and with `kill -9`:
///
///     blobs/ALGORITHM/HEX                        every blob once
///     repositories/NAME/_oci/                    an OCI image layout (image-layout.md) a repository:
///       oci-layout, index.json, blobs/           its manifests, their tags, and hard links to its blobs
///     repositories/NAME/_uploads/UUID            an upload in progress: what came so far
///
/// A blob belongs to a repository by its hard link there, and nobody's any more when its link count is
/// one. No state is elsewhere: what is in memory is a cache of these files.
package final class RegistryStore: Sendable {
    package let root: String
    private let snapshots = Mutex<[RepositoryName: Snapshot]>([:])
    let hashes = RunningHashes()
    let contents = ContentCache(limit: 16 << 20)

    package init(root: String) throws(EscaleError) {
        self.root = root
        // What is in it is for those whom the registry lets read it.
        try Files.makeDirectory(root, mode: 0o700)
        try Files.makeDirectory("\(root)/blobs/sha256")
        try Files.makeDirectory("\(root)/repositories")
    }

    // MARK: Places

    func pooled(_ digest: Digest) -> String { "\(root)/blobs/\(digest.algorithm)/\(digest.hex)" }
    func folder(_ name: RepositoryName) -> String { "\(root)/repositories/\(name.text)" }
    func layout(_ name: RepositoryName) -> String { "\(folder(name))/_oci" }
    func blob(_ name: RepositoryName, _ digest: Digest) -> String {
        "\(layout(name))/blobs/\(digest.algorithm)/\(digest.hex)"
    }
    func upload(_ name: RepositoryName, _ id: UploadID) -> String { "\(folder(name))/_uploads/\(id.text)" }

    /// Held shared while a blob is put in its places, exclusively while what is nobody's is removed.
    func poolLock(exclusive: Bool) throws(RegistryError) -> FileLock {
        try io { () throws(EscaleError) in try FileLock("\(root)/blobs/.lock", shared: !exclusive) }
    }

    // MARK: Repositories

    /// The repository as it is on disk now; nil where there is none.
    package func snapshot(_ name: RepositoryName) throws(RegistryError) -> Snapshot? {
        let path = "\(layout(name))/index.json"
        var s = stat()
        guard stat(path, &s) == 0 else {
            snapshots.withLock { $0[name] = nil }
            return nil
        }
        let stamp = FileStamp(s)
        if let known = snapshots.withLock({ $0[name] }), known.stamp == stamp { return known }
        let fresh = try io { () throws(EscaleError) in
            Snapshot(stamp, try JSON.parse(try Files.read(path)).decode(ImageIndex.self))
        }
        snapshots.withLock { $0[name] = fresh }
        return fresh
    }

    /// Changes a repository's index; on disk when this returns. One at a time, over all processes.
    /// - Parameter then: what is done once it is written, before anyone else may change it.
    @discardableResult
    package func edit<R>(
        _ name: RepositoryName, _ body: (inout RepositoryIndex) throws(RegistryError) -> R,
        then: (R) -> Void = { _ in }
    ) throws(RegistryError) -> R {
        try prepare(name)
        let lock = try repositoryLock(name)
        defer { _ = lock }
        let old = try snapshot(name)?.index ?? ImageIndex()
        var index = RepositoryIndex(old)
        let result = try body(&index)
        if index.image != old || old.manifests.isEmpty {
            try io { () throws(EscaleError) in
                try Files.replace(
                    "\(layout(name))/index.json", try JSON.encode(index.image).bytes(), durable: true)
            }
        }
        then(result)
        return result
    }

    func repositoryLock(_ name: RepositoryName) throws(RegistryError) -> FileLock {
        try io { () throws(EscaleError) in try FileLock("\(folder(name))/_lock") }
    }

    /// Makes the folders of a repository; it is one that exists once it has an index.
    func prepare(_ name: RepositoryName) throws(RegistryError) {
        let layout = layout(name)
        if Files.exists("\(layout)/oci-layout") { return }
        try io { () throws(EscaleError) in
            try Files.makeDirectory("\(folder(name))/_uploads")
            try Files.makeDirectory("\(layout)/blobs/sha256")
            try Files.replace("\(layout)/oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#.utf8, durable: true)
        }
    }

    /// Every repository that has had a manifest, sorted.
    package func repositories() throws(RegistryError) -> [RepositoryName] {
        try places().filter { Files.exists("\(layout($0))/index.json") }
    }

    /// Every repository with a folder, sorted: also those that have seen only an upload.
    func places() throws(RegistryError) -> [RepositoryName] {
        var found: [RepositoryName] = []
        func walk(_ path: String, _ name: String) throws(EscaleError) {
            let children: [String]
            do { children = try Files.list(path) } catch {
                if error.errno == ENOENT || error.errno == ENOTDIR { return }
                throw error
            }
            if children.contains("_oci"), let name = RepositoryName(name) { found.append(name) }
            for child in children where !child.hasPrefix("_") {
                try walk("\(path)/\(child)", name.isEmpty ? child : "\(name)/\(child)")
            }
        }
        try io { () throws(EscaleError) in try walk("\(root)/repositories", "") }
        return found.sorted { $0.text < $1.text }
    }
}

/// Tells one version of a file from another.
struct FileStamp: Equatable, Sendable {
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    init(_ s: stat) {
        inode = UInt64(s.st_ino)
        size = Int64(s.st_size)
        seconds = s.st_mtim.tv_sec
        nanoseconds = s.st_mtim.tv_nsec
    }
}
