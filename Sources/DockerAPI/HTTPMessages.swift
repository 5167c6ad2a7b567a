import NIOCore
import NIOHTTP1
import Support

/// One request of the Docker API, decoded from HTTP; its body is read whole or in pieces.
struct Request: Sendable {
    let method: HTTPMethod
    /// Percent-decoded segments, without the version.
    let path: [String]
    let query: Query
    /// `1.47` of `/v1.47/…`; the newest we serve where the path names none.
    let version: APIVersion
    let headers: HTTPHeaders
    let body: Body
    /// What the route's pattern captured.
    var captures: [String: String] = [:]

    enum Body: Sendable {
        case whole([UInt8])
        case pieces(BodyStream)
    }

    /// The body as JSON; `.null` where it is empty. Wrong JSON is Docker's 400.
    func json() throws(EscaleError) -> JSON {
        guard case .whole(let bytes) = body, !bytes.isEmpty else { return .null }
        return try JSON.parse(bytes)
    }

    func capture(_ name: String) -> String { captures[name] ?? "" }
}

/// What a route answers.
enum Response: Sendable {
    case json(HTTPResponseStatus, JSON)
    case text(String)
    case empty(HTTPResponseStatus)
    /// With headers of its own: `HEAD /containers/ID/archive`, `/_ping`.
    case full(HTTPResponseStatus, HTTPHeaders, [UInt8])
    /// The head goes out at once, then pieces as they come; the request's task is cancelled when the
    /// client leaves.
    case stream(
        contentType: String, headers: HTTPHeaders, body: @Sendable (StreamWriter) async throws -> Void)
    /// HTTP ends here: the connection is the route's.
    case hijack(contentType: String, take: @Sendable (HijackedConnection) async throws -> Void)

    static func ok(_ value: JSON) -> Response { .json(.ok, value) }
    static let noContent = Response.empty(.noContent)

    static func stream(
        _ contentType: String, _ body: @escaping @Sendable (StreamWriter) async throws -> Void
    ) -> Response {
        .stream(contentType: contentType, headers: [:], body: body)
    }
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

    /// Docker's error document.
    var document: JSON { ["message": .string(message)] }
}
