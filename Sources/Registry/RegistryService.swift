import HTTP
import NIOCore
import NIOHTTP1
import NIOPosix
import OCI
import Support

/// The distribution specification over HTTP (opencontainers/distribution-spec 1.1).
///
/// What only reads is answered on the event loop at once; what writes to the disk or takes a body, by a
/// task.
package struct RegistryService: Service {
    let store: RegistryStore
    let limits: Limits

    package init(store: RegistryStore, limits: Limits = Limits()) {
        self.store = store
        self.limits = limits
    }

    package let headers: HTTPHeaders = ["Docker-Distribution-Api-Version": "registry/2.0"]

    package var bodyLimit: Int { limits.manifest }

    package var tooLarge: Response {
        RegistryError(
            .sizeInvalid, "manifest larger than \(limits.manifest) bytes", status: .payloadTooLarge
        ).response
    }

    package func answer(to error: EscaleError) -> Response { RegistryError(error).response }

    package func streamsBody(_ head: HTTPRequestHead) -> Bool {
        switch head.method {
        case .POST, .PATCH: true
        case .PUT: head.uri.contains("/blobs/uploads/")
        default: false
        }
    }

    package func respondNow(to head: HTTPRequestHead) -> Response? {
        guard head.method == .GET || head.method == .HEAD else { return nil }
        do throws(RegistryError) { return try read(RegistryRequest(head)) } catch { return error.response }
    }

    package func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response
    {
        do throws(RegistryError) {
            let request = try RegistryRequest(head)
            if head.method == .GET || head.method == .HEAD { return try read(request) }
            return try await write(request, body)
        } catch {
            return error.response
        }
    }

    private func write(_ request: RegistryRequest, _ body: Request.Body) async throws(RegistryError)
        -> Response
    {
        switch (request.endpoint, request.method) {
        case (.uploads(let name), .POST): return try await begin(name, request, try Self.pieces(body))
        case (.upload(let name, let id), .PATCH):
            return try await append(name, id, request, try Self.pieces(body))
        case (.upload(let name, let id), .PUT):
            return try await close(name, id, request, try Self.pieces(body))
        case (.upload(let name, let id), .DELETE):
            try store.cancelUpload(name, id)
            return .empty(.noContent)
        case (.manifest(let name, let reference), .PUT):
            guard case .whole(let bytes) = body else { throw Self.notAllowed }
            return try await putManifest(name, reference, request, bytes)
        case (.manifest(let name, let reference), .DELETE):
            try await blocking { () throws(RegistryError) in try store.removeManifest(name, reference) }
            return .empty(.accepted)
        case (.blob(let name, let digest), .DELETE):
            try await blocking { () throws(RegistryError) in try store.removeBlob(name, digest) }
            return .empty(.accepted)
        default: throw Self.notAllowed
        }
    }

    static let notAllowed = RegistryError(.unsupported, "the operation is unsupported")

    private static func pieces(_ body: Request.Body) throws(RegistryError) -> BodyStream {
        guard case .pieces(let stream) = body else { throw notAllowed }
        return stream
    }
}

/// What a registry takes.
package struct Limits: Sendable, Equatable {
    /// Bytes of a manifest; the specification wants at least 4 megabytes.
    package var manifest = 4 << 20
    /// Bytes of a blob.
    package var blob: Int64 = 10 << 30
    /// Bytes of the blobs of a repository; nil for no limit.
    package var repository: Int64?
    /// Bytes of all blobs; nil for no limit.
    package var total: Int64?
    /// Seconds after which an upload that nobody goes on with is removed.
    package var uploadAge: Int64 = 24 * 3600

    package init() {}
}

/// A request whose path has been understood.
package struct RegistryRequest: Sendable {
    package let method: HTTPMethod
    package let endpoint: Endpoint
    package let query: Query
    package let headers: HTTPHeaders
    /// Undecoded, without the query.
    package let path: String

    package init(_ head: HTTPRequestHead) throws(RegistryError) {
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = parts.first ?? ""
        guard let endpoint = try Endpoint.parse(path) else {
            throw RegistryError(.unsupported, "page not found", status: .notFound)
        }
        self.endpoint = endpoint
        self.path = String(path)
        method = head.method
        query = Query(parts.count > 1 ? parts[1] : "")
        headers = head.headers
    }
}

/// Runs what waits for the disk on a thread that may wait.
func blocking<T: Sendable>(_ body: @escaping @Sendable () throws(RegistryError) -> T)
    async throws(RegistryError) -> T
{
    let result: Result<T, RegistryError>
    do {
        result = try await NIOThreadPool.singleton.runIfActive {
            do throws(RegistryError) { return .success(try body()) } catch { return .failure(error) }
        }
    } catch {
        throw RegistryError(.unknown, "the registry is ending", status: .serviceUnavailable)
    }
    return try result.get()
}
