import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func volumes(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/volumes") { request throws(EscaleError) in
            .ok(try await engine.listVolumes(try request.query.json("filters")))
        }
        router.on(.POST, "/volumes/create") { request throws(EscaleError) in
            let body = try request.json()
            return .json(.created, try await engine.createVolume(body))
        }
        router.on(.POST, "/volumes/prune") { request throws(EscaleError) in
            .ok(try await engine.pruneVolumes(try request.query.json("filters")))
        }
        router.on(.GET, "/volumes/{name}") { request throws(EscaleError) in
            .ok(try await engine.inspectVolume(request.capture("name")))
        }
        router.on(.DELETE, "/volumes/{name}") { request throws(EscaleError) in
            try await engine.removeVolume(request.capture("name"), force: request.query.flag("force"))
            return .noContent
        }
    }
}
