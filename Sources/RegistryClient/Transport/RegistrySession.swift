import Glibc
import Linux
import OCI
import Support
import Synchronization

/// Conversations with registries for one piece of work (a pull, a push, a build): what was learnt of a
/// host (its scheme, its way of authenticating, its tokens) and the open connections are kept for the next
/// request. For any number of threads.
public final class RegistrySession: Sendable {
    package let settings: RegistrySettings
    package let cancellation: Cancellation
    package let policy: RetryPolicy
    private let credential: @Sendable (_ domain: String) -> Credential?
    private let state = Mutex(State())

    private struct State {
        /// What answered: `http` or `https`, by host.
        var schemes: [String: String] = [:]
        /// How a host wants to be asked.
        var challenges: [String: Challenge] = [:]
        var tokens: [TokenKey: Token] = [:]
        var idle: [IdleTransfer] = []
    }

    private struct TokenKey: Hashable {
        let host: String
        let scopes: [TokenScope]
    }

    /// - Parameter credential: the user's for a domain (`docker.io`, `localhost:5000`); nil for anonymous.
    public init(
        settings: RegistrySettings, cancellation: Cancellation = Cancellation(),
        credential: @escaping @Sendable (_ domain: String) -> Credential? = { _ in nil }
    ) {
        self.settings = settings
        self.cancellation = cancellation
        self.credential = credential
        policy = RetryPolicy()
    }

    /// One request to a registry.
    package struct Request: Sendable {
        var method: String
        /// After `/v2/`, or a whole address that the registry gave.
        var target: String
        var headers: [(String, String)] = []
        var body = HTTPRequest.Body.none
        var scopes: [TokenScope]
        var sent: (@Sendable (Int64) -> Void)?

        package init(
            _ method: String, _ target: String, headers: [(String, String)] = [], scopes: [TokenScope]
        ) {
            self.method = method
            self.target = target
            self.headers = headers
            self.scopes = scopes
        }
    }

    /// Asks once: in the right scheme, authenticated as the registry wants it. Any answer but a success is
    /// thrown.
    package func ask(
        _ endpoint: Endpoint, _ request: Request,
        receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    ) throws(RegistryFailure) -> HTTPResponse {
        var refused = false
        while true {
            var http = HTTPRequest(request.method, "")
            http.headers = request.headers
            http.body = request.body
            http.sent = request.sent
            // What the registry gave an address of elsewhere (a storage service) isn't shown our token.
            if let value = try authorization(endpoint, request, anew: refused) {
                http.headers.append(("Authorization", value))
            }
            let response = try send(endpoint, request.target, http, receive)
            if response.isSuccess { return response }
            guard response.status == 401, !refused, isOwn(request.target, endpoint) else {
                throw RegistryFailure(response, method: request.method)
            }
            refused = true
            let challenges = Challenge.parse(response.headers["www-authenticate"] ?? "")
            guard
                let challenge = challenges.first(where: { $0.scheme == "bearer" })
                    ?? challenges.first(where: { $0.scheme == "basic" })
            else { throw RegistryFailure(response, method: request.method) }
            if challenge.scheme == "basic", !hasPassword(endpoint) {
                throw RegistryFailure(
                    .status(401, retryAfter: nil),
                    EscaleError(.denied, "\(request.method) \"\(response.url)\": no basic auth credentials"),
                    words: "no basic auth credentials")
            }
            state.withLock { s in
                s.challenges[endpoint.host] = challenge
                s.tokens[TokenKey(host: endpoint.host, scopes: request.scopes)] = nil
            }
        }
    }

    /// The same, its whole body in the answer.
    package func ask(_ endpoint: Endpoint, _ request: Request, limit: Int = 8 << 20) throws(RegistryFailure)
        -> HTTPResponse
    {
        let body = Collected()
        var response = try ask(endpoint, request) { (_, bytes) throws(EscaleError) in
            guard body.bytes.count + bytes.count <= limit else {
                throw EscaleError(.invalid, "\(request.target): more than \(limit) bytes")
            }
            body.bytes.append(contentsOf: bytes)
        }
        response.body = body.bytes
        return response
    }

    private final class Collected { var bytes: [UInt8] = [] }

    /// Tries until it succeeds or the policy gives up.
    package func retrying<R>(_ body: () throws(RegistryFailure) -> R) throws(RegistryFailure) -> R {
        var tried = 0
        while true {
            do throws(RegistryFailure) { return try body() } catch {
                tried += 1
                try pause(error, tried: tried)
            }
        }
    }

    /// Waits before the next try; throws where there is none.
    package func pause(_ failure: RegistryFailure, tried: Int) throws(RegistryFailure) {
        guard !cancellation.isCancelled, let wait = policy.wait(failure.kind, tried: tried) else {
            throw failure
        }
        let start = Monotonic.now
        while start.elapsedMilliseconds < Double(wait) {
            if cancellation.isCancelled { throw RegistryFailure(Cancellation.error) }
            usleep(20_000)
        }
    }

    // MARK: Schemes

