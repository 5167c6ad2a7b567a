import Glibc
import Linux
import OCI
import Support

/// `~/.docker/config.json` (or `$DOCKER_CONFIG/config.json`), shared with Docker's own client: who the user is
/// at which registry. What else stands in it is kept as it is.
public struct DockerConfigFile: Sendable {
    public let path: String
    package private(set) var document: JSON

    /// An absent file is an empty one. Throws `.invalid` with its name.
    public init(path: String = DockerConfigFile.defaultPath) throws(EscaleError) {
        self.path = path
        guard Files.exists(path) else {
            document = [:]
            return
        }
        do { document = try JSON.parse(try Files.read(path, limit: 16 << 20)) } catch {
            throw error.within(path)
        }
        guard document.object != nil else { throw EscaleError(.invalid, "\(path): not a JSON object") }
    }

    package init(path: String, document: JSON) {
        self.path = path
        self.document = document
    }

    public static var defaultPath: String {
        let folder = Environment["DOCKER_CONFIG"] ?? "\(Environment["HOME"] ?? "/root")/.docker"
        return "\(folder)/config.json"
    }

    /// A registry's name in the file: Docker Hub's is an address of old.
    public static func key(_ domain: String) -> String {
        domain == Reference.defaultDomain ? Endpoint.hubKey : domain
    }

    /// A registry's domain, from what a user or the file calls it: `https://index.docker.io/v1/` is `docker.io`.
    public static func domain(_ server: String) -> String {
        var rest = Substring(server)
        if let scheme = rest.firstRange(of: "://") { rest = rest[scheme.upperBound...] }
        let host = String(rest.prefix { $0 != "/" })
        return ["", "index.docker.io", "registry-1.docker.io", "docker.io"].contains(host)
            ? Reference.defaultDomain : host
    }

    /// The program that keeps a registry's secrets, by its suffix; nil where the file itself does.
    package func helper(_ domain: String) -> String? {
        let own = document["credHelpers"][Self.key(domain)].string ?? document["credHelpers"][domain].string
        return own ?? document["credsStore"].string.flatMap { $0.isEmpty ? nil : $0 }
    }

    public func credential(_ domain: String) throws(EscaleError) -> Credential? {
        if let helper = helper(domain) {
            if let found = try CredentialHelper(helper).get(Self.key(domain)) { return found }
        }
        return inFile(domain)
    }

    /// Whoever the file knows, by domain: for a build, whose images have any name. A helper that fails is passed
    /// over: most builds need none.
    public func all() -> [String: Credential] {
        var all: [String: Credential] = [:]
        let names = [document["auths"], document["credHelpers"]].flatMap { $0.object?.members ?? [] }
        for domain in Set(names.map { Self.domain($0.key) }) { all[domain] = try? credential(domain) }
        if let store = document["credsStore"].string, !store.isEmpty {
            for server in (try? CredentialHelper(store).list()) ?? [] {
                let domain = Self.domain(server)
                if all[domain] == nil { all[domain] = try? credential(domain) }
            }
        }
        return all
    }

    package func inFile(_ domain: String) -> Credential? {
        let auths = document["auths"].object?.members ?? []
        let exact = auths.first { $0.key == Self.key(domain) }
        return (exact ?? auths.first { Self.domain($0.key) == domain }).flatMap { Credential($0.value) }
    }

    /// Keeps a credential, where the file says; gives the place.
    public mutating func store(_ domain: String, user: String, password: String, identityToken: String?)
        throws(EscaleError) -> String
    {
        if let helper = helper(domain) {
            try CredentialHelper(helper).store(
                Self.key(domain), user: identityToken == nil ? user : "<token>",
                secret: identityToken ?? password)
            try setAuth(domain, [:])
            return "docker-credential-\(helper)"
        }
        var entry: [(String, JSON)] = [("auth", .string(Base64.encode(Array("\(user):\(password)".utf8))))]
        if let identityToken {
            entry = [
                ("auth", .string(Base64.encode(Array("\(user):".utf8)))),
                ("identitytoken", .string(identityToken))
            ]
        }
        try setAuth(domain, .object(JSONObject(entry)))
        return path
    }

    /// False where nothing was known.
    public mutating func erase(_ domain: String) throws(EscaleError) -> Bool {
        var known = inFile(domain) != nil
        if let helper = helper(domain) {
            known = try CredentialHelper(helper).get(Self.key(domain)) != nil || known
            try CredentialHelper(helper).erase(Self.key(domain))
        }
        try setAuth(domain, nil)
        return known
    }

    private mutating func setAuth(_ domain: String, _ entry: JSON?) throws(EscaleError) {
        var all = document.object ?? JSONObject()
        var auths = all["auths"]?.object ?? JSONObject()
        for key in auths.members.map(\.key) where Self.domain(key) == domain { auths[key] = nil }
        if let entry { auths[Self.key(domain)] = entry }
        all["auths"] = .object(auths)
        document = .object(all)
        try Files.makeDirectory(Path.parent(path), mode: 0o700)
        try Files.replace(path, document.bytes(pretty: true), mode: 0o600)
    }
}

/// `docker-credential-NAME`: a program that keeps secrets elsewhere (docker-credential-helpers, protocol).
struct CredentialHelper {
    private let program: String

    init(_ name: String) { program = "docker-credential-\(name)" }

    func get(_ server: String) throws(EscaleError) -> Credential? {
        let done = try Spawn.run(program, ["get"], input: Array(server.utf8))
        guard done.status == 0 else {
            if (done.text + done.errorText).contains("credentials not found") { return nil }
            throw failed("get", done)
        }
        let json = try JSON.parse(done.out)
        guard let user = json["Username"].string, let secret = json["Secret"].string, !user.isEmpty else {
            return nil
        }
        return user == "<token>" ? .identityToken(secret) : .password(user: user, password: secret)
    }

    func list() throws(EscaleError) -> [String] {
        let done = try Spawn.run(program, ["list"])
        guard done.status == 0 else { throw failed("list", done) }
        return (try JSON.parse(done.out).object?.members ?? []).map(\.key)
    }

    func store(_ server: String, user: String, secret: String) throws(EscaleError) {
        let document: JSON = [
            "ServerURL": .string(server), "Username": .string(user), "Secret": .string(secret)
        ]
        let done = try Spawn.run(program, ["store"], input: document.bytes())
        guard done.status == 0 else { throw failed("store", done) }
    }

    func erase(_ server: String) throws(EscaleError) {
        let done = try Spawn.run(program, ["erase"], input: Array(server.utf8))
        guard done.status == 0 || (done.text + done.errorText).contains("credentials not found") else {
            throw failed("erase", done)
        }
    }

    private func failed(_ verb: String, _ done: Spawn.Result) -> EscaleError {
        let words = (done.text + done.errorText).split(separator: "\n").first.map(String.init) ?? "no words"
        return EscaleError(.unavailable, "\(program) \(verb): status \(done.status): \(words)")
    }
}
