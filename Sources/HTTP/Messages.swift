import NIOCore
import NIOHTTP1
import Support

/// One request, decoded from HTTP; its body is read whole or in pieces.
package struct Request: Sendable {
    package let method: HTTPMethod
    /// Percent-decoded segments, those that the route's pattern was compared with.
    package let path: [String]
    package let query: Query
    package let headers: HTTPHeaders
    package let body: Body
    /// What the route's pattern captured.
    package let captures: [String: String]

    package enum Body: Sendable {
        case whole([UInt8])
        case pieces(BodyStream)
    }

    package init(
        _ head: HTTPRequestHead, _ target: Target, _ body: Body, captures: [String: String] = [:]
    ) {
        method = head.method
        path = target.path
        query = target.query
        headers = head.headers
        self.body = body
        self.captures = captures
    }

    /// The body as JSON; `.null` where it is empty. Throws `.invalid` for wrong JSON.
    package func json() throws(EscaleError) -> JSON {
        guard case .whole(let bytes) = body, !bytes.isEmpty else { return .null }
        return try JSON.parse(bytes)
    }

    package func capture(_ name: String) -> String { captures[name] ?? "" }
}

/// What a route answers.
package enum Response: Sendable {
    case json(HTTPResponseStatus, JSON)
    case text(String)
    case empty(HTTPResponseStatus)
    /// With headers of its own.
    case full(HTTPResponseStatus, HTTPHeaders, [UInt8])
    case file(HTTPResponseStatus, HTTPHeaders, FileBody)
    /// The head goes out at once, then pieces as they come; the request's task is cancelled when the
    /// client leaves.
    case stream(
        contentType: String, headers: HTTPHeaders, body: @Sendable (StreamWriter) async throws -> Void)
    /// HTTP ends here: the connection is the route's.
    case hijack(contentType: String, take: @Sendable (HijackedConnection) async throws -> Void)

    package static func ok(_ value: JSON) -> Response { .json(.ok, value) }
    package static let noContent = Response.empty(.noContent)

    package static func stream(
        _ contentType: String, _ body: @escaping @Sendable (StreamWriter) async throws -> Void
    ) -> Response {
        .stream(contentType: contentType, headers: [:], body: body)
    }
}
