import Support

/// `registry:` in a lab: a question to a registry, by the API that every registry has (OCI distribution specification).
public struct RegistryRequest: Sendable, Equatable {
    public enum Question: Sendable, Equatable {
        /// Names of its repositories, a line each.
        case catalog
        /// Tags of a repository, a line each.
        case tags(String)
        /// Digest of the manifest that `repository:tag` stands for.
        case digest(String)
        /// The manifest itself, in JSON.
        case manifest(String)
        /// Bytes of its configuration and layers that travel; less those of the other one, for who holds that.
        case size(String, besides: String?)
        /// The HTTP status of a path.
        case status(String)
    }

    /// `127.0.0.1:5001`
    public var host: String
    public var question: Question
    /// `name:password`
    public var user: String?

    static let keys = ["catalog", "tags", "digest", "manifest", "size", "besides", "status", "user"]

    static func parse(_ host: String, _ map: MapReader) -> RegistryRequest? {
        let question: Question
        if map.node["catalog"] != nil {
            question = .catalog
        } else if let name = map.text("tags") {
            question = .tags(name)
        } else if let name = map.text("digest") {
            question = .digest(name)
        } else if let name = map.text("manifest") {
            question = .manifest(name)
        } else if let name = map.text("size") {
            question = .size(name, besides: map.text("besides"))
        } else if let path = map.text("status") {
            question = .status(path)
        } else {
            map.problems.add(
                map.file, map.node.line, "que demander au registre « \(host) » ?",
                repair: "ajoutez l’une des clés : catalog, tags, digest, manifest, size, status")
            return nil
        }
        return RegistryRequest(host: host, question: question, user: map.text("user"))
    }

    var described: String {
        switch question {
        case .catalog: "le catalogue du registre \(host)"
        case .tags(let name): "les tags de « \(name) » dans le registre \(host)"
        case .digest(let name): "le digest de « \(name) » dans le registre \(host)"
        case .manifest(let name): "le manifeste de « \(name) » dans le registre \(host)"
        case .size(let name, let other):
            "les octets de « \(name) »\(other.map { " que n’a pas « \($0) »" } ?? "") dans le registre \(host)"
        case .status(let path): "le code HTTP de http://\(host)\(path)"
        }
    }

    var url: String { "http://\(host)\(path)" }

    private var path: String {
        switch question {
        case .catalog: "/v2/_catalog"
        case .tags(let name): "/v2/\(name)/tags/list"
        case .digest(let name), .manifest(let name), .size(let name, _): Self.manifestPath(name)
        case .status(let path): path
        }
    }

    /// `carnet:1.0` and `carnet@sha256:…`.
    static func manifestPath(_ name: String) -> String {
        let mark = name.firstIndex(of: "@") ?? name.lastIndex(of: ":") ?? name.endIndex
        let version = mark == name.endIndex ? "latest" : String(name[name.index(after: mark)...])
        return "/v2/\(name[..<mark])/manifests/\(version)"
    }

    private static let manifestTypes = [
        "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json"
    ]

    func read(_ c: CheckContext) throws(Unread) -> String {
        var headers = ["Accept: \(Self.manifestTypes.joined(separator: ", "))"]
        if let user { headers.append("Authorization: Basic \(Base64.encode(Array(user.utf8)))") }
        let method = if case .digest = question { "HEAD" } else { "GET" }
        let answer: HTTPAnswer
        do { answer = try c.world.request(method, url, headers: headers) } catch {
            throw Unread(
                "le registre \(host) ne répond pas",
                help: "Est-il démarré ? `escale registry ps` le montre ; \(error.reason).",
                got: "pas de réponse")
        }
        if case .status = question { return "\(answer.status)" }
        guard answer.status == 200 else {
            throw Unread(
                "\(url) répond \(answer.status)", help: "`curl -i \(url)` montre la réponse entière.",
                got: "\(answer.status)")
        }
        switch question {
        case .digest:
            guard let digest = answer.headers["docker-content-digest"] else {
                throw Unread("\(url) ne donne pas de digest")
            }
            return digest
        case .catalog: return try lines("repositories", answer.body)
        case .tags: return try lines("tags", answer.body)
        case .size(_, let other):
            var sizes = try blobs(answer.body)
            if let other {
                let body = try RegistryRequest(host: host, question: .manifest(other), user: user).read(c)
                for name in try blobs(body).keys { sizes[name] = nil }
            }
            return "\(sizes.values.reduce(0, +))"
        case .manifest, .status: return answer.body
        }
    }

    /// Digest -> bytes, of what a manifest refers to.
    private func blobs(_ body: String) throws(Unread) -> [String: Int] {
        guard let json = try? JSON.parse(Array(body.utf8)), let layers = json["layers"].array else {
            throw Unread("\(url) n’est pas le manifeste d’une image", got: Extraction.excerpt(body))
        }
        var sizes: [String: Int] = [:]
        for blob in [json["config"]] + layers {
            if let digest = blob["digest"].string { sizes[digest] = blob["size"].int ?? 0 }
        }
        return sizes
    }

    private func lines(_ member: String, _ body: String) throws(Unread) -> String {
        guard let json = try? JSON.parse(Array(body.utf8)) else {
            throw Unread("\(url) ne répond pas en JSON", got: Extraction.excerpt(body))
        }
        return (json[member].array ?? []).compactMap(\.string).joined(separator: "\n")
    }
}
