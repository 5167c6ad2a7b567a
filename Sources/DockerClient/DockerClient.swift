import Glibc
import Linux
import Support

/// A blocking client of the Docker Engine API on a unix socket: ours, or a real Docker's when
/// `ESCALE_DOCKER_HOST=unix:///…` says so.
public struct DockerClient: Sendable {
    public let kit: Kit
    public let socket: String
    /// True when the socket is our own daemon's, which a client may start.
    public let isOurs: Bool

    public init(kit: Kit = .current) {
        self.kit = kit
        if let host = Environment["ESCALE_DOCKER_HOST"] {
            socket = host.hasPrefix("unix://") ? String(host.dropFirst(7)) : host
            isOurs = false
        } else {
            socket = kit.dockerSocket
            isOurs = true
        }
    }

    public struct Response: Sendable {
        public let status: Int
        /// Lower-case names.
        public let headers: [String: String]
        public let body: [UInt8]
    }

    /// The JSON of a successful answer (`.null` where it has no body).
    public func get(_ path: String, _ query: [(String, String)] = []) throws(EscaleError) -> JSON {
        try json("GET", path, query)
    }

    @discardableResult
    public func post(_ path: String, _ query: [(String, String)] = [], body: JSON? = nil)
        throws(EscaleError) -> JSON
    {
        try json("POST", path, query, body: body)
    }

    @discardableResult
    public func delete(_ path: String, _ query: [(String, String)] = []) throws(EscaleError) -> JSON {
        try json("DELETE", path, query)
    }

    private func json(_ method: String, _ path: String, _ query: [(String, String)], body: JSON? = nil)
        throws(EscaleError) -> JSON
    {
        let response = try request(method, path, query, body: body?.bytes() ?? [])
        return response.body.isEmpty ? .null : try JSON.parse(response.body)
    }

    /// One whole exchange. Statuses from 400 up throw with the engine's own message.
    public func request(
        _ method: String, _ path: String, _ query: [(String, String)] = [], body: [UInt8] = [],
        contentType: String = "application/json"
    ) throws(EscaleError) -> Response {
        do { return try exchange(method, path, query, body, contentType) } catch {
            // The daemon was about to die: what only asks may ask the next one.
            guard isOurs, ["GET", "HEAD"].contains(method), error.errno == ECONNRESET || error.errno == EPIPE
            else { throw error }
            return try exchange(method, path, query, body, contentType)
        }
    }

    private func exchange(
        _ method: String, _ path: String, _ query: [(String, String)], _ body: [UInt8], _ contentType: String
    ) throws(EscaleError) -> Response {
        let connection = try open()
        try connection.send(
            method, Self.target(path, query),
            headers: [("Content-Type", contentType), ("Connection", "close")],
            body: body)
        let head = try connection.readHead()
        var bytes: [UInt8] = []
        if method != "HEAD" {
            try connection.readBody(head) { piece throws(EscaleError) in
                bytes.append(contentsOf: piece)
                return true
            }
        }
        if head.status >= 400 { throw Self.failure(head, bytes) }
        return Response(status: head.status, headers: head.headers, body: bytes)
    }

    /// Hands each piece of a streamed answer over as it comes; `false` ends it early.
    public func stream(
        _ method: String, _ path: String, _ query: [(String, String)] = [], body: JSON? = nil,
        headers: [(String, String)] = [], _ piece: ([UInt8]) throws(EscaleError) -> Bool
    ) throws(EscaleError) {
        let connection = try open()
        try connection.send(
            method, Self.target(path, query), headers: [("Content-Type", "application/json")] + headers,
            body: body?.bytes() ?? [])
        let head = try connection.readHead()
        if head.status >= 400 {
            var bytes: [UInt8] = []
            try connection.readBody(head) { more throws(EscaleError) in
                bytes.append(contentsOf: more)
                return true
            }
            throw Self.failure(head, bytes)
        }
        try connection.readBody(head, piece)
    }

