import Archive
import CLinux
import Glibc
import Linux
import OCI
import Support
import Synchronization

/// A blob being received into a store. Write its bytes in order, then `commit`: only then is there a
/// blob, and only if it is what was promised. When this goes away before that, the partial file stays
/// and the next `ingest` of the same blob goes on from its end, also after a `kill -9`.
///
/// May be handed from thread to thread; calls at the same time are put in a row.
public final class BlobIngest: ByteSink, Sendable {
    private let store: BlobStore
    private let path: String
    private let expected: Descriptor?
    private let state: Mutex<State>

    private struct State: ~Copyable {
        /// Its lock (flock(2)) keeps others from receiving the same blob.
        let file: FD
        var hash: ContentHash
        let algorithm: String
        var offset: Int64
        var isDone = false
    }

    init(_ store: BlobStore, name: String, expected: Descriptor?) throws(EscaleError) {
        self.store = store
        self.expected = expected
        path = "\(store.partials)/\(name)"
        try Files.makeDirectory(store.partials, mode: 0o700)
        let algorithm = expected?.digest.algorithm ?? "sha256"
        guard var hash = ContentHash(algorithm) else {
            throw EscaleError(.invalid, "unsupported digest algorithm \(algorithm)")
        }
        let file = try Self.lock(path)
        var offset: Int64 = 0
        do throws(EscaleError) {
            try DescriptorSource(file.raw).forEachChunk { (chunk) throws(EscaleError) in
                hash.update(chunk)
                offset += Int64(chunk.count)
            }
        } catch { throw error.within(path) }
        if let expected, offset > expected.size {
            try Sys.call("truncate", path) { ftruncate(file.raw, 0) }
            try Sys.call("lseek", path) { lseek(file.raw, 0, SEEK_SET) }
            offset = 0
            hash = ContentHash(algorithm) ?? hash
        }
        state = Mutex(State(file: file, hash: hash, algorithm: algorithm, offset: offset))
    }

    /// The partial file, locked. The one that was there may become a blob while we wait: then another.
    private static func lock(_ path: String) throws(EscaleError) -> FD {
        while true {
            let file = try Sys.open(path, O_RDWR | O_CREAT, mode: 0o644)
            var result = -EINTR
            while result == -EINTR { result = cl_flock(file.raw, LOCK_EX) }
            try Sys.check(result, "flock", path)
            var mine = stat()
            var present = stat()
            if fstat(file.raw, &mine) == 0, stat(path, &present) == 0, mine.st_ino == present.st_ino {
                return file
            }
        }
    }

    /// Bytes received so far, those of earlier attempts included.
    public var offset: Int64 { state.withLock { $0.offset } }

    /// Adds bytes at the end. Throws `.corrupt` beyond the expected size, `.noSpace` as the disk says.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(EscaleError) {
        try state.withLock { (s) throws(EscaleError) in
            guard !s.isDone else { throw EscaleError(.conflict, "\(path): already closed") }
            if let expected, s.offset + Int64(bytes.count) > expected.size {
                throw EscaleError(
                    .corrupt, "blob \(expected.digest): more than the \(expected.size) bytes announced")
            }
            do throws(EscaleError) { try DescriptorSink(s.file.raw).write(bytes) } catch {
                // What was written of it is not in the hash.
                _ = ftruncate(s.file.raw, off_t(s.offset))
                _ = lseek(s.file.raw, off_t(s.offset), SEEK_SET)
                throw error.within(path)
            }
            s.hash.update(bytes)
            s.offset += Int64(bytes.count)
        }
    }

    public func finish() {}

    /// Forgets what came, to begin again: a server that does not resume sends the blob from its start.
    public func restart() throws(EscaleError) {
        try state.withLock { (s) throws(EscaleError) in
            try Sys.call("truncate", path) { ftruncate(s.file.raw, 0) }
            try Sys.call("lseek", path) { lseek(s.file.raw, 0, SEEK_SET) }
            s.offset = 0
            s.hash = ContentHash(s.algorithm) ?? s.hash
        }
    }

    /// Checks what came and makes it a blob, on disk when this returns.
    /// - Parameters:
    ///   - digest: what it must be, where `ingest` wasn't told.
    ///   - size: how many bytes it must have, likewise.
    /// - Throws: `.corrupt` where it is something else (nothing of it is kept then), or has too few bytes
    ///   (kept, to go on).
    @discardableResult
    public func commit(_ digest: Digest? = nil, size: Int64? = nil, mediaType: String? = nil)
        throws(EscaleError) -> Descriptor
    {
        try state.withLock { (s) throws(EscaleError) in
            guard !s.isDone else { throw EscaleError(.conflict, "\(path): already closed") }
            let wanted = digest ?? expected?.digest
            if let size = size ?? expected?.size, s.offset != size {
                throw EscaleError(
                    .corrupt,
                    "blob \(wanted.map(\.description) ?? Path.name(path)): \(s.offset) of \(size) bytes")
            }
            var found = try Digest("\(s.algorithm):\(s.hash.hex)")
            if let wanted, wanted.algorithm != found.algorithm { found = try rehash(s.file.raw, wanted) }
            if let wanted, wanted != found {
                s.isDone = true
                unlink(path)
                throw EscaleError(
                    .corrupt, "blob \(wanted): content does not match its digest, it is \(found)")
            }
            s.isDone = true
            let descriptor = Descriptor(
                mediaType: mediaType ?? expected?.mediaType ?? "application/octet-stream", digest: found,
                size: s.offset)
            // Read whole, so that adding it again repairs a damaged one.
            if store.has(descriptor), (try? store.verify(descriptor)) != nil {
                unlink(path)
                return descriptor
            }
            let folder = "\(store.folder)/\(found.algorithm)"
            try Files.makeDirectory(folder)
            try Sys.call("fsync", path) { fsync(s.file.raw) }
            try Sys.call("rename", store.path(found)) { rename(path, store.path(found)) }
            let opened = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
            try Sys.call("fsync", folder) { fsync(opened.raw) }
            return descriptor
        }
    }

    /// Removes the partial file: nobody will go on with it.
    public func abandon() {
        state.withLock { s in
            if !s.isDone { unlink(path) }
            s.isDone = true
        }
    }

    private func rehash(_ file: Int32, _ wanted: Digest) throws(EscaleError) -> Digest {
        guard let hash = ContentHash(wanted.algorithm) else {
            throw EscaleError(.invalid, "unsupported digest algorithm \(wanted.algorithm)")
        }
        try Sys.call("lseek", path) { lseek(file, 0, SEEK_SET) }
        let source = HashingSource(DescriptorSource(file), hash)
        try source.drain()
        return try Digest("\(wanted.algorithm):\(source.hex)")
    }
}
