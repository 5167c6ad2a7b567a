import CLinux
import Glibc
import HTTP
import Linux
import OCI
import Support

extension RegistryStore {
    /// Begins an upload.
    /// - Parameter algorithm: of the digest that it is likely to be closed with.
    package func beginUpload(_ name: RepositoryName, algorithm: String) throws(RegistryError) -> UploadID {
        guard let hasher = Hasher(algorithm) else {
            throw RegistryError(.digestInvalid, "unsupported digest algorithm: \(algorithm)")
        }
        try prepare(name)
        let hex = Array(Hex.random(16))
        func part(_ range: Range<Int>) -> String { String(hex[range]) }
        let text = [part(0..<8), part(8..<12), part(12..<16), part(16..<20), part(20..<32)]
        guard let id = UploadID(text.joined(separator: "-")) else { throw .uploadUnknown }
        let path = upload(name, id)
        _ = try io { () throws(EscaleError) in try Sys.open(path, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600) }
        hashes.start(id, hasher)
        return id
    }

    /// Bytes of an upload that are here.
    package func uploadSize(_ name: RepositoryName, _ id: UploadID) throws(RegistryError) -> Int64 {
        var s = stat()
        guard stat(upload(name, id), &s) == 0 else { throw .uploadUnknown }
        return Int64(s.st_size)
    }

    package func cancelUpload(_ name: RepositoryName, _ id: UploadID) throws(RegistryError) {
        hashes.forget(id)
        guard unlink(upload(name, id)) == 0 else { throw .uploadUnknown }
    }

    /// An upload held by one request: nobody else writes to it or closes it meanwhile.
    package struct OpenUpload: ~Copyable {
        let name: RepositoryName
        let id: UploadID
        let fd: FD
        package private(set) var size: Int64
        fileprivate var hasher: Hasher?

        init(_ name: RepositoryName, _ id: UploadID, _ fd: consuming FD, size: Int64, hasher: Hasher?) {
            self.name = name
            self.id = id
            self.fd = fd
            self.size = size
            self.hasher = hasher
        }

        /// Appends a piece as it comes. What is written stays, whatever happens to the request: the
        /// client asks how far it got, and goes on from there.
        package mutating func append(_ bytes: UnsafeRawBufferPointer) throws(RegistryError) {
            var rest = bytes
            while !rest.isEmpty {
                let n = Glibc.write(fd.raw, rest.baseAddress, rest.count)
                guard n >= 0 else {
                    if errno == EINTR { continue }
                    throw RegistryError(.system("write", "upload \(id)", errno: errno))
                }
                hasher?.update(UnsafeRawBufferPointer(rebasing: rest[..<n]))
                size += Int64(n)
                rest = UnsafeRawBufferPointer(rebasing: rest[n...])
            }
        }
    }

    /// Takes hold of an upload. Throws `BLOB_UPLOAD_UNKNOWN`, or `BLOB_UPLOAD_INVALID` while another
    /// request has it.
    package func openUpload(_ name: RepositoryName, _ id: UploadID) throws(RegistryError) -> OpenUpload {
        let path = upload(name, id)
        let raw = Glibc.open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        guard raw >= 0 else {
            if errno == ENOENT { throw .uploadUnknown }
            throw RegistryError(.system("open", path, errno: errno))
        }
        let fd = FD(owning: raw)
        guard cl_flock(fd.raw, LOCK_EX | LOCK_NB) == 0 else {
            throw RegistryError(
                .blobUploadInvalid, "upload \(id): another request is writing to it", status: .conflict)
        }
        var s = stat()
        // Closed or cancelled between open and lock.
        guard fstat(fd.raw, &s) == 0, s.st_nlink > 0 else { throw .uploadUnknown }
        let size = Int64(s.st_size)
        return OpenUpload(name, id, fd, size: size, hasher: hashes.take(id, count: size))
    }

    /// Lets an upload go on later.
    package func leave(_ upload: consuming OpenUpload) {
        guard let hasher = upload.hasher else { return }
        hashes.put(upload.id, hasher, count: upload.size)
    }

    /// Closes an upload: what came must have the digest. Throws `DIGEST_INVALID`, and then the upload is
    /// gone.
    package func finish(_ upload: consuming OpenUpload, _ digest: Digest) throws(RegistryError) {
        let path = self.upload(upload.name, upload.id)
        var hex = upload.hasher?.algorithm == digest.algorithm ? upload.hasher?.hex : nil
        if hex == nil { hex = try Self.hash(upload.fd.raw, digest.algorithm) }
        guard hex == digest.hex else {
            unlink(path)
            throw RegistryError(
                .digestInvalid,
                "provided digest did not match uploaded content: \(digest), content is "
                    + "\(digest.algorithm):\(hex ?? "?")")
        }
        fchmod(upload.fd.raw, 0o644)
        try place(path, as: digest, in: upload.name)
    }

    static func hash(_ fd: Int32, _ algorithm: String) throws(RegistryError) -> String? {
        guard var hasher = Hasher(algorithm) else { return nil }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        var offset = 0
        while true {
            let at = offset
            let n = try io { () throws(EscaleError) in
                try Sys.call("read", "upload") { pread(fd, buffer.baseAddress, buffer.count, at) }
            }
            if n == 0 { return hasher.hex }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<n]))
            offset += n
        }
    }
}