    private func send(
        _ endpoint: Endpoint, _ target: String, _ http: HTTPRequest,
        _ receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    ) throws(RegistryFailure) -> HTTPResponse {
        var http = http
        do throws(EscaleError) { http.trust = try settings.trust(endpoint) } catch {
            throw RegistryFailure(error)
        }
        if target.contains("://") {
            http.url = target
            return try transfer(http, receive)
        }
        let known = state.withLock { $0.schemes[endpoint.host] }
        let schemes = known.map { [$0] } ?? endpoint.schemes
        for (i, scheme) in schemes.enumerated() {
            http.url = "\(scheme)://\(endpoint.host)/v2/\(target)"
            do throws(RegistryFailure) {
                let response = try transfer(http, receive)
                if known == nil { state.withLock { $0.schemes[endpoint.host] = scheme } }
                return response
            } catch {
                // TLS was not understood there: plain HTTP then, where it is allowed. A port that is closed is
                // closed for both.
                let isClosed = error.error.errno == ECONNREFUSED
                guard i + 1 < schemes.count, !isClosed, !cancellation.isCancelled, error.kind != .wrongContent
                else { throw error }
            }
        }
        throw RegistryFailure(EscaleError(.internal, "\(endpoint.host): no scheme to ask it with"))
    }

    func transfer(
        _ http: HTTPRequest,
        _ receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    ) throws(RegistryFailure) -> HTTPResponse {
        let one: Transfer
        if let idle = state.withLock({ $0.idle.popLast() }) {
            one = idle.transfer
        } else {
            do throws(EscaleError) { one = try Transfer() } catch { throw RegistryFailure(error) }
        }
        let idle = IdleTransfer(transfer: one)
        defer { state.withLock { $0.idle.append(idle) } }
        do throws(TransportFailure) {
            return try one.perform(http, cancellation: cancellation, receive: receive)
        } catch { throw RegistryFailure(error) }
    }

    // MARK: Authorization

    private func isOwn(_ target: String, _ endpoint: Endpoint) -> Bool {
        guard target.contains("://") else { return true }
        return Address.origin(target).hasSuffix("://\(endpoint.host)")
    }

    private func credential(_ endpoint: Endpoint) -> Credential? {
        if endpoint.isMirror { return nil }
        return credential(endpoint.host == Endpoint.hubHost ? Reference.defaultDomain : endpoint.host)
    }

    private func hasPassword(_ endpoint: Endpoint) -> Bool {
        if case .password = credential(endpoint) { true } else { false }
    }

    /// The header for a request, by what is known of the host; nil for none.
    private func authorization(_ endpoint: Endpoint, _ request: Request, anew: Bool) throws(RegistryFailure)
        -> String?
    {
        guard isOwn(request.target, endpoint) else { return nil }
        let credential = credential(endpoint)
        if case .registryToken(let token) = credential { return "Bearer \(token)" }
        guard let challenge = state.withLock({ $0.challenges[endpoint.host] }) else { return nil }
        if challenge.scheme == "basic" {
            guard case .password(let user, let password) = credential else { return nil }
            return Credential.basic(user, password)
        }
        let key = TokenKey(host: endpoint.host, scopes: request.scopes)
        let now = Double(Monotonic.now.nanoseconds) / 1e6
        if !anew, let token = state.withLock({ $0.tokens[key] }), token.isAlive(at: now) {
            return "Bearer \(token.value)"
        }
        let token = try token(endpoint, challenge, request.scopes, credential)
        state.withLock { $0.tokens[key] = token }
        return "Bearer \(token.value)"
    }

    private func token(
        _ endpoint: Endpoint, _ challenge: Challenge, _ scopes: [TokenScope], _ credential: Credential?
    ) throws(RegistryFailure) -> Token {
        let texts = TokenScope.wanted(scopes, challenge: challenge)
        if case .identityToken = credential, let credential {
            return try token(endpoint, TokenRequest.post(challenge, scopes: texts, credential: credential))
        }
        do throws(RegistryFailure) {
            return try token(endpoint, TokenRequest.get(challenge, scopes: texts, credential: credential))
        } catch {
            // A server that knows the OAuth 2 way alone.
            guard let credential, error.status == 404 || error.status == 405 else { throw error }
            return try token(endpoint, TokenRequest.post(challenge, scopes: texts, credential: credential))
        }
    }

    private func token(_ endpoint: Endpoint, _ request: HTTPRequest?) throws(RegistryFailure) -> Token {
        guard var request, request.url.hasPrefix("https://") || endpoint.isInsecure else {
            throw RegistryFailure(
                EscaleError(
                    .denied, "\(endpoint.host): its token server can't be trusted with a password: no https"))
        }
        do throws(EscaleError) { request.trust = try settings.trust(endpoint) } catch {
            throw RegistryFailure(error)
        }
        let body = Collected()
        let response = try transfer(request) { (_, bytes) throws(EscaleError) in
            if body.bytes.count < 1 << 20 { body.bytes.append(contentsOf: bytes) }
        }
        guard response.isSuccess else { throw RegistryFailure(response, method: request.method) }
        let json = (try? JSON.parse(body.bytes)) ?? .null
        guard let token = Token(json, now: Double(Monotonic.now.nanoseconds) / 1e6) else {
            throw RegistryFailure(
                EscaleError(.denied, "\(request.url): authorization server did not include a token"))
        }
        return token
    }
}

/// A handle that nobody uses for the moment: it may go to another thread then.
private struct IdleTransfer: @unchecked Sendable {
    let transfer: Transfer
}
