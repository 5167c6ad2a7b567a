import Glibc
import Linux
import ShimProtocol
import Support

/// How to answer the start of an exec.
package struct ExecTarget: Sendable {
    package let id: String
    package let config: ExecConfig
}

extension Engine {
    /// - Returns: the exec's id.
    package func createExec(_ reference: String, _ config: ExecConfig) throws(EscaleError) -> String {
        let c = try find(reference)
        try checkExec(c)
        let exec = Exec(id: Hex.random(32), container: c.id, config: config)
        c.execs[exec.id] = exec
        execs[exec.id] = exec
        emit(c, "exec_create: \(config.command.joined(separator: " "))", [("execID", exec.id)])
        return exec.id
    }

    private func checkExec(_ c: Container) throws(EscaleError) {
        switch c.state.status {
        case .running: return
        case .paused: throw conflict("container \(c.id) is paused, unpause the container before exec")
        case .restarting:
            throw conflict("container \(c.id) is restarting, wait until the container is running")
        default: throw notRunning(c)
        }
    }

    func findExec(_ id: String) throws(EscaleError) -> Exec {
        guard let exec = execs[id] else { throw EscaleError(.notFound, "No such exec instance: \(id)") }
        return exec
    }

    /// Before the connection is taken over: an error is still an HTTP answer.
    package func execTarget(_ id: String) throws(EscaleError) -> ExecTarget {
        let exec = try findExec(id)
        guard let c = containers[exec.container] else {
            throw EscaleError(.notFound, "No such container: \(exec.container)")
        }
        try checkExec(c)
        if exec.running { throw conflict("exec command \(id) is already running") }
        if exec.exitCode != nil { throw conflict("exec command \(id) has already run") }
        return ExecTarget(id: id, config: exec.config)
    }

    /// Starts the exec's process. `connect` attaches the client before it runs; nil for a detached one.
    package func startExec(
        _ id: String, consoleSize: (Int, Int)? = nil, connect: (@Sendable (String) async -> Void)?
    ) async throws(EscaleError) {
        let exec = try findExec(id)
        _ = try execTarget(id)
        guard let c = containers[exec.container] else {
            throw EscaleError(.notFound, "No such container: \(exec.container)")
        }
        exec.running = true
        do {
            let socket = try prepareExec(exec, c, consoleSize)
            let (stream, continuation) = AsyncStream.makeStream(of: Container.LaunchEvent.self)
            exec.launching = continuation
            let link = try launcher.launch(configPath: "\(c.paths.exec(id))/shim.json")
            exec.link = link
            watchExec(exec.id, link)
            var events = stream.makeAsyncIterator()
            exec.pid = try await created(&events)
            if let connect { await connect(socket) }
            try link.send(.start)
            try await started(&events)
            exec.launching = nil
            prepareNext()
            emit(c, "exec_start: \(exec.config.command.joined(separator: " "))", [("execID", id)])
            if exec.link == nil { execEnded(exec, status: exec.lastExit?.status ?? 137) }
        } catch {
            exec.launching = nil
            if let link = exec.link, link.pid > 0, error.errno == 0 { Glibc.kill(link.pid, SIGKILL) }
            execEnded(exec, status: (1...255).contains(error.errno) ? Int(error.errno) : 126)
            let message = error.message.replacingFirst(
                "OCI runtime create failed: ", with: "OCI runtime exec failed: "
            )
            .replacingFirst("failed to create task for container: failed to create shim task: ", with: "")
            throw EscaleError(error.code, message, errno: error.errno)
        }
    }

    private func prepareExec(_ exec: Exec, _ c: Container, _ consoleSize: (Int, Int)?) throws(EscaleError)
        -> String
    {
        let folder = c.paths.exec(exec.id)
        try Files.makeDirectory(folder, mode: 0o700)
        let image = try images.find(c.record.image)
        let layers = [c.paths.upper] + image.layers
        let passwd = RootFiles.text(layers, "etc/passwd")
        let group = RootFiles.text(layers, "etc/group")
        let name = exec.config.user.isEmpty ? c.options.user : exec.config.user
        let user = try ResolvedUser.resolve(name, more: c.options.groups, passwd: passwd, group: group)
        var config = exec.config
        if let consoleSize { config.consoleSize = consoleSize }
        let process = config.process(in: c.options, user: user, hostname: hostname(c))
        let socket = ContainerPaths.socket(kit, exec.id)
        let shim = ShimConfig(
            id: c.id, bundle: c.paths.bundle, lower: [], upper: c.paths.upper, work: c.paths.work,
            runtimeRoot: runtimeRoot, exec: try JSON.encode(process), terminal: config.tty,
            openStdin: config.attachStdin, stdinOnce: config.attachStdin, logPath: nil, socket: socket,
            exitFile: "\(folder)/exit.json")
        try Files.replace("\(folder)/shim.json", try JSON.encode(shim).bytes(), mode: 0o600)
        return socket
    }

