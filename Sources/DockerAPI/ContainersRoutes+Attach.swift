import Engine
import HTTP
import NIOHTTP1
import Support

extension APIRoutes {
    static func attach(_ engine: Engine, _ router: inout Router) {
        router.on(.POST, "/containers/{id}/attach") { request throws(EscaleError) in
            try await attach(engine, request)
        }
    }

    /// `application/vnd.docker.raw-stream` from a terminal, `…multiplexed-stream` else (since API 1.42).
    static func contentType(terminal: Bool, _ version: APIVersion) -> String {
        terminal || version < APIVersion(major: 1, minor: 42)
            ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream"
    }

    private static func attach(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response {
        let q = request.query
        let target = try await engine.attachTarget(request.capture("id"))
        let keys = try DetachKeys(q.text("detachKeys"))
        let stdin = q.flag("stdin")
        let stdout = q.flag("stdout")
        let stderr = q.flag("stderr")
        let logs = q.flag("logs")
        let live = q.flag("stream")
        guard logs || live else {
            throw EscaleError(.invalid, "attach: neither logs nor stream was asked for")
        }
        let line = AttachRequest.line(stdin: stdin && target.openStdin, stdout: stdout, stderr: stderr)
        return .hijack(contentType: contentType(terminal: target.terminal, request.version)) { connection in
            if logs {
                var options = LogOptions()
                options.stdout = stdout
                options.stderr = stderr
                try await engine.logs(target, options) { bytes in try await connection.write(bytes) }
            }
            guard live else {
                connection.close()
                return
            }
            await engine.attach(target) { socket in
                do {
                    try await connection.connect(
                        to: socket, request: line, detach: target.terminal && stdin ? keys : nil
                    ) { Task { await engine.detached(target) } }
                } catch {
                    // The container has just ended, or the client has left.
                    connection.close()
                }
            } drop: {
                connection.close()
            }
            await connection.waitUntilGone()
            await engine.forgetAttach(target)
        }
    }
}
