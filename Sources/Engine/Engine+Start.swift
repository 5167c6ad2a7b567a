import Glibc
import Linux
import Network
import OCI
import ShimProtocol
import Support

extension Engine {
    /// - Returns: false when it ran already.
    package func start(_ reference: String) async throws(EscaleError) -> Bool {
        let c = try find(reference)
        await c.lock.lock()
        defer { c.lock.unlock() }
        await settled(c)
        switch c.state.status {
        case .running: return false
        case .paused: throw conflict("cannot start a paused container, try unpause instead")
        case .removing, .dead:
            throw conflict("container is marked for removal and cannot be started")
        case .created, .exited, .restarting: break
        }
        try stillThere(c)
        c.restartTask?.cancel()
        c.restartTask = nil
        c.state.restartCount = 0
        c.backOff = 0
        try await launch(c)
        return true
    }

    func stillThere(_ c: Container) throws(EscaleError) {
        guard containers[c.id] === c else { throw EscaleError(.notFound, "No such container: \(c.id)") }
    }

    /// Starts the container; its lock is held. Whatever fails, nothing of the start stays behind.
    func launch(_ c: Container) async throws(EscaleError) {
        await c.reaping?.value
        c.reaping = nil
        c.state.stoppedByUser = false
        c.state.error = ""
        do {
            try await prepareAndRun(c)
        } catch {
            await undoStart(c, error)
            throw error
        }
    }

    private func prepareAndRun(_ c: Container) async throws(EscaleError) {
        let image = if let given = c.image { given } else { try images.find(c.record.image) }
        let attachment = try plug(c)
        if !c.state.ports.isEmpty { try await publishPorts() }
        try prepare(c, image: image, attachment: attachment)
        let (stream, continuation) = AsyncStream.makeStream(of: Container.LaunchEvent.self)
        c.launching = continuation
        c.lastExit = nil
        c.failedCleanly = false
        c.endedInLaunch = false
        let link = try launcher.launch(configPath: c.paths.shim)
        c.link = link
        watch(c.id, link)
        var events = stream.makeAsyncIterator()
        c.state.pid = try await created(&events)
        let waiting = c.attachments
        c.attachments = []
        await Self.connect(waiting, to: c.paths.socket)
        try link.send(.start)
        try await started(&events)
        c.launching = nil
        c.state.status = .running
        c.state.startedAt = Timestamp.now.rfc3339
        c.state.exitCode = 0
        c.state.oomKilled = false
        c.startedAt = .now
        saveStateOrLog(c)
        if let address = c.state.address {
            networking.setNames(id: c.id, address: address, names: hostNames(c))
        }
        emit(c, "start")
        // Who came between our look at the list and now.
        let late = c.attachments
        c.attachments = []
        if !late.isEmpty { await Self.connect(late, to: c.paths.socket) }
        startHealth(c)
        prepareNext()
        // It may have ended between its start and `launching = nil`: that end was left to us.
        if c.endedInLaunch { await ended(c) }
    }

    /// For the next start; aside, since this one is being waited for.
    func prepareNext() {
        let launcher = launcher
        Task.detached { launcher.prepare() }
    }

    /// All at once; each returns when its request is on the way to the shim.
    static func connect(_ waiting: [AttachWaiter], to socket: String) async {
        await withTaskGroup(of: Void.self) { group in
            for waiter in waiting { group.addTask { await waiter.connect(socket) } }
        }
    }

    func created(_ events: inout AsyncStream<Container.LaunchEvent>.Iterator) async throws(EscaleError) -> Int
    {
        switch await events.next(isolation: self) {
        case .created(let pid): return pid
        case let other: throw Self.launchError(other)
        }
    }

    func started(_ events: inout AsyncStream<Container.LaunchEvent>.Iterator) async throws(EscaleError) {
        switch await events.next(isolation: self) {
        case .started: return
        case let other: throw Self.launchError(other)
        }
    }

