import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func system(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/_ping") { _ throws(EscaleError) in ping }
        router.on(.HEAD, "/_ping") { _ throws(EscaleError) in ping }
        router.on(.GET, "/version") { _ throws(EscaleError) in .ok(engine.versionDocument()) }
        router.on(.GET, "/info") { _ throws(EscaleError) in .ok(try await engine.info()) }
        router.on(.GET, "/system/df") { _ throws(EscaleError) in .ok(try await engine.diskUsage()) }
        router.on(.GET, "/events") { request throws(EscaleError) in try events(engine, request) }
    }

    private static var ping: Response {
        .full(
            .ok,
            [
                "Content-Type": "text/plain; charset=utf-8",
                "Cache-Control": "no-cache, no-store, must-revalidate",
                "Pragma": "no-cache", "Builder-Version": "1", "Swarm": "inactive"
            ], Array("OK".utf8))
    }

    private static let eventFilters: Set<String> = [
        "config", "container", "daemon", "event", "image", "label", "network", "node", "plugin", "scope",
        "secret", "service", "type", "volume"
    ]

    private static func events(_ engine: Engine, _ request: Request) throws(EscaleError) -> Response {
        let filters = try Filters(try request.query.json("filters"), accepted: eventFilters)
        let since = try APITime.parse(request.query["since"])
        let until = try APITime.parse(request.query["until"])
        if let until, until <= Timestamp.now {
            let past = engine.events.past(since: since ?? Timestamp(nanoseconds: 0), until: until)
            return .stream("application/json") { writer in
                for event in past where event.matches(filters) { try await writer.write(event.json) }
            }
        }
        let stream = engine.events.listen(since: since)
        return .stream("application/json") { writer in
            guard let until else {
                for await event in stream where event.matches(filters) { try await writer.write(event.json) }
                return
            }
            // The clock ends the stream: whichever task is first through ends the other.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await event in stream where event.matches(filters) {
                        try await writer.write(event.json)
                    }
                }
                group.addTask {
                    let wait = until.nanoseconds - Timestamp.now.nanoseconds
                    if wait > 0 { try await Task.sleep(nanoseconds: UInt64(wait)) }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}
