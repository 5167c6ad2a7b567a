import HTTP
import NIOCore
import NIOHTTP1
import OCI
import Support

extension RegistryService {
    /// `POST /v2/NAME/blobs/uploads/`: a mount, a whole blob, or the beginning of an upload.
    func begin(
        _ name: RepositoryName, _ request: RegistryRequest, _ caller: Caller, _ body: BodyStream
    ) async throws(RegistryError) -> Response {
        if let mount = request.query.text("mount") {
            let digest = try Endpoint.digest(Substring(mount))
            let from = request.query.text("from")
            let mounted = try await blocking { () throws(RegistryError) in
                try self.mount(digest, from: from, to: name, caller)
            }
            if mounted { return created(blob: name, digest) }
        }
        let digest = try request.digest
        let algorithm = digest?.algorithm ?? request.query.text("digest-algorithm") ?? "sha256"
        let id = try store.beginUpload(name, algorithm: algorithm)
        guard let digest, request.query["mount"] == nil else {
            return .full(.accepted, Self.progress(name, id, 0), [])
        }
        do throws(RegistryError) {
            return try await close(name, id, body, digest)
        } catch {
            // Nobody knows of this upload.
            try? store.cancelUpload(name, id)
            throw error
        }
    }

    /// A blob comes from where the caller may read; from anywhere where no source is named.
    private func mount(_ digest: Digest, from: String?, to name: RepositoryName, _ caller: Caller)
        throws(RegistryError) -> Bool
    {
        if let from {
            guard let other = RepositoryName(from) else {
                throw RegistryError(.nameInvalid, "invalid repository name: \(from)")
            }
            guard gate.right(caller, in: from) >= .read else { return false }
            return try store.mount(digest, from: other, to: name)
        }
        for other in try store.places() where store.has(other, digest) {
            guard gate.right(caller, in: other.text) >= .read else { continue }
            if try store.mount(digest, from: other, to: name) { return true }
        }
        return false
    }

    /// `PATCH`: a chunk, or the blob as a stream.
    func append(_ name: RepositoryName, _ id: UploadID, _ request: RegistryRequest, _ body: BodyStream)
        async throws(RegistryError) -> Response
    {
        let size = try await receive(name, id, request, body)
        return .full(.accepted, Self.progress(name, id, size), [])
    }

    /// `PUT`: the last chunk, or none, and the digest of it all.
    func close(_ name: RepositoryName, _ id: UploadID, _ request: RegistryRequest, _ body: BodyStream)
        async throws(RegistryError) -> Response
    {
        guard let digest = try request.digest else {
            throw RegistryError(.digestInvalid, "no digest given to close the upload with")
        }
        _ = try await receive(name, id, request, body)
        return try await close(name, id, digest)
    }

    private func close(_ name: RepositoryName, _ id: UploadID, _ body: BodyStream, _ digest: Digest)
        async throws(RegistryError) -> Response
    {
        try await receive(name, id, from: nil, body)
        return try await close(name, id, digest)
    }

    private func close(_ name: RepositoryName, _ id: UploadID, _ digest: Digest)
        async throws(RegistryError) -> Response
    {
        try await blocking { () throws(RegistryError) in
            try store.finish(try store.openUpload(name, id), digest)
        }
        return created(blob: name, digest)
    }

    private func receive(
        _ name: RepositoryName, _ id: UploadID, _ request: RegistryRequest, _ body: BodyStream
    ) async throws(RegistryError) -> Int64 {
        var start: Int64?
        if let header = request.headers.first(name: "content-range") {
            guard let range = Ranges.chunk(header) else {
                throw RegistryError(
                    .blobUploadInvalid, "invalid Content-Range: \(header)", status: .rangeNotSatisfiable)
            }
            if let length = request.headers.first(name: "content-length").flatMap({ Int64($0) }),
                length != range.upperBound - range.lowerBound + 1
            {
                throw RegistryError(
                    .sizeInvalid, "Content-Range \(header) is not of \(length) bytes, the Content-Length")
            }
            start = range.lowerBound
        }
        return try await receive(name, id, from: start, body)
    }