    /// 127 and 126 are the request's own fault, as in Docker.
    private static func launchError(_ event: Container.LaunchEvent?) -> EscaleError {
        guard case .failed(let status, let message) = event else {
            return EscaleError(.internal, "the container's shim ended before the container started")
        }
        let text =
            "failed to create task for container: failed to create shim task: OCI runtime create failed: "
            + message
        // errno carries the exit status that the container gets.
        return EscaleError(status == 128 ? .internal : .invalid, text, errno: Int32(status))
    }

    /// Passes what a shim says on to the actor, and its end.
    func watch(_ id: String, _ link: any ShimLink) {
        Task {
            for await event in link.events { self.heard(id, event) }
            // Its mount namespace takes the kernel milliseconds to take down: only a next start waits.
            self.containers[id]?.reaping = Task { await link.reap() }
            await self.linkEnded(id, link)
        }
    }

    private func heard(_ id: String, _ event: ShimEvent) {
        guard let c = containers[id] else { return }
        switch event {
        case .created(let pid): c.launching?.yield(.created(pid: pid))
        case .started: c.launching?.yield(.started)
        case .failed(let status, let message, _):
            c.failedCleanly = true
            c.launching?.yield(.failed(status: status, message: message))
        case .exited(let exit): c.lastExit = exit
        }
    }

    private func linkEnded(_ id: String, _ link: any ShimLink) async {
        guard let c = containers[id], c.link === link else { return }
        c.link = nil
        if let launching = c.launching {
            c.endedInLaunch = true
            launching.yield(.gone)
            launching.finish()
        } else {
            await ended(c)
        }
    }

    /// After a failed start: the shim is dead or told to die, its traces go, the container says why.
    private func undoStart(_ c: Container, _ error: EscaleError) async {
        c.launching = nil
        await endShim(c)
        await sweepRun(c, abnormal: !c.failedCleanly)
        c.lastExit = nil
        await unplug(c)
        for waiter in c.attachments { waiter.drop() }
        c.attachments = []
        c.state.status = c.state.startedAt == nil ? .created : .exited
        c.state.exitCode =
            (1...255).contains(error.errno) && error.message.hasPrefix("failed to create task")
            ? Int(error.errno) : 128
        c.state.error = error.message
        c.state.pid = 0
        saveStateOrLog(c)
        // `docker run --rm` of something that cannot start leaves nothing either.
        if c.options.autoRemove { Task { await self.autoRemove(c.id) } }
    }

    /// A shim that failed goes by itself; one that hangs or lives on would hold the container half made.
    private func endShim(_ c: Container) async {
        guard let link = c.link else { return }
        if !c.failedCleanly, link.pid > 0 { Glibc.kill(link.pid, SIGKILL) }
        let (stream, continuation) = AsyncStream.makeStream(of: Container.LaunchEvent.self)
        c.launching = continuation
        let timer = Task {
            try await Task.sleep(nanoseconds: 5_000_000_000)
            if link.pid > 0 { Glibc.kill(link.pid, SIGKILL) }
        }
        for await event in stream { if case .gone = event { break } }
        timer.cancel()
        c.launching = nil
    }

    /// Removes what belongs to one run. `abnormal`: the shim died without cleaning up.
    func sweepRun(_ c: Container, abnormal: Bool) async {
        let launcher = launcher
        let paths = c.paths
        let id = c.id
        let root = runtimeRoot
        let log = log
        let cgroup = cgroupPath(id)
        if abnormal { await c.reaping?.value }
        if abnormal, Files.exists("\(root)/\(id)") || Files.exists(paths.spec) {
            do {
                try await Blocking.run { () throws(EscaleError) in
                    try launcher.cleanUp(id: id, cgroup: cgroup, runtimeRoot: root)
                }
            } catch { log(error.message) }
        }
        unlink(paths.socket)
        do { try trash.discard(paths.run) } catch { log(error.message) }
    }

    nonisolated var runtimeRoot: String { "\(kit.run)/runtime" }
    nonisolated func cgroupPath(_ id: String) -> String { "/escale-\(InterfaceName.hash(kit))/\(id)" }
}
