import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func networks(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/networks") { request throws(EscaleError) in
            .ok(try await engine.listNetworks(try request.query.json("filters")))
        }
        router.on(.GET, "/networks/{id}") { request throws(EscaleError) in
            .ok(try await engine.inspectNetwork(request.capture("id")))
        }
        router.on(.POST, "/networks/create") { _ throws(EscaleError) in throw later }
        router.on(.POST, "/networks/prune") { _ throws(EscaleError) in .ok(["NetworksDeleted": .null]) }
        router.on(.POST, "/networks/{id}/connect") { _ throws(EscaleError) in throw later }
        router.on(.POST, "/networks/{id}/disconnect") { _ throws(EscaleError) in throw later }
        router.on(.DELETE, "/networks/{id}") { request throws(EscaleError) in
            let network = try await engine.inspectNetwork(request.capture("id"))
            throw EscaleError(
                .denied,
                "\(network["Name"].string ?? "") is a pre-defined network and cannot be removed")
        }
    }

    private static let later = EscaleError(
        .unavailable, "this engine has the networks bridge, host and none; others are not supported yet")
}
