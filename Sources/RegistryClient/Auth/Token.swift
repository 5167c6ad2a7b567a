import Support

/// A bearer token, and until when it may be used.
package struct Token: Equatable, Sendable {
    package let value: String
    /// By this machine's clock since boot, in milliseconds.
    let expires: Double
    package let refreshToken: String?

    /// A token server's answer; `now` in milliseconds since boot. Nil where it has no token. Without
    /// `expires_in` it lives for a minute; it counts as dead ten seconds early.
    package init?(_ json: JSON, now: Double) {
        guard
            let value = [json["token"], json["access_token"]].compactMap(\.string).first(where: {
                !$0.isEmpty
            })
        else { return nil }
        self.value = value
        let seconds = max(60, json["expires_in"].int ?? 60)
        expires = now + Double(seconds - 10) * 1000
        refreshToken = json["refresh_token"].string
    }

    package func isAlive(at now: Double) -> Bool { now < expires }
}

/// How a token is asked for (distribution, "Token Authentication" and its OAuth 2 variant).
package enum TokenRequest {
    /// Where a password is sent by basic authentication, or none at all.
    package static func get(_ challenge: Challenge, scopes: [String], credential: Credential?) -> HTTPRequest?
    {
        guard var url = challenge.parameters["realm"] else { return nil }
        if let service = challenge.parameters["service"] { url = Address.adding("service", service, to: url) }
        for scope in scopes { url = Address.adding("scope", scope, to: url) }
        var authorization: String?
        if case .password(let user, let password) = credential {
            url = Address.adding("account", user, to: url)
            authorization = Credential.basic(user, password)
        }
        var request = HTTPRequest("GET", url)
        if let authorization { request.headers.append(("Authorization", authorization)) }
        return request
    }

    /// With a refresh token, or a password for servers that know no GET.
    package static func post(
        _ challenge: Challenge, scopes: [String], credential: Credential, offline: Bool = false
    ) -> HTTPRequest? {
        guard let realm = challenge.parameters["realm"] else { return nil }
        var form = [("service", challenge.parameters["service"] ?? ""), ("client_id", "escale")]
        if !scopes.isEmpty { form.append(("scope", scopes.joined(separator: " "))) }
        switch credential {
        case .identityToken(let token): form += [("grant_type", "refresh_token"), ("refresh_token", token)]
        case .password(let user, let password):
            form += [("grant_type", "password"), ("username", user), ("password", password)]
        case .registryToken: return nil
        }
        if offline { form.append(("access_type", "offline")) }
        var request = HTTPRequest("POST", realm)
        request.headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        request.body = .bytes(
            Array(form.map { "\($0.0)=\(Address.encode($0.1))" }.joined(separator: "&").utf8))
        return request
    }
}
