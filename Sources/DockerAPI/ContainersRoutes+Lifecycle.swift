import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func lifecycle(_ engine: Engine, _ router: inout Router) {
        router.on(.POST, "/containers/{id}/start") { request throws(EscaleError) in
            _ = try DetachKeys(request.query.text("detachKeys"))
            if request.query.text("checkpoint") != nil {
                throw EscaleError(.invalid, "checkpoints are not supported by this engine")
            }
            return try await engine.start(request.capture("id")) ? .noContent : .empty(.notModified)
        }
        router.on(.POST, "/containers/{id}/stop") { request throws(EscaleError) in
            let (timeout, signal) = try grace(request)
            let stopped = try await engine.stop(request.capture("id"), timeout: timeout, signal: signal)
            return stopped ? .noContent : .empty(.notModified)
        }
        router.on(.POST, "/containers/{id}/restart") { request throws(EscaleError) in
            let (timeout, signal) = try grace(request)
            try await engine.restart(request.capture("id"), timeout: timeout, signal: signal)
            return .noContent
        }
        router.on(.POST, "/containers/{id}/kill") { request throws(EscaleError) in
            try await engine.kill(request.capture("id"), signal: request.query["signal"])
            return .noContent
        }
        router.on(.POST, "/containers/{id}/pause") { request throws(EscaleError) in
            try await engine.pause(request.capture("id"))
            return .noContent
        }
        router.on(.POST, "/containers/{id}/unpause") { request throws(EscaleError) in
            try await engine.unpause(request.capture("id"))
            return .noContent
        }
        router.on(.POST, "/containers/{id}/resize") { request throws(EscaleError) in
            let (width, height) = try size(request)
            try await engine.resize(request.capture("id"), width: width, height: height)
            return .empty(.ok)
        }
        router.on(.POST, "/containers/{id}/wait") { request throws(EscaleError) in
            let text = request.query.text("condition") ?? WaitCondition.notRunning.rawValue
            guard let condition = WaitCondition(rawValue: text) else {
                throw EscaleError(.invalid, "invalid condition: \"\(text)\"")
            }
            // The head goes out now: `docker run` starts the container once it has it.
            let stream = try await engine.wait(request.capture("id"), condition)
            return .stream("application/json") { writer in
                for await result in stream {
                    var answer = JSONObject([("StatusCode", JSON(result.status))])
                    if let error = result.error { answer["Error"] = ["Message": .string(error)] }
                    try await writer.write(.object(answer))
                }
            }
        }
    }

    private static func grace(_ request: Request) throws(EscaleError) -> (Int?, String?) {
        (try request.query.integer("t"), request.query.text("signal"))
    }

    /// `h` and `w` of a terminal.
    static func size(_ request: Request) throws(EscaleError) -> (width: Int, height: Int) {
        guard let h = try request.query.integer("h"), let w = try request.query.integer("w"),
            (0...65535).contains(h), (0...65535).contains(w)
        else { throw EscaleError(.invalid, "invalid size: h and w must be integers from 0 to 65535") }
        return (w, h)
    }
}
