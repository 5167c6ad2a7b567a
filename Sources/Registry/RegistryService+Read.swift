import HTTP
import NIOHTTP1
import OCI
import Support

extension RegistryService {
    /// Answers GET and HEAD (distribution-spec, "Pull" and "Content Discovery").
    func read(_ request: RegistryRequest, _ caller: Caller) throws(RegistryError) -> Response {
        switch request.endpoint {
        case .base: return .json(.ok, [:])
        case .manifest(let name, let reference): return try manifest(name, reference, request)
        case .blob(let name, let digest): return try blob(name, digest, request)
        case .tags(let name):
            guard let snapshot = try store.snapshot(name) else { throw RegistryStore.unknown(name) }
            let page = try Page(snapshot.tags, request.query, path: request.path)
            return list(["name": .string(name.text), "tags": JSON(page.names)], page)
        case .catalog:
            let names = try store.repositories().map(\.text).filter { gate.right(caller, in: $0) >= .read }
            let page = try Page(names, request.query, path: request.path)
            return list(["repositories": JSON(page.names)], page)
        case .referrers(let name, let digest): return try referrers(name, digest, request)
        case .upload(let name, let id):
            return .full(.noContent, Self.progress(name, id, try store.uploadSize(name, id)), [])
        case .uploads: throw Self.notAllowed
        }
    }

    private func list(_ document: JSON, _ page: Page) -> Response {
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        if let next = page.next { headers.add(name: "Link", value: "<\(next)>; rel=\"next\"") }
        return .full(.ok, headers, document.bytes())
    }

    private func manifest(
        _ name: RepositoryName, _ reference: ManifestReference, _ request: RegistryRequest
    ) throws(RegistryError) -> Response {
        let (entry, bytes) = try store.manifest(name, reference)
        let digest = entry.digest.description
        if isFresh(digest, request) { return .full(.notModified, ["ETag": "\"\(digest)\""], []) }
        return .full(
            .ok,
            ["Content-Type": entry.mediaType, "Docker-Content-Digest": digest, "ETag": "\"\(digest)\""],
            bytes)
    }

    private func blob(_ name: RepositoryName, _ digest: Digest, _ request: RegistryRequest)
        throws(RegistryError) -> Response
    {
        let blob = try store.open(name, digest)
        let size = blob.size
        let text = digest.description
        var headers: HTTPHeaders = [
            "Content-Type": "application/octet-stream", "Docker-Content-Digest": text,
            "ETag": "\"\(text)\"", "Accept-Ranges": "bytes",
            // Its name says its content: it never changes.
            "Cache-Control": "max-age=31536000"
        ]
        if isFresh(text, request) { return .full(.notModified, headers, []) }
        switch Ranges.choose(request.headers.first(name: "range"), size: size) {
        case .whole:
            return .file(.ok, headers, FileBody(blob.fd, offset: 0, count: size))
        case .part(let range):
            headers.add(name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound)/\(size)")
            let count = range.upperBound - range.lowerBound + 1
            return .file(.partialContent, headers, FileBody(blob.fd, offset: range.lowerBound, count: count))
        case .unsatisfiable:
            throw RegistryError(
                .sizeInvalid, "range not satisfiable: \(digest) has \(size) bytes",
                status: .rangeNotSatisfiable, headers: ["Content-Range": "bytes */\(size)"])
        }
    }

    private func isFresh(_ digest: String, _ request: RegistryRequest) -> Bool {
        guard let header = request.headers.first(name: "if-none-match") else { return false }
        return header == "\"\(digest)\"" || header == digest
    }

    /// A manifest that nobody refers to, or that is not here, has an empty list.
    private func referrers(_ name: RepositoryName, _ digest: Digest, _ request: RegistryRequest)
        throws(RegistryError) -> Response
    {
        var descriptors: [JSON] = []
        let wanted = request.query.text("artifactType")
        for entry in try store.snapshot(name)?.referrers(of: digest) ?? [] {
            let bytes = try store.content(name, entry.digest)
            let facts = try ManifestFacts(bytes, contentType: entry.mediaType)
            guard wanted == nil || facts.artifactType == wanted else { continue }
            descriptors.append(facts.descriptor(entry.digest, size: entry.size))
        }
        let index: JSON = [
            "schemaVersion": 2, "mediaType": .string(MediaType.index), "manifests": .array(descriptors)
        ]
        var headers: HTTPHeaders = ["Content-Type": MediaType.index]
        if wanted != nil { headers.add(name: "OCI-Filters-Applied", value: "artifactType") }
        return .full(.ok, headers, index.bytes())
    }
}
