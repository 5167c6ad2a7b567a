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
    let gate: Gate
    let mirror: Mirror?
    let metrics = Metrics()

    package init(store: RegistryStore, limits: Limits = Limits(), gate: Gate = .open, mirror: Mirror? = nil) {
        self.mirror = mirror
        self.store = store
        self.limits = limits
        self.gate = gate
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
        let response: Response
        do throws(RegistryError) {
            guard let caller = try gate.recognise(head.headers) else { return nil }
            if mirror != nil, let request = try? RegistryRequest(head), try isElsewhere(request) {
                return nil
            }
            response = try answer(head, caller)
        } catch { response = error.response }
        metrics.answered(head.method, response)
        return response
    }

    package func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response
    {
        let response: Response
        do throws(RegistryError) {
            let caller = try await gate.identify(head.headers)
            if head.method == .GET || head.method == .HEAD {
                if let mirror, let request = try? RegistryRequest(head), try isElsewhere(request),
                    let name = request.endpoint.repository
                {
                    try gate.require(.read, name.text, caller, head.headers)
                    try await bring(request, mirror)
                }
                response = try answer(head, caller)
            } else {
                response = try await change(head, caller, body)
            }
        } catch { response = error.response }
        metrics.answered(head.method, response)
        return response
    }

    /// GET and HEAD.
    private func answer(_ head: HTTPRequestHead, _ caller: Caller) throws(RegistryError) -> Response {
        if !head.uri.hasPrefix("/v2") {
            let target = Target(head.uri)
            switch target.path {
            case ["metrics"]: return .text(metrics.text)
            case ["token"]: return try gate.token(target.query, caller)
            default: break
            }
        }
        let request = try RegistryRequest(head)
        if let name = request.endpoint.repository {
            try gate.require(.read, name.text, caller, head.headers)
        } else {
            try gate.requireLogin(caller, head.headers)
        }
        return try read(request, caller)
    }

    private func change(_ head: HTTPRequestHead, _ caller: Caller, _ body: Request.Body)
        async throws(RegistryError) -> Response
    {
        // Only browsers send it, for a page that has no business here.
        guard !head.headers.contains(name: "origin") else {
            throw RegistryError(.denied, "requests of web pages are refused")
        }
        let request = try RegistryRequest(head)
        guard let name = request.endpoint.repository else { throw Self.notAllowed }
        try gate.require(request.isRemoval ? .admin : .write, name.text, caller, head.headers)
        return try await write(request, caller, body)
    }

    private func write(_ request: RegistryRequest, _ caller: Caller, _ body: Request.Body)
        async throws(RegistryError) -> Response
    {
        switch (request.endpoint, request.method) {
        case (.uploads(let name), .POST): return try await begin(name, request, caller, try Self.pieces(body))
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

extension RegistryRequest {
    /// Takes a tag, manifest or blob away, which needs more than pushing does.
    var isRemoval: Bool {
        guard method == .DELETE else { return false }
        if case .upload = endpoint { return false }
        return true
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
