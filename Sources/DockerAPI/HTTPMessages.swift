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

/// An API version, `1.24` to `1.47`.
struct APIVersion: Comparable, Sendable {
    let major: Int
    let minor: Int

    static let newest = APIVersion(major: 1, minor: 47)
    static let oldest = APIVersion(major: 1, minor: 24)

    /// From a path segment, `v1.47`.
    init?(segment: Substring) {
        guard segment.first == "v" else { return nil }
        let parts = segment.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let major = Int(parts[0]), let minor = Int(parts[1]) else { return nil }
        self.init(major: major, minor: minor)
    }

    init(major: Int, minor: Int) {
        self.major = major
        self.minor = minor
    }

    var text: String { "\(major).\(minor)" }

    static func < (a: APIVersion, b: APIVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }
}

/// The query of a URL, percent-decoded, in order.
struct Query: Sendable {
    let pairs: [(name: String, value: String)]

    init(_ text: Substring) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentCoding.decode(parts[0], plusIsSpace: true),
                parts.count > 1 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// A non-empty value.
    func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// As Docker reads booleans: absent, empty, `0`, `no`, `false` and `none` are false.
    func flag(_ name: String, default fallback: Bool = false) -> Bool {
        guard let value = self[name] else { return fallback }
        return !["", "0", "no", "false", "none"].contains(value.lowercased())
    }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// An integer; nil where it is absent, an error where it is something else.
    func integer(_ name: String) throws(EscaleError) -> Int? {
        guard let value = text(name) else { return nil }
        guard let n = Int(value) else {
            throw EscaleError(.invalid, "invalid value for \(name): \"\(value)\" is not an integer")
        }
        return n
    }

    /// A JSON parameter (`filters`); `.null` where it is absent.
    func json(_ name: String) throws(EscaleError) -> JSON {
        guard let value = text(name) else { return .null }
        do { return try JSON.parse(value) } catch { throw error.within("invalid \(name)") }
    }
}

/// Percent-encoding (RFC 3986, section 2.1).
enum PercentCoding {
    static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String {
        guard text.contains("%") || plusIsSpace && text.contains("+") else { return String(text) }
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var i = 0
        func digit(_ at: Int) -> UInt8? {
            guard at < bytes.count else { return nil }
            switch bytes[at] {
            case let c where c >= 48 && c <= 57: return c - 48
            case let c where c >= 65 && c <= 70: return c - 55
            case let c where c >= 97 && c <= 102: return c - 87
            default: return nil
            }
        }
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), let high = digit(i + 1), let low = digit(i + 2) {
                out.append(high << 4 | low)
                i += 3
            } else {
                out.append(plusIsSpace && bytes[i] == UInt8(ascii: "+") ? 0x20 : bytes[i])
                i += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
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