    /// Sends a body of any size, and hands each piece of the answer over as it comes.
    public func upload(
        _ path: String, _ query: [(String, String)] = [], contentType: String = "application/x-tar",
        headers: [(String, String)] = [],
        _ write: (_ chunk: ([UInt8]) throws(EscaleError) -> Void) throws(EscaleError) -> Void,
        _ piece: ([UInt8]) throws(EscaleError) -> Bool
    ) throws(EscaleError) {
        let connection = try open()
        signal(SIGPIPE, SIG_IGN)
        var failure: EscaleError?
        do throws(EscaleError) {
            try connection.send(
                "POST", Self.target(path, query), headers: [("Content-Type", contentType)] + headers,
                chunks: write)
        } catch {
            // An engine that has seen enough answers and reads no more: what it says comes first.
            guard error.errno == EPIPE || error.errno == ECONNRESET else { throw error }
            failure = error
        }
        let head: HTTPConnection.Head
        do { head = try connection.readHead() } catch { throw failure ?? error }
        if head.status >= 400 {
            var bytes: [UInt8] = []
            try connection.readBody(head) { more throws(EscaleError) in
                bytes.append(contentsOf: more)
                return true
            }
            throw Self.failure(head, bytes)
        }
        try connection.readBody(head, piece)
    }

    /// Takes the connection over after `attach` or `exec start`.
    public func hijack(_ path: String, _ query: [(String, String)] = [], body: JSON? = nil)
        throws(EscaleError) -> AttachStream
    {
        let connection = try open()
        try connection.send(
            "POST", Self.target(path, query),
            headers: [
                ("Content-Type", "application/json"), ("Connection", "Upgrade"), ("Upgrade", "tcp")
            ], body: body?.bytes() ?? [])
        let head = try connection.readHead()
        guard head.status == 101 || head.status == 200 else {
            var bytes: [UInt8] = []
            try connection.readBody(head) { more throws(EscaleError) in
                bytes.append(contentsOf: more)
                return true
            }
            throw Self.failure(head, bytes)
        }
        return try connection.takeOver()
    }

    func open() throws(EscaleError) -> HTTPConnection {
        do {
            return try HTTPConnection(socket: socket)
        } catch {
            guard error.code == .notFound || error.code == .unavailable else {
                throw error.errno == EACCES
                    ? EscaleError(
                        .denied,
                        "permission denied while trying to connect to the engine at unix://\(socket)",
                        errno: error.errno, repair: "id; ls -l \(socket)") : error
            }
            guard isOurs else {
                throw EscaleError(
                    .unavailable,
                    "Cannot connect to the Docker daemon at unix://\(socket). Is the docker daemon running?",
                    repair: "unset ESCALE_DOCKER_HOST")
            }
            try DaemonStart.ensure(kit: kit)
            return try HTTPConnection(socket: socket)
        }
    }

    static func failure(_ head: HTTPConnection.Head, _ body: [UInt8]) -> EscaleError {
        let document = (try? JSON.parse(body)) ?? .null
        let code: EscaleError.Code =
            switch head.status {
            case 400: .invalid
            case 401, 403: .denied
            case 404: .notFound
            case 409: .conflict
            case 501, 503: .unavailable
            case 507: .noSpace
            default: .internal
            }
        return EscaleError(
            code,
            "Error response from daemon: "
                + (document["message"].string ?? "HTTP \(head.status) \(head.reason)"),
            repair: document["repair"].string)
    }

    /// Path and query, percent-encoded (RFC 3986).
    public static func target(_ path: String, _ query: [(String, String)]) -> String {
        let pairs = query.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
        return pairs.isEmpty ? path : "\(path)?\(pairs)"
    }

    /// One path segment or query value, percent-encoded.
    public static func encode(_ text: String) -> String {
        var out = ""
        for c in text.utf8 {
            switch c {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: out.unicodeScalars.append(UnicodeScalar(c))
            default: out += "%" + Hex.encode([c]).uppercased()
            }
        }
        return out
    }
}

/// A `wait` that has been asked for: `finish` blocks until the container has ended.
public final class PendingWait {
    private let connection: HTTPConnection

    fileprivate init(_ connection: HTTPConnection) { self.connection = connection }

    /// - Returns: the exit status.
    public func finish() throws(EscaleError) -> Int {
        let head = try connection.readHead()
        var bytes: [UInt8] = []
        try connection.readBody(head) { piece throws(EscaleError) in
            bytes.append(contentsOf: piece)
            return true
        }
        if head.status >= 400 { throw DockerClient.failure(head, bytes) }
        let answer = try JSON.parse(bytes)
        if let message = answer["Error"]["Message"].string, !message.isEmpty {
            throw EscaleError(.internal, message)
        }
        return answer["StatusCode"].int ?? 0
    }
}

extension DockerClient {
    /// Asks to be told of the container's end. Conditions: `not-running`, `next-exit`, `removed`.
    public func beginWait(_ id: String, condition: String) throws(EscaleError) -> PendingWait {
        let connection = try open()
        try connection.send(
            "POST", Self.target("/containers/\(id)/wait", [("condition", condition)]), headers: [], body: [])
        return PendingWait(connection)
    }
}
