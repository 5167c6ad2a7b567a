import Engine
import HTTP
import NIOCore
import NIOHTTP1
import Support

extension APIRoutes {
    static func archive(_ engine: Engine, _ router: inout Router) {
        router.on(.HEAD, "/containers/{id}/archive") { request throws(EscaleError) in
            let target = try await engine.archiveTarget(
                request.capture("id"), path: request.query["path"] ?? "")
            return .full(.ok, statHeader(try await engine.archiveStat(target)), [])
        }
        router.on(.GET, "/containers/{id}/archive") { request throws(EscaleError) in
            let target = try await engine.archiveTarget(
                request.capture("id"), path: request.query["path"] ?? "")
            let headers = statHeader(try await engine.archiveStat(target))
            return .stream(contentType: "application/x-tar", headers: headers) { writer in
                try await engine.archiveGet(target) { bytes in try await writer.write(bytes) }
            }
        }
        router.on(.PUT, "/containers/{id}/archive", streamsBody: true) { request throws(EscaleError) in
            let target = try await engine.archiveTarget(
                request.capture("id"), path: request.query["path"] ?? "")
            guard case .pieces(let stream) = request.body else { throw EscaleError(.internal, "no body") }
            let keeps = request.query.flag("noOverwriteDirNonDir")
            try await engine.archivePut(target, keepsKinds: keeps) {
                await stream.next().map { Array($0.readableBytesView) }
            }
            return .empty(.ok)
        }
    }

    private static func statHeader(_ stat: JSON) -> HTTPHeaders {
        ["X-Docker-Container-Path-Stat": Base64.encode(stat.bytes())]
    }
}
