import Support

/// What a registry refused, or that it could not be asked.
package struct RegistryFailure: Error, Sendable {
    /// For `RetryPolicy`.
    package let kind: RetryPolicy.Failure
    /// As it stands; callers say it better where they know what was wanted.
    package let error: EscaleError
    /// The registry's own words, `manifest unknown: manifest unknown`; nil where it gave no answer.
    package var words: String?

    package init(_ kind: RetryPolicy.Failure, _ error: EscaleError, words: String? = nil) {
        self.kind = kind
        self.error = error
        self.words = words
    }

    package init(_ failure: TransportFailure) { self.init(failure.kind, failure.error) }

    /// A failure here, at this machine: not to be tried again.
    package init(_ error: EscaleError) { self.init(.unreachable, error) }

    package var status: Int? { if case .status(let status, _) = kind { status } else { nil } }

    /// An answer that is no success.
    package init(_ response: HTTPResponse, method: String, challenged: Bool = false) {
        let words = RegistryErrors.words(response)
        let code: EscaleError.Code =
            switch response.status {
            case 401, 403: .denied
            case 404: .notFound
            case 400, 405, 413, 415, 416: .invalid
            case 429: .unavailable
            default: .unavailable
            }
        let retryAfter = response.headers["retry-after"].flatMap { Int($0) }
        self.init(
            .status(response.status, retryAfter: retryAfter),
            EscaleError(
                code, response.status == 429 ? words : "\(method) \"\(response.url)\": \(words)",
                repair: RegistryErrors.repair(response.status, retryAfter)), words: words)
    }
}

package enum RegistryErrors {
    /// `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}` as Docker tells it: the code
    /// in small letters, then the message (distribution-spec, "Error Codes").
    package static func words(_ response: HTTPResponse) -> String {
        let json = (try? JSON.parse(response.body)) ?? .null
        let all = (json["errors"].array ?? []).compactMap { error -> String? in
            guard let code = error["code"].string else { return nil }
            let small = code.lowercased().replacing("_", with: " ")
            let message = error["message"].string ?? ""
            return message.isEmpty ? small : "\(small): \(message)"
        }
        if !all.isEmpty { return all.joined(separator: "; ") }
        // A token server's, and some proxies'.
        if let details = json["details"].string ?? json["error_description"].string ?? json["message"].string
        {
            return details
        }
        return switch response.status {
        case 401: "unauthorized: authentication required"
        case 403: "denied: requested access to the resource is denied"
        case 404: "not found"
        case 429: "toomanyrequests: too many requests"
        default: "unexpected status code \(response.status)"
        }
    }

    static func repair(_ status: Int, _ retryAfter: Int?) -> String? {
        guard status == 429 else { return nil }
        let when = retryAfter.map { "in \(Units.duration(Int64($0)))" } ?? "later"
        return "try again \(when), log in (escale login), or name a mirror in config/daemon.json"
    }
}
