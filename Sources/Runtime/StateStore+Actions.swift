import Glibc
import Linux
import OCI
import Support

extension StateStore {
    /// Lets a container that another process made run (OCI `start`). Its first process waits at a socket.
    public func start(_ id: String, steps: Steps) throws(EscaleError) {
        var stored = try load(id)
        let status = stored.status()
        guard status == .created else {
            throw EscaleError(
                .conflict,
                status == .stopped
                    ? "cannot start a container that has stopped"
                    : "cannot start an already running container")
        }
        try steps.run("start", "connect", "start.sock") { () throws(EscaleError) in
            let connection = try Files.connectShort(socket(id))
            // The end of the connection is execve; anything else is why not.
            let answer = try Files.readAll(connection.raw, limit: 1 << 16)
            if case .failed(let failure) = SyncMessage(answer) {
                steps.fail(failure.step)
                throw failure.error
            }
        }
        unlink(socket(id))
        stored.isStarted = true
        try steps.run("state.started", "write", "started") { () throws(EscaleError) in try save(stored) }
        let hooks = (try? spec(of: stored))?.hooks
        do throws(EscaleError) {
            try HookRunner(steps: steps).run(hooks?.poststart, "poststart", state: stored.startedState)
        } catch {
            // OCI runtime.md, "Lifecycle": a start that its hooks refuse is none.
            try? ProcessHandle(pid_t(stored.pid), startTime: stored.startTime).signal(SIGKILL)
            throw error
        }
    }

    /// Sends a signal to the first process, or to all of them.
    public func kill(_ id: String, _ signal: Int32, all: Bool = false) throws(EscaleError) {
        let stored = try load(id)
        if all {
            let cgroup = try Cgroup(path: stored.cgroup)
            if signal == SIGKILL { return try cgroup.killAll() }
            for pid in cgroup.processes() { Glibc.kill(pid, signal) }
            return
        }
        guard stored.isAlive else {
            throw EscaleError(.conflict, "container not running")
        }
        try ProcessHandle(pid_t(stored.pid), startTime: stored.startTime).signal(signal)
        // A frozen process gets its SIGKILL when it thaws.
        if signal == SIGKILL, let cgroup = try? Cgroup(path: stored.cgroup), cgroup.isFrozen {
            try cgroup.freeze(false)
        }
    }

    /// Removes what is left of a stopped container; with `force` of any, in whatever state a crash
    /// left it.
    public func delete(_ id: String, force: Bool, steps: Steps) throws(EscaleError) {
        let stored: StoredState
        try Self.check(id)
        do { stored = try load(id) } catch {
            guard force else { throw error }
            // Any record names the cgroup, which holds every process. A start that died before its first
            // one has a folder and nothing else.
            guard let readable = salvage(id) else { return try remove(id) }
            stored = readable
        }
        let status = stored.status()
        if !force, status != .stopped, status != .creating || stored.isAlive {
            throw EscaleError(
                .conflict, "cannot delete container \(id) that is not stopped: \(status.rawValue)")
        }
        if stored.isAlive { try end(stored) }
        let hooks = (try? spec(of: stored))?.hooks
        try Container.removeTraces(stored, self, steps, hooks)
    }

    /// Kills its first process and waits until it has ended; one that has meanwhile is fine.
    private func end(_ stored: StoredState) throws(EscaleError) {
        do throws(EscaleError) {
            let handle = try ProcessHandle(pid_t(stored.pid), startTime: stored.startTime)
            try handle.signal(SIGKILL)
            if let cgroup = try? Cgroup(path: stored.cgroup), cgroup.isFrozen { try cgroup.freeze(false) }
            _ = try handle.waitForEnd(milliseconds: 10_000)
        } catch {
            guard error.errno == ESRCH else { throw error }
        }
    }

    public func pause(_ id: String, _ paused: Bool) throws(EscaleError) {
        let stored = try load(id)
        let status = stored.status()
        if paused, status != .running, status != .created {
            throw EscaleError(.conflict, "container not running")
        }
        if !paused, status != .paused { throw EscaleError(.conflict, "container not paused") }
        try Cgroup(path: stored.cgroup).freeze(paused)
    }

    /// Changes the limits of a container that has not ended.
    public func update(_ id: String, _ limits: CgroupLimits) throws(EscaleError) {
        let stored = try load(id)
        guard stored.isAlive else { throw EscaleError(.conflict, "container not running") }
        try Cgroup(path: stored.cgroup).update(limits)
    }

    /// Process ids in the container, as the caller numbers them.
    public func processes(_ id: String) throws(EscaleError) -> [pid_t] {
        try Cgroup(path: try load(id).cgroup).processes()
    }
}
