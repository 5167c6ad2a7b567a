import Archive
import Glibc
import Linux
import Support

/// Who a token stands for, and what it is good for.
package struct TokenClaims: Equatable, Sendable {
    /// nil for someone who has not logged in.
    package var user: String?
    /// Seconds since 1970.
    package var expires: Int64
    /// Rights by repository; nothing else may be done with it.
    package var access: [String: Right]

    package init(user: String?, expires: Int64, access: [String: Right]) {
        self.user = user
        self.expires = expires
        self.access = access
    }
}

/// Signs tokens and reads them back: JSON and its HMAC-SHA256 (RFC 2104). Clients do not look inside.
package struct TokenKey: Sendable {
    private let key: [UInt8]

    package init(_ key: [UInt8]) { self.key = key }

    /// The key in a file, made when missing: tokens outlive a restart.
    package init(path: String) throws(EscaleError) {
        if !Files.exists(path) { try Files.replace(path, Hex.random(32).utf8, mode: 0o600, durable: true) }
        key = try Files.read(path, limit: 4096)
    }

    package func sign(_ claims: TokenClaims) -> String {
        let access = claims.access.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value.rawValue)) }
        let json: JSON = [
            "user": JSON(claims.user), "expires": .int(claims.expires), "access": .object(JSONObject(access))
        ]
        let body = Hex.encode(json.bytes())
        return "\(body).\(mac(body))"
    }

    /// nil for a token that is not of this key, or has expired.
    package func read(_ token: some StringProtocol, now: Int64) -> TokenClaims? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.equal(mac(parts[0]), parts[1]), let bytes = Self.decode(parts[0]),
            let json = try? JSON.parse(bytes), let expires = json["expires"].int, now < expires
        else { return nil }
        var access: [String: Right] = [:]
        for (name, right) in json["access"].object?.members ?? [] {
            access[name] = right.int.flatMap(Right.init(rawValue:))
        }
        return TokenClaims(user: json["user"].string, expires: Int64(expires), access: access)
    }

    private func mac(_ text: some StringProtocol) -> String {
        // SHA-256's block is 64 bytes; our keys are never longer.
        let padded = Array(key.prefix(64)) + [UInt8](repeating: 0, count: max(0, 64 - key.count))
        let inner = SHA256.hex(of: padded.map { $0 ^ 0x36 } + Array(text.utf8))
        return SHA256.hex(of: padded.map { $0 ^ 0x5C } + (Self.decode(inner) ?? []))
    }

    private static func equal(_ a: some StringProtocol, _ b: some StringProtocol) -> Bool {
        guard a.utf8.count == b.utf8.count else { return false }
        return zip(a.utf8, b.utf8).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func decode(_ hex: some StringProtocol) -> [UInt8]? {
        let digits = hex.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == hex.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

/// What a client asks a token for: `repository:classe/web:pull,push` (Docker's token scopes).
package struct TokenScope: Equatable, Sendable {
    package let repository: String
    package let right: Right

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "repository" else { return nil }
        repository = String(parts[1])
        let actions = parts[2].split(separator: ",").map { action -> Right in
            switch action {
            case "pull": .read
            case "push": .write
            case "delete", "*": .admin
            default: .none
            }
        }
        right = actions.max() ?? .none
    }
}