    /// Takes the body in. What has come stays if the client leaves.
    /// - Returns: bytes of the upload that are here now.
    @discardableResult
    private func receive(_ name: RepositoryName, _ id: UploadID, from start: Int64?, _ body: BodyStream)
        async throws(RegistryError) -> Int64
    {
        var upload = try store.openUpload(name, id)
        if let start, start != upload.size {
            let size = upload.size
            store.leave(upload)
            throw RegistryError(
                .blobUploadInvalid, "chunk starts at \(start), but \(size) bytes are here",
                status: .rangeNotSatisfiable, headers: Self.progress(name, id, size))
        }
        let before = upload.size
        let room: Int64
        do throws(RegistryError) { room = try self.room(name) } catch {
            store.leave(upload)
            throw error
        }
        var failure: RegistryError?
        while failure == nil, let piece = await body.next() {
            do throws(RegistryError) {
                guard upload.size + Int64(piece.readableBytes) <= room else {
                    throw RegistryError(
                        .denied, "quota exceeded: \(name) has room for \(room) bytes more",
                        status: .insufficientStorage)
                }
                guard upload.size + Int64(piece.readableBytes) <= limits.blob else {
                    throw RegistryError(
                        .sizeInvalid, "blob larger than \(limits.blob) bytes", status: .payloadTooLarge)
                }
                var error: RegistryError?
                piece.withUnsafeReadableBytes { raw in
                    do throws(RegistryError) { try upload.append(raw) } catch let e { error = e }
                }
                if let error { throw error }
            } catch { failure = error }
        }
        let size = upload.size
        metrics.received(Int(size - before))
        store.leave(upload)
        if let failure { throw failure }
        if body.wasCutOff {
            throw RegistryError(.blobUploadInvalid, "the client left after \(size) bytes of the upload")
        }
        return size
    }

    /// Bytes that a repository may still take.
    private func room(_ name: RepositoryName) throws(RegistryError) -> Int64 {
        var room = Int64.max
        if let limit = limits.repository {
            room = limit - (try store.bytes(in: "\(store.layout(name))/blobs"))
        }
        if let limit = limits.total { room = min(room, limit - (try store.bytes(in: "\(store.root)/blobs"))) }
        return max(0, room)
    }

    /// `PUT /v2/NAME/manifests/REFERENCE`.
    func putManifest(
        _ name: RepositoryName, _ reference: ManifestReference, _ request: RegistryRequest, _ bytes: [UInt8]
    ) async throws(RegistryError) -> Response {
        let facts = try ManifestFacts(bytes, contentType: request.headers.first(name: "content-type"))
        var tags: [TagName] = []
        var wanted: Digest?
        switch reference {
        case .tag(let tag): tags = [tag]
        case .digest(let digest): wanted = digest
        }
        for text in request.query.all("tag") {
            guard let tag = TagName(text) else {
                throw RegistryError(.manifestInvalid, "invalid tag: \(text)")
            }
            tags.append(tag)
        }
        guard let digest = Hasher.digest(of: bytes, like: wanted) else { throw Self.notAllowed }
        if let wanted, wanted != digest {
            throw RegistryError(
                .digestInvalid,
                "provided digest did not match uploaded content: \(wanted), content is \(digest)")
        }
        let all = tags
        try await blocking { () throws(RegistryError) in
            try store.putManifest(name, bytes, facts, digest: digest, tags: all)
        }
        var headers: HTTPHeaders = [
            "Location": "/v2/\(name)/manifests/\(digest)", "Docker-Content-Digest": digest.description
        ]
        if let subject = facts.subject { headers.add(name: "OCI-Subject", value: subject.description) }
        if request.query["tag"] != nil {
            headers.add(name: "OCI-Tag", value: tags.map(\.text).joined(separator: ", "))
        }
        return .full(.created, headers, [])
    }

    private func created(blob name: RepositoryName, _ digest: Digest) -> Response {
        .full(
            .created,
            ["Location": "/v2/\(name)/blobs/\(digest)", "Docker-Content-Digest": digest.description], [])
    }

    /// Where an upload is, and how far it has got.
    static func progress(_ name: RepositoryName, _ id: UploadID, _ size: Int64) -> HTTPHeaders {
        [
            "Location": "/v2/\(name)/blobs/uploads/\(id)", "Range": "0-\(max(0, size - 1))",
            "Docker-Upload-UUID": id.text
        ]
    }
}

extension RegistryRequest {
    /// The digest that the query names; nil where it names none. Throws `DIGEST_INVALID`.
    var digest: Digest? {
        get throws(RegistryError) {
            guard let text = query["digest"] else { return nil }
            return try Endpoint.digest(Substring(text))
        }
    }
}