    private func watchExec(_ id: String, _ link: any ShimLink) {
        Task {
            for await event in link.events { self.execHeard(id, event) }
            await link.reap()
            self.execLinkEnded(id)
        }
    }

    private func execHeard(_ id: String, _ event: ShimEvent) {
        guard let exec = execs[id] else { return }
        switch event {
        case .created(let pid): exec.launching?.yield(.created(pid: pid))
        case .started: exec.launching?.yield(.started)
        case .failed(let status, let message, _):
            exec.launching?.yield(.failed(status: status, message: message))
        case .exited(let exit): exec.lastExit = exit
        }
    }

    private func execLinkEnded(_ id: String) {
        guard let exec = execs[id] else { return }
        exec.link = nil
        if let launching = exec.launching {
            launching.yield(.gone)
            launching.finish()
        } else if exec.running {
            let file = containers[exec.container].map { "\($0.paths.exec(id))/exit.json" } ?? ""
            execEnded(exec, status: (exec.lastExit ?? Self.readExit(file))?.status ?? 137)
        }
    }

    func execEnded(_ exec: Exec, status: Int) {
        guard exec.running else { return }
        exec.running = false
        exec.exitCode = status
        for waiter in exec.waiters { waiter.resume() }
        exec.waiters = []
        unlink(ContainerPaths.socket(kit, exec.id))
        guard let c = containers[exec.container] else { return }
        try? Files.removeTree(c.paths.exec(exec.id))
        emit(c, "exec_die", [("execID", exec.id), ("exitCode", "\(status)")])
        forgetOldExecs(c)
    }

    /// Ended execs stay for `inspect` as long as they are among the last hundred.
    private func forgetOldExecs(_ c: Container) {
        guard c.execs.count > 200 else { return }
        for (id, exec) in c.execs where !exec.running && exec.exitCode != nil {
            guard c.execs.count > 100 else { return }
            c.execs[id] = nil
            execs[id] = nil
        }
    }

    /// Returns when it has ended, with its status.
    @discardableResult
    package func waitForExec(_ id: String) async -> Int {
        guard let exec = execs[id] else { return 137 }
        if exec.running { await withCheckedContinuation { exec.waiters.append($0) } }
        return exec.exitCode ?? 137
    }

    package func resizeExec(_ id: String, width: Int, height: Int) throws(EscaleError) {
        let exec = try findExec(id)
        guard exec.running, let link = exec.link else {
            throw conflict("exec command \(id) is not running")
        }
        try link.send(.resize(width: width, height: height))
    }

    package func inspectExec(_ id: String) throws(EscaleError) -> JSON {
        let exec = try findExec(id)
        return [
            "ID": .string(id), "Running": .bool(exec.running),
            "ExitCode": exec.exitCode.map { JSON($0) } ?? .null,
            "ProcessConfig": [
                "tty": .bool(exec.config.tty), "entrypoint": .string(exec.config.command.first ?? ""),
                "arguments": JSON(Array(exec.config.command.dropFirst())),
                "privileged": .bool(exec.config.privileged),
                "user": .string(exec.config.user)
            ],
            "OpenStdin": .bool(exec.config.attachStdin), "OpenStderr": .bool(exec.config.attachStderr),
            "OpenStdout": .bool(exec.config.attachStdout), "CanRemove": .bool(exec.exitCode != nil),
            "ContainerID": .string(exec.container), "DetachKeys": "", "Pid": JSON(exec.pid)
        ]
    }
}

extension String {
    func replacingFirst(_ text: String, with other: String) -> String {
        guard let range = range(of: text) else { return self }
        return String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
    }

    private func range(of text: String) -> Range<Index>? {
        var at = startIndex
        while at < endIndex {
            if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
            at = index(after: at)
        }
        return nil
    }
}
