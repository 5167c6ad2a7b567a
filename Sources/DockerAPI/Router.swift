import Engine
import HTTP
import NIOCore
import NIOHTTP1
import Support

/// The routes of the Docker Engine API, with or without a version in front.
struct Router: Service {
    private struct Route: Sendable {
        let streamsBody: Bool
        let handler: Handler
    }

    private var table = RouteTable<Route>()

    init() {}

    /// Adds `GET /containers/{id}/json`; `{name*}` captures several segments.
    /// - Parameter streamsBody: the body comes in pieces and has no size limit.
    mutating func on(
        _ method: HTTPMethod, _ path: String, streamsBody: Bool = false, _ handler: @escaping Handler
    ) {
        table.add(method.rawValue, path, Route(streamsBody: streamsBody, handler: handler))
    }

    private static let notFound = EscaleError(.notFound, "page not found")

    let headers: HTTPHeaders = [
        "Api-Version": APIVersion.newest.text, "Ostype": "linux", "Docker-Experimental": "false",
        "Server": "Escale/\(Engine.version) (linux)"
    ]

    /// JSON documents.
    let bodyLimit = 4 << 20

    func streamsBody(_ head: HTTPRequestHead) -> Bool {
        guard let (target, _) = try? APIVersion.split(head.uri) else { return false }
        return table.find(head.method.rawValue, target.path)?.value.streamsBody ?? false
    }

    func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response {
        let (target, version) = try APIVersion.split(head.uri)
        guard let (route, found) = table.find(head.method.rawValue, target.path) else {
            throw Self.notFound
        }
        if case .whole(let bytes) = body, !bytes.isEmpty {
            try Self.checkContentType(head.headers)
        }
        var captures = found
        captures[Request.versionCapture] = version.text
        return try await route.handler(Request(head, target, body, captures: captures))
    }

    func answer(to error: EscaleError) -> Response { .json(error.httpStatus, error.document) }

    /// Browsers may not be made to post forms at the socket's owner.
    private static func checkContentType(_ headers: HTTPHeaders) throws(EscaleError) {
        guard let type = headers.first(name: "content-type") else { return }
        let media = type.split(separator: ";").first.map(String.init) ?? ""
        guard
            ["application/json", "application/x-tar", "application/octet-stream", "text/plain"].contains(
                media)
        else {
            throw EscaleError(
                .invalid, "unsupported Content-Type header (\(media)): must be 'application/json'")
        }
    }
}

extension Request {
    static let versionCapture = "/version"

    /// `1.47` of `/v1.47/…`; the newest we serve where the path names none.
    var version: APIVersion { APIVersion(capture(Self.versionCapture)) ?? .newest }
}

extension EscaleError {
    /// Docker's status for this kind of failure.
    var httpStatus: HTTPResponseStatus {
        switch code {
        case .invalid: .badRequest
        case .notFound: .notFound
        case .conflict: .conflict
        case .denied: .forbidden
        case .unavailable: .notImplemented
        case .noSpace: .insufficientStorage
        case .noMemory, .timeout, .corrupt, .interrupted, .internal: .internalServerError
        }
    }

    /// Docker's error document; `repair` is ours alone.
    var document: JSON {
        guard let repair else { return ["message": .string(message)] }
        return ["message": .string(message), "repair": .string(repair)]
    }
}
