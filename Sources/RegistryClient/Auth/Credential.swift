import Support

/// How a user is known to a registry.
public enum Credential: Equatable, Sendable {
    case password(user: String, password: String)
    /// A refresh token (OAuth 2), which a token server gave at login.
    case identityToken(String)
    /// A bearer token, used as it is.
    case registryToken(String)

    /// `Authorization: Basic …` (RFC 7617).
    package static func basic(_ user: String, _ password: String) -> String {
        "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }

    /// One entry of Docker's `AuthConfig`, as in `X-Registry-Auth` and in `auths` of `config.json`; nil for
    /// an empty one.
    public init?(_ json: JSON) {
        if let token = json["registrytoken"].string, !token.isEmpty {
            self = .registryToken(token)
        } else if let token = json["identitytoken"].string, !token.isEmpty {
            self = .identityToken(token)
        } else if let user = json["username"].string, !user.isEmpty {
            self = .password(user: user, password: json["password"].string ?? "")
        } else if let auth = json["auth"].string, let bytes = Base64.decode(auth) {
            let text = String(decoding: bytes.filter { $0 != 0 }, as: UTF8.self)
            guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
            self = .password(
                user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
        } else {
            return nil
        }
    }

    /// The value of `X-Registry-Auth`: base 64 of Docker's `AuthConfig`. Nil for one that says nothing.
    public init?(registryAuth header: String) throws(EscaleError) {
        guard let bytes = Base64.decode(header), let json = bytes.isEmpty ? .null : try? JSON.parse(bytes)
        else {
            throw EscaleError(.invalid, "invalid X-Registry-Auth header: not base 64 of a JSON document")
        }
        self.init(json)
    }

    /// The value of `X-Registry-Config`, which comes with a build: base 64 of an `AuthConfig` a registry.
    public static func all(registryConfig header: String) throws(EscaleError) -> [String: Credential] {
        guard let bytes = Base64.decode(header), let members = (try? JSON.parse(bytes))?.object?.members
        else {
            throw EscaleError(.invalid, "invalid X-Registry-Config header: not base 64 of a JSON document")
        }
        var all: [String: Credential] = [:]
        for member in members { all[DockerConfigFile.domain(member.key)] = Credential(member.value) }
        return all
    }

    /// The same, written.
    public static func registryConfig(_ all: [String: Credential]) -> String {
        var o = JSONObject()
        for (domain, credential) in all.sorted(by: { $0.key < $1.key }) {
            let key = DockerConfigFile.key(domain)
            o[key] = credential.authConfig(server: key)
        }
        return urlSafe(.object(o))
    }

    private static func urlSafe(_ json: JSON) -> String {
        Base64.encode(json.bytes()).replacing("+", with: "-").replacing("/", with: "_")
    }

    /// The value of `X-Registry-Auth`, URL-safe as Docker writes it.
    public func registryAuth(server: String) -> String { Self.urlSafe(authConfig(server: server)) }
    private func authConfig(server: String) -> JSON {
        var o: [(String, JSON)] = [("serveraddress", .string(server))]
        switch self {
        case .password(let user, let password):
            o += [("username", .string(user)), ("password", .string(password))]
        case .identityToken(let token): o.append(("identitytoken", .string(token)))
        case .registryToken(let token): o.append(("registrytoken", .string(token)))
        }
        return .object(JSONObject(o))
    }
}
