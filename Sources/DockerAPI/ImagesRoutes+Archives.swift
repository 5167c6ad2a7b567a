import Engine
import HTTP
import NIOCore
import NIOHTTP1
import OCI
import Support

extension APIRoutes {
    /// `save`, `load`, `import`, `export`, `commit`, and what re-checks the store.
    static func imageArchives(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/images/get") { request throws(EscaleError) in
            try save(
                engine, request.query.all("names").flatMap { $0.split(separator: ",").map(String.init) },
                request)
        }
        router.on(.GET, "/images/{name*}/get") { request throws(EscaleError) in
            try save(engine, [request.capture("name")], request)
        }
        router.on(.POST, "/images/load", streamsBody: true) { request throws(EscaleError) in
            let lines = try await engine.loadImages(platform: try platform(request), try pieces(request))
            return .stream("application/json") { writer in
                for line in lines { try await writer.write(["stream": .string(line + "\n")]) }
            }
        }
        router.on(.GET, "/containers/{id}/export") { request throws(EscaleError) in
            let target = try await engine.archiveTarget(request.capture("id"), path: "/.", oneMount: true)
            return .stream("application/octet-stream") { writer in
                try await engine.archiveGet(target) { bytes in try await writer.write(bytes) }
            }
        }
        router.on(.POST, "/commit") { request throws(EscaleError) in
            guard let container = request.query.text("container") else {
                throw EscaleError(.invalid, "no container to commit")
            }
            let repository = request.query.text("repo")
            let tag = request.query.text("tag")
            var commit = Engine.CommitRequest(
                container: container, name: repository.map { r in tag.map { "\(r):\($0)" } ?? r })
            commit.message = request.query["comment"] ?? ""
            commit.author = request.query["author"] ?? ""
            commit.changes = request.query.all("changes").flatMap {
                $0.split(separator: "\n").map(String.init)
            }
            commit.pauses = request.query["pause"].map { !["0", "false", "False"].contains($0) } ?? true
            return .json(.created, ["Id": .string(try await engine.commit(commit))])
        }
    }

    /// `POST /images/create?fromSrc=-`.
    static func importArchive(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response {
        guard request.query["fromSrc"] == "-" else {
            throw EscaleError(
                .invalid, "import: only an archive that the client sends (fromSrc=-) can be read")
        }
        let tag = request.query.text("tag")
        let name = request.query.text("repo").map { r in tag.map { "\(r):\($0)" } ?? r }
        let id = try await engine.importImage(
            name: name, message: request.query["message"] ?? "",
            changes: request.query.all("changes").flatMap { $0.split(separator: "\n").map(String.init) },
            platform: try platform(request), try pieces(request))
        return .stream("application/json") { writer in try await writer.write(["status": .string(id)]) }
    }

    private static func save(_ engine: Engine, _ names: [String], _ request: Request) throws(EscaleError)
        -> Response
    {
        let platform = try platform(request)
        // Our own client's: `build -o type=oci,name=…`.
        let shown = try request.query.all("as").map { name throws(EscaleError) in try Reference(name) }
        try engine.checkSaved(names, platform: platform)
        return .stream("application/x-tar") { writer in
            try await engine.saveImages(names, platform: platform, as: shown) { try await writer.write($0) }
        }
    }

    /// `platform=linux/arm64`, or the JSON document that newer clients send.
    static func platform(_ request: Request) throws(EscaleError) -> Platform? {
        guard let text = request.query.text("platform") else { return nil }
        guard text.hasPrefix("{") else { return try Platform(text) }
        let json = try JSON.parse(text)
        return Platform(
            architecture: json["architecture"].string ?? "", os: json["os"].string ?? "linux",
            variant: json["variant"].string)
    }

    /// A streamed body. Throws where the client leaves before its end.
    private static func pieces(_ request: Request) throws(EscaleError)
        -> @Sendable () async throws(EscaleError) -> [UInt8]?
    {
        guard case .pieces(let stream) = request.body else { throw EscaleError(.internal, "no body") }
        return { () async throws(EscaleError) in
            guard let piece = await stream.next() else {
                if stream.wasCutOff {
                    throw EscaleError(.interrupted, "the client left before the end of the archive")
                }
                return nil
            }
            return Array(piece.readableBytesView)
        }
    }
}
