import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    /// Routes of the Docker Engine API that this engine knows of and does not serve: a client is told so
    /// (501) instead of meeting a page that does not exist. Added last: what is served comes first.
    static func absent(_ router: inout Router) {
        for (method, path, what) in absentRoutes {
            router.on(HTTPMethod(rawValue: method), path) { _ throws(EscaleError) in
                throw EscaleError(.unavailable, "not supported by this engine yet: \(what)")
            }
        }
    }

    /// Method, path, and what it is for.
    package static let absentRoutes: [(method: String, path: String, what: String)] =
        [
            ("POST", "/session", "BuildKit sessions"),
            ("POST", "/grpc", "BuildKit"),
            ("GET", "/containers/{id}/attach/ws", "attaching over a websocket"),
            ("PUT", "/volumes/{name}", "cluster volumes")
        ]
        + ["swarm", "nodes", "services", "tasks", "secrets", "configs"].flatMap { family in
            everything("/\(family)", "Swarm (\(family))")
        } + everything("/plugins", "plugins")
        + everything("/containers/{id}/checkpoints", "docker checkpoint")

    /// A family and all below it, by any method.
    private static func everything(_ path: String, _ what: String) -> [(String, String, String)] {
        ["GET", "POST", "PUT", "DELETE"].flatMap { [($0, path, what), ($0, path + "/{rest*}", what)] }
    }
}
