import NIOCore
import NIOHTTP1
import Support

/// What an HTTP server serves: an API's routes, its headers and its words for errors.
package protocol Service: Sendable {
    /// Carried by every answer.
    var headers: HTTPHeaders { get }
    /// Whole bodies larger than this, in bytes, are refused.
    var bodyLimit: Int { get }
    /// Whether the body comes to the route in pieces, of any size. Asked on the event loop, before the
    /// body is there.
    func streamsBody(_ head: HTTPRequestHead) -> Bool
    /// The answer to a request without a body, where it can be had without waiting; nil leaves it to
    /// `respond`. Asked on the event loop.
    func respondNow(to head: HTTPRequestHead) -> Response?
    func respond(to head: HTTPRequestHead, _ body: Request.Body) async throws(EscaleError) -> Response
    /// The answer that tells of an error.
    func answer(to error: EscaleError) -> Response
    /// The answer to a whole body that is larger than the limit.
    var tooLarge: Response { get }
}

extension Service {
    package func respondNow(to head: HTTPRequestHead) -> Response? { nil }

    package var tooLarge: Response { answer(to: EscaleError(.invalid, "http: request body too large")) }
}

/// What answers one kind of request.
package typealias Handler = @Sendable (Request) async throws(EscaleError) -> Response

/// The target of a request, `/path?query`, decoded.
package struct Target: Sendable {
    /// Percent-decoded segments.
    package var path: [String]
    package let query: Query

    package init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = (parts.first ?? "").split(separator: "/").map { PercentCoding.decode($0) }
        query = Query(parts.count > 1 ? parts[1] : "")
    }
}
