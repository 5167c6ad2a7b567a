import Engine
import HTTP
import NIOHTTP1
import OCI
import Support

extension APIRoutes {
    static func images(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/images/json") { request throws(EscaleError) in
            .ok(
                try await engine.listImages(
                    all: request.query.flag("all"), filters: try request.query.json("filters")))
        }
        router.on(.GET, "/images/{name*}/json") { request throws(EscaleError) in
            .ok(try engine.inspectImage(request.capture("name")))
        }
        router.on(.GET, "/images/{name*}/history") { request throws(EscaleError) in
            .ok(try engine.imageHistory(request.capture("name")))
        }
        router.on(.POST, "/images/{name*}/tag") { request throws(EscaleError) in
            guard let repository = request.query.text("repo") else {
                throw EscaleError(.invalid, "invalid reference format")
            }
            try engine.tagImage(
                request.capture("name"), repository: repository, tag: request.query["tag"] ?? "")
            return .empty(.created)
        }
        router.on(.DELETE, "/images/{name*}") { request throws(EscaleError) in
            .ok(try await engine.removeImage(request.capture("name"), force: request.query.flag("force")))
        }
        router.on(.POST, "/images/prune") { request throws(EscaleError) in
            .ok(try await engine.pruneImages(try request.query.json("filters")))
        }
        router.on(.POST, "/images/create", streamsBody: true) { request throws(EscaleError) in
            if request.query.text("fromSrc") != nil { return try await importArchive(engine, request) }
            guard request.query.text("fromImage") != nil else {
                throw EscaleError(
                    .invalid, "neither an image to pull (fromImage) nor one to import (fromSrc)")
            }
            return try await pull(engine, request)
        }
    }
}
