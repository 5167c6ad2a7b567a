import Archive
import Glibc
import Linux
import OCI
import Support

/// Content by digest: `blobs/<algorithm>/<hex>` of an OCI image layout (image-layout.md). A blob is
/// there whole and checked or not at all, whatever died while it was written; what is still being
/// received is beside it in `ingest/`.
///
/// The same format serves an image store (`ImageStore.blobs`), a registry and a build cache. Any number
/// of processes and threads may use one at the same time. Nothing here decides what may be removed:
/// `collect` is for whoever knows, under a lock that keeps writers out (see `ImageStore.beginImport`).
public struct BlobStore: Sendable {
    /// `blobs` of the layout.
    public let folder: String
    /// Blobs being received, a file each.
    public let partials: String

    /// - Parameter layout: the folder that holds `blobs`; made when first written to.
    public init(layout: String) {
        folder = "\(layout)/blobs"
        partials = "\(layout)/ingest"
    }

    public func path(_ digest: Digest) -> String { "\(folder)/\(digest.algorithm)/\(digest.hex)" }

    // MARK: Reading

    /// Bytes of a blob; nil where it isn't there.
    public func size(_ digest: Digest) -> Int64? {
        var s = stat()
        return stat(path(digest), &s) == 0 && s.st_mode & S_IFMT == S_IFREG ? Int64(s.st_size) : nil
    }

    /// Whether it is there, in the size that the descriptor gives.
    public func has(_ descriptor: Descriptor) -> Bool { size(descriptor.digest) == descriptor.size }

    /// For reading; it stays readable when it is collected meanwhile. Throws `.notFound`.
    public func open(_ digest: Digest) throws(EscaleError) -> FD {
        do { return try Sys.open(path(digest), O_RDONLY) } catch {
            guard error.errno == ENOENT else { throw error }
            throw EscaleError(.notFound, "blob \(digest): not in \(folder)", errno: ENOENT)
        }
    }

