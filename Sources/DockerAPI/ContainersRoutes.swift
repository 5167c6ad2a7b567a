import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func containers(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/containers/json") { request throws(EscaleError) in
            let q = request.query
            return .ok(
                try await engine.list(
                    all: q.flag("all"), limit: try q.integer("limit") ?? 0, size: q.flag("size"),
                    filters: try q.json("filters")))
        }
        router.on(.POST, "/containers/create") { request throws(EscaleError) in
            let created = try await engine.create(
                name: request.query.text("name"), platform: try platform(request), body: try body(request))
            return .json(.created, ["Id": .string(created.id), "Warnings": JSON(created.warnings)])
        }
        router.on(.GET, "/containers/{id}/json") { request throws(EscaleError) in
            .ok(try await engine.inspect(request.capture("id"), size: request.query.flag("size")))
        }
        router.on(.DELETE, "/containers/{id}") { request throws(EscaleError) in
            if request.query.flag("link") {
                throw EscaleError(.invalid, "links are not supported by this engine")
            }
            try await engine.remove(
                request.capture("id"), force: request.query.flag("force"), volumes: request.query.flag("v"))
            return .noContent
        }
        router.on(.POST, "/containers/{id}/rename") { request throws(EscaleError) in
            try await engine.rename(request.capture("id"), to: request.query["name"] ?? "")
            return .noContent
        }
        router.on(.POST, "/containers/{id}/update") { request throws(EscaleError) in
            let warnings = try await engine.update(request.capture("id"), try body(request))
            return .ok(["Warnings": JSON(warnings)])
        }
        router.on(.POST, "/containers/prune") { request throws(EscaleError) in
            let filters = try Filters(
                try request.query.json("filters"), accepted: ["until", "label", "label!"])
            let (ids, bytes) = try await engine.prune(filters)
            return .ok(["ContainersDeleted": ids.isEmpty ? .null : JSON(ids), "SpaceReclaimed": JSON(bytes)])
        }
        router.on(.GET, "/containers/{id}/changes") { request throws(EscaleError) in
            .ok(try await engine.changes(request.capture("id")))
        }
    }

    /// The body's JSON object.
    static func body(_ request: Request) throws(EscaleError) -> JSON {
        let json = try request.json()
        guard json.object != nil else {
            throw EscaleError(.invalid, json.isNull ? "EOF" : "invalid JSON: expected an object")
        }
        return json
    }
}
