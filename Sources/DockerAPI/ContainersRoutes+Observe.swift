import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func observe(_ engine: Engine, _ router: inout Router) {
        router.on(.GET, "/containers/{id}/logs") { request throws(EscaleError) in
            try await logs(engine, request)
        }
        router.on(.GET, "/containers/{id}/top") { request throws(EscaleError) in
            .ok(try await engine.top(request.capture("id"), arguments: request.query.text("ps_args")))
        }
        router.on(.GET, "/containers/{id}/stats") { request throws(EscaleError) in
            try await stats(engine, request)
        }
    }

    private static func logs(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response {
        let q = request.query
        var options = LogOptions()
        options.stdout = q.flag("stdout")
        options.stderr = q.flag("stderr")
        guard options.stdout || options.stderr else {
            throw EscaleError(.invalid, "Bad parameters: you must choose at least one stream")
        }
        options.follow = q.flag("follow")
        options.timestamps = q.flag("timestamps")
        options.since = try APITime.parse(q["since"])
        options.until = try APITime.parse(q["until"])
        // Docker takes anything that is no number for "all".
        options.tail = q.text("tail").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
        let target = try await engine.logTarget(request.capture("id"))
        let chosen = options
        return .stream(contentType(terminal: target.terminal, request.version)) { writer in
            try await engine.logs(target, chosen) { bytes in try await writer.write(bytes) }
        }
    }

    private static func stats(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response {
        let id = request.capture("id")
        let stream = request.query.flag("stream", default: true)
        let oneShot = request.query.flag("one-shot")
        let first = try await engine.stats(id, previous: nil)
        guard stream else {
            if oneShot { return .ok(first) }
            guard try await engine.isRunning(id) else { return .ok(first) }
            // Percentages need two readings.
            try? await Task.sleep(nanoseconds: 1_000_000_000)
            return .ok(try await engine.stats(id, previous: first))
        }
        return .stream("application/json") { writer in
            var last = first
            try await writer.write(last)
            while true {
                try await Task.sleep(nanoseconds: 1_000_000_000)
                last = try await engine.stats(id, previous: last)
                try await writer.write(last)
            }
        }
    }
}
