import Archive
import HTTP
import NIOHTTP1
import Support
import Synchronization

/// Who is asking.
package enum Caller: Equatable, Sendable {
    /// By name and password, or nobody in particular.
    case user(String?)
    case token(TokenClaims)
}

/// Decides who may do what: passwords, tokens and rules.
package final class Gate: Sendable {
    private let rules: AccessRules
    private let passwords: Passwords?
    private let tokens: TokenKey?
    /// Of the URL where tokens are had.
    private let scheme: String
    /// Logins that were found right, by the hash of their header: bcrypt is slow on purpose.
    private let known = Mutex<(stamp: FileStamp?, users: [String: String])>((nil, [:]))

    /// - Parameters:
    ///   - passwords: nil lets everybody in as nobody in particular.
    ///   - tokens: clients log in once for a token, instead of sending their password each time.
    package init(rules: AccessRules, passwords: Passwords?, tokens: TokenKey?, scheme: String = "http") {
        self.scheme = scheme
        self.rules = rules
        self.passwords = passwords
        self.tokens = tokens
    }

    package static let open = Gate(rules: .open, passwords: nil, tokens: nil)

    /// The caller, where that is known without bcrypt; nil where `identify` has to find out.
    func recognise(_ headers: HTTPHeaders) throws(RegistryError) -> Caller? {
        guard let passwords, let header = headers.first(name: "authorization") else { return .user(nil) }
        if let token = Self.credential(header, "bearer"), let tokens {
            guard let claims = tokens.read(token, now: Timestamp.now.seconds) else { throw Self.wrong }
            return .token(claims)
        }
        guard Self.credential(header, "basic") != nil else { throw Self.wrong }
        let key = SHA256.hex(of: header.utf8)
        let stamp = passwords.stamp
        return known.withLock { k -> Caller? in
            if k.stamp != stamp { k = (stamp, [:]) }
            return k.users[key].map { .user($0) }
        }
    }

    func identify(_ headers: HTTPHeaders) async throws(RegistryError) -> Caller {
        if let caller = try recognise(headers) { return caller }
        guard let passwords, let header = headers.first(name: "authorization"),
            let (user, password) = Self.basic(header)
        else { throw Self.wrong }
        guard try await blocking({ () throws(RegistryError) in passwords.check(user, password) }) else {
            throw Self.wrong
        }
        let key = SHA256.hex(of: header.utf8)
        known.withLock { k in
            if k.users.count >= 1024 { k.users = [:] }
            k.users[key] = user
        }
        return .user(user)
    }

    func right(_ caller: Caller, in repository: String) -> Right {
        switch caller {
        case .user(let user): rules.right(of: user, in: repository)
        // Rights taken away meanwhile count at once.
        case .token(let claims):
            min(claims.access[repository] ?? .none, rules.right(of: claims.user, in: repository))
        }
    }

    /// Throws `UNAUTHORIZED` to someone who may log in, `DENIED` to someone who has.
    func require(_ right: Right, _ repository: String, _ caller: Caller, _ headers: HTTPHeaders)
        throws(RegistryError)
    {
        guard self.right(caller, in: repository) < right else { return }
        let action = ["", "pull", "pull,push", "pull,push,delete"][right.rawValue]
        if case .user(.some(let user)) = caller {
            throw RegistryError(.denied, "\(user) may not \(right) in \(repository)")
        }
        // A token that does not reach: a client asks for one that does.
        if case .token(let claims) = caller, rules.right(of: claims.user, in: repository) < right,
            let user = claims.user
        {
            throw RegistryError(.denied, "\(user) may not \(right) in \(repository)")
        }
        throw challenge(headers, scope: "repository:\(repository):\(action)")
    }

    /// The protocol's front door: where there are passwords, clients learn here how to log in.
    func requireLogin(_ caller: Caller, _ headers: HTTPHeaders) throws(RegistryError) {
        if passwords != nil, caller == .user(nil) { throw challenge(headers, scope: nil) }
    }

    private static let wrong = RegistryError(
        .unauthorized, "wrong user name or password, or a token that has expired",
        headers: ["WWW-Authenticate": "Basic realm=\"escale\""])

    private func challenge(_ headers: HTTPHeaders, scope: String?) -> RegistryError {
        var text = "Basic realm=\"escale\""
        if tokens != nil {
            let host = headers.first(name: "host") ?? "localhost"
            text = "Bearer realm=\"\(scheme)://\(host)/token\",service=\"escale\""
            if let scope { text += ",scope=\"\(scope)\"" }
        }
        return RegistryError(
            .unauthorized, "authentication required", headers: ["WWW-Authenticate": text])
    }

    /// `GET /token`: a token for what the caller may do of what is asked for.
    func token(_ query: Query, _ caller: Caller) throws(RegistryError) -> Response {
        guard let tokens else { throw RegistryError(.unsupported, "page not found", status: .notFound) }
        guard case .user(let user) = caller else { throw Self.wrong }
        var access: [String: Right] = [:]
        for text in query.all("scope") {
            for part in text.split(separator: " ") {
                guard let scope = TokenScope(part) else { continue }
                access[scope.repository] = min(scope.right, rules.right(of: user, in: scope.repository))
            }
        }
        let now = Timestamp.now
        let seconds: Int64 = 300
        let token = tokens.sign(
            TokenClaims(user: user, expires: now.seconds + seconds, access: access))
        return .ok([
            "token": .string(token), "access_token": .string(token), "expires_in": .int(seconds),
            "issued_at": .string(now.rfc3339)
        ])
    }

    private static func credential(_ header: String, _ scheme: String) -> Substring? {
        guard let space = header.firstIndex(of: " "), header[..<space].lowercased() == scheme else {
            return nil
        }
        return header[header.index(after: space)...]
    }

    private static func basic(_ header: String) -> (String, String)? {
        guard let text = credential(header, "basic"), let bytes = Base64.decode(String(text)) else {
            return nil
        }
        let pair = String(decoding: bytes, as: UTF8.self)
            .split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return pair.count == 2 ? (String(pair[0]), String(pair[1])) : nil
    }
}