    /// A small blob (manifest, configuration; 16 MiB at most), checked against its digest. Throws
    /// `.corrupt` where it is missing or damaged.
    public func read(_ digest: Digest) throws(EscaleError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Files.read(path(digest), limit: 16 << 20) } catch {
            throw EscaleError(
                error.errno == ENOENT ? .corrupt : error.code, "blob \(digest): \(error.message)",
                errno: error.errno, repair: "escale setup --images")
        }
        if ContentHash.hex(of: bytes, digest.algorithm) != digest.hex { throw Self.damaged(digest) }
        return bytes
    }

    /// Reads it whole and compares; throws `.corrupt`.
    public func verify(_ descriptor: Descriptor) throws(EscaleError) {
        guard has(descriptor) else {
            throw EscaleError(
                .corrupt, "blob \(descriptor.digest): missing or of another size",
                repair: "escale setup --images")
        }
        try verify(descriptor.digest)
    }

    /// The same where the size isn't known.
    public func verify(_ digest: Digest) throws(EscaleError) {
        guard let hash = ContentHash(digest.algorithm) else {
            throw EscaleError(.invalid, "blob \(digest): unsupported digest algorithm")
        }
        let source = HashingSource(try FileSource(path(digest)), hash)
        try source.drain()
        if source.hex != digest.hex { throw Self.damaged(digest) }
    }

    static func damaged(_ digest: Digest) -> EscaleError {
        EscaleError(
            .corrupt, "blob \(digest): content does not match its digest", repair: "escale setup --images")
    }

    /// All that are there, sorted.
    public func list() throws(EscaleError) -> [Digest] {
        guard Files.exists(folder) else { return [] }
        var all: [Digest] = []
        for algorithm in try Files.list(folder) {
            all += try Files.list("\(folder)/\(algorithm)").compactMap { try? Digest("\(algorithm):\($0)") }
        }
        return all
    }

    // MARK: Writing

    /// Stores bytes at hand. They are on disk when this returns.
    public func write(_ bytes: [UInt8], mediaType: String) throws(EscaleError) -> Descriptor {
        try write(mediaType: mediaType) { (sink) throws(EscaleError) in
            try sink.write(bytes)
            try sink.finish()
        }
    }

    /// Stores what `body` writes, under whatever digest it has.
    public func write(mediaType: String, _ body: (any ByteSink) throws(EscaleError) -> Void)
        throws(EscaleError) -> Descriptor
    {
        let ingest = try ingest(named: ".tmp-\(Hex.random(8))")
        do throws(EscaleError) {
            try body(ingest)
            return try ingest.commit(mediaType: mediaType)
        } catch {
            ingest.abandon()
            throw error
        }
    }

    /// Begins, or goes on, receiving a blob whose digest is known: `offset` bytes of it are there
    /// already, where an earlier attempt was cut off. Nil where the whole blob is there. Waits while
    /// another process or thread receives the same blob.
    public func ingest(_ expected: Descriptor) throws(EscaleError) -> BlobIngest? {
        if has(expected) { return nil }
        let ingest = try BlobIngest(
            self, name: "\(expected.digest.algorithm)-\(expected.digest.hex)", expected: expected)
        if has(expected) {
            ingest.abandon()
            return nil
        }
        return ingest
    }

    /// Begins, or goes on, receiving a blob whose digest is told at its end only (a registry's upload).
    /// - Parameter name: the upload's own: letters, digits, `.`, `_`, `-`. Throws `.invalid` for others.
    public func ingest(named name: String) throws(EscaleError) -> BlobIngest {
        let isPlain = name.utf8.allSatisfy { c in
            (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c)
                || [45, 46, 95].contains(c)
        }
        guard isPlain, !name.isEmpty, name.utf8.count <= 200, name != ".", name != ".." else {
            throw EscaleError(.invalid, "\"\(name)\" can't name an upload")
        }
        return try BlobIngest(self, name: name, expected: nil)
    }

    // MARK: Removing

    /// Removes one; nothing where it isn't there.
    public func remove(_ digest: Digest) throws(EscaleError) {
        if unlink(path(digest)) != 0, errno != ENOENT {
            throw .system("unlink", path(digest), errno: errno)
        }
    }

    /// Removes what is not in `kept`, and partial files older than `partialAge` seconds that nobody is
    /// writing. Nothing may be adding blobs meanwhile.
    /// - Returns: the digests removed, and the bytes they took.
    @discardableResult
    public func collect(keeping kept: Set<Digest>, partialAge: Int64 = 0) throws(EscaleError)
        -> (removed: [Digest], bytes: Int64)
    {
        var removed: [Digest] = []
        var bytes = try removePartials(olderThan: partialAge)
        guard Files.exists(folder) else { return ([], bytes) }
        for algorithm in try Files.list(folder) {
            for name in try Files.list("\(folder)/\(algorithm)") {
                let digest = try? Digest("\(algorithm):\(name)")
                if let digest, kept.contains(digest) { continue }
                let path = "\(folder)/\(algorithm)/\(name)"
                var s = stat()
                if stat(path, &s) == 0 { bytes += Int64(s.st_size) }
                try Files.removeTree(path)
                if let digest { removed.append(digest) }
            }
        }
        return (removed, bytes)
    }

    /// Removes partial files not written to for so many seconds, and those without a name of their own
    /// at once, unless someone holds them. Gives the bytes they took.
    @discardableResult
    public func removePartials(olderThan seconds: Int64) throws(EscaleError) -> Int64 {
        guard Files.exists(partials) else { return 0 }
        var bytes: Int64 = 0
        let now = Timestamp.now.seconds
        for name in try Files.list(partials) {
            let path = "\(partials)/\(name)"
            var s = stat()
            guard lstat(path, &s) == 0,
                name.hasPrefix(".tmp-") || now - Int64(s.st_mtim.tv_sec) >= seconds,
                let lock = try? FileLock.attempt(path)
            else { continue }
            unlink(path)
            bytes += Int64(s.st_size)
            _ = lock
        }
        return bytes
    }
}
