import Engine
import NIOCore
import NIOHTTP1
import Support

/// What answers one kind of request.
typealias Handler = @Sendable (Request) async throws(EscaleError) -> Response

/// The routes of the Docker Engine API, with or without a version in front.
struct Router: Sendable {
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

    /// Asked on the event loop, before the body is there.
    func streamsBody(_ head: HTTPRequestHead) -> Bool {
        guard let target = try? Target(head.uri) else { return false }
        return table.find(head.method.rawValue, target.path)?.value.streamsBody ?? false
    }

    func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response {
        let target = try Target(head.uri)
        guard let (route, captures) = table.find(head.method.rawValue, target.path) else {
            throw Self.notFound
        }
        if case .whole(let bytes) = body, !bytes.isEmpty {
            try Self.checkContentType(head.headers)
        }
        let request = Request(
            method: head.method, path: target.path, query: target.query, version: target.version,
            headers: head.headers, body: body, captures: captures)
        return try await route.handler(request)
    }

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
