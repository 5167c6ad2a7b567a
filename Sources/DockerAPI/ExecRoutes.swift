import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func exec(_ engine: Engine, _ router: inout Router) {
        router.on(.POST, "/containers/{id}/exec") { request throws(EscaleError) in
            let id = try await engine.createExec(request.capture("id"), try ExecConfig(try body(request)))
            return .json(.created, ["Id": .string(id)])
        }
        router.on(.POST, "/exec/{id}/start") { request throws(EscaleError) in
            try await startExec(engine, request)
        }
        router.on(.POST, "/exec/{id}/resize") { request throws(EscaleError) in
            let (width, height) = try size(request)
            try await engine.resizeExec(request.capture("id"), width: width, height: height)
            return .empty(.ok)
        }
        router.on(.GET, "/exec/{id}/json") { request throws(EscaleError) in
            .ok(try await engine.inspectExec(request.capture("id")))
        }
    }

    private static func startExec(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response
    {
        let json = try request.json()
        let target = try await engine.execTarget(request.capture("id"))
        let config = target.config
        let console = json["ConsoleSize"].array?.compactMap(\.int) ?? []
        let size = console.count == 2 ? (console[0], console[1]) : nil
        if json["Detach"].bool == true {
            try await engine.startExec(target.id, consoleSize: size, connect: nil)
            return .empty(.ok)
        }
        let keys = try DetachKeys(config.detachKeys)
        let line = AttachRequest.line(
            stdin: config.attachStdin, stdout: config.attachStdout, stderr: config.attachStderr)
        return .hijack(contentType: contentType(terminal: config.tty, request.version)) { connection in
            do {
                // The client may be through with a quick command before the engine is: its leaving must
                // not look like a failed start.
                try await Task {
                    try await engine.startExec(target.id, consoleSize: size) { socket in
                        do {
                            try await connection.connect(
                                to: socket, request: line,
                                detach: config.tty && config.attachStdin ? keys : nil, closesClient: false
                            ) {}
                        } catch { connection.close() }
                    }
                }.value
            } catch {
                // HTTP is over: the client reads the reason in the stream, as from Docker.
                let text = Array((EscaleError.wrap(error).message + "\r\n").utf8)
                try await connection.write(config.tty ? text : StreamFrame.encode(text, isError: false))
                connection.close()
                return
            }
            // Clients ask for the exit status as soon as the stream ends: it is known by then.
            if await connection.waitForPeerEnd() { await engine.waitForExec(target.id) }
            connection.close()
        }
    }
}
