import Archive
import Glibc
import Linux
import OCI
import Support

/// Content by digest: `blobs/sha256/<hex>` of an OCI image layout (image-layout.md). A blob is there
/// whole or not at all, whatever died while it was written.
struct BlobStore: Sendable {
    let folder: String

    init(_ images: String) { folder = "\(images)/blobs" }

    func path(_ digest: Digest) -> String { "\(folder)/\(digest.algorithm)/\(digest.hex)" }

    func has(_ descriptor: Descriptor) -> Bool {
        var s = stat()
        return stat(path(descriptor.digest), &s) == 0 && Int64(s.st_size) == descriptor.size
    }

    /// A small blob (manifest, configuration), checked against its digest.
    func read(_ digest: Digest) throws(EscaleError) -> [UInt8] {
        let bytes: [UInt8]
        do { bytes = try Files.read(path(digest), limit: 16 << 20) } catch {
            throw EscaleError(
                error.errno == ENOENT ? .corrupt : error.code, "blob \(digest): \(error.message)",
                errno: error.errno, repair: "escale setup --images")
        }
        if digest.algorithm == "sha256", SHA256.hex(of: bytes) != digest.hex { throw Self.damaged(digest) }
        return bytes
    }

    /// Reads it whole and compares; throws `.corrupt`.
    func verify(_ descriptor: Descriptor) throws(EscaleError) {
        guard has(descriptor) else {
            throw EscaleError(
                .corrupt, "blob \(descriptor.digest): missing or of another size",
                repair: "escale setup --images")
        }
        let source = HashingSource(try FileSource(path(descriptor.digest)))
        try source.drain()
        if descriptor.digest.algorithm == "sha256", source.hex != descriptor.digest.hex {
            throw Self.damaged(descriptor.digest)
        }
    }

    static func damaged(_ digest: Digest) -> EscaleError {
        EscaleError(
            .corrupt, "blob \(digest): content does not match its digest", repair: "escale setup --images")
    }

    func write(_ bytes: [UInt8], mediaType: String) throws(EscaleError) -> Descriptor {
        try write(mediaType: mediaType) { (sink) throws(EscaleError) in
            try sink.write(bytes)
            try sink.finish()
        }
    }

    /// Stores what `body` writes. It is on disk when this returns.
    func write(mediaType: String, _ body: (any ByteSink) throws(EscaleError) -> Void)
        throws(EscaleError) -> Descriptor
    {
        let sha = "\(folder)/sha256"
        try Files.makeDirectory(sha)
        let temporary = "\(sha)/.tmp-\(Hex.random(8))"
        do throws(EscaleError) {
            let fd = try Sys.open(temporary, O_WRONLY | O_CREAT | O_EXCL)
            let sink = HashingSink(DescriptorSink(fd.raw))
            try body(sink)
            guard let digest = Digest(sha256: sink.hex) else {
                throw EscaleError(.internal, "SHA-256 gave \(sink.hex)")
            }
            let descriptor = Descriptor(mediaType: mediaType, digest: digest, size: sink.count)
            // Read whole, so that adding it again repairs a damaged one.
            if (try? verify(descriptor)) != nil {
                unlink(temporary)
                return descriptor
            }
            try Sys.call("fsync", temporary) { fsync(fd.raw) }
            try Sys.call("rename", path(digest)) { rename(temporary, path(digest)) }
            let folder = try Sys.open(sha, O_RDONLY | O_DIRECTORY)
            try Sys.call("fsync", sha) { fsync(folder.raw) }
            return descriptor
        } catch {
            unlink(temporary)
            throw error
        }
    }

    /// Removes what is not in `kept`, and what died half written. Nothing may be writing meanwhile.
    /// - Returns: the digests removed, and the bytes they took.
    func collect(keeping kept: Set<Digest>) throws(EscaleError) -> (removed: [Digest], bytes: Int64) {
        var removed: [Digest] = []
        var bytes: Int64 = 0
        guard Files.exists(folder) else { return ([], 0) }
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
}
