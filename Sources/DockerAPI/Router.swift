import Engine
import NIOCore
import NIOHTTP1
import Support

/// What answers one kind of request.
typealias Handler = @Sendable (Request) async throws(EscaleError) -> Response

/// Finds the route of a request: methods and paths of the Docker Engine API, with or without version.
struct Router: Sendable {
    private struct Route: Sendable {
        let pattern: [Segment]
        let streamsBody: Bool
        let handler: Handler
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case capture(String)
        /// One segment or more: names of images have slashes.
        case rest(String)
    }

    private var routes: [String: [Route]] = [:]

    init() {}

    /// Adds `GET /containers/{id}/json`; `{name*}` captures several segments.
    /// - Parameter streamsBody: the body comes in pieces and has no size limit.
    mutating func on(
        _ method: HTTPMethod, _ path: String, streamsBody: Bool = false, _ handler: @escaping Handler
    ) {
        let pattern = path.split(separator: "/").map { part -> Segment in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("*") ? .rest(String(name.dropLast())) : .capture(String(name))
        }
        routes[method.rawValue, default: []].append(
            Route(pattern: pattern, streamsBody: streamsBody, handler: handler))
    }

    private static let notFound = EscaleError(.notFound, "page not found")

    /// Asked on the event loop, before the body is there.
    func streamsBody(_ head: HTTPRequestHead) -> Bool {
        guard let target = try? Target(head.uri) else { return false }
        return find(head.method, target.path)?.0.streamsBody ?? false
    }

    func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response {
        let target = try Target(head.uri)
        guard let (route, captures) = find(head.method, target.path) else { throw Self.notFound }
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

    private func find(_ method: HTTPMethod, _ path: [String]) -> (Route, [String: String])? {
        // HEAD is GET without the body, except where a route is for HEAD itself.
        let candidates = [method.rawValue] + (method == .HEAD ? ["GET"] : [])
        for candidate in candidates {
            for route in routes[candidate] ?? [] {
                if let captures = Self.match(route.pattern[...], path[...]) { return (route, captures) }
            }
        }
        return nil
    }

    private static func match(_ pattern: ArraySlice<Segment>, _ path: ArraySlice<String>) -> [String: String]?
    {
        guard let first = pattern.first else { return path.isEmpty ? [:] : nil }
        let tail = pattern.dropFirst()
        guard let segment = path.first else { return nil }
        switch first {
        case .literal(let text):
            return text == segment ? match(tail, path.dropFirst()) : nil
        case .capture(let name):
            guard !segment.isEmpty, var captures = match(tail, path.dropFirst()) else { return nil }
            captures[name] = segment
            return captures
        case .rest(let name):
            let count = path.count - tail.count
            guard count >= 1, var captures = match(tail, path.dropFirst(count)) else { return nil }
            captures[name] = path.prefix(count).joined(separator: "/")
            return captures
        }
    }
}

/// The target of a request: version, path and query.
struct Target {
    let version: APIVersion
    let path: [String]
    let query: Query

    init(_ uri: String) throws(EscaleError) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments = (parts.first ?? "").split(separator: "/")
        query = Query(parts.count > 1 ? parts[1] : "")
        if let first = segments.first, let version = APIVersion(segment: first) {
            if version > .newest {
                throw EscaleError(
                    .invalid,
                    "client version \(version.text) is too new. Maximum supported API version is "
                        + APIVersion.newest.text)
            }
            if version < .oldest {
                throw EscaleError(
                    .invalid,
                    "client version \(version.text) is too old. Minimum supported API version is "
                        + "\(APIVersion.oldest.text), please upgrade your client to a newer version")
            }
            self.version = version
            segments.removeFirst()
        } else {
            version = .newest
        }
        path = segments.map { PercentCoding.decode($0) }
    }
}
