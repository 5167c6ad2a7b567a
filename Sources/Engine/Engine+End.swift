import Glibc
import Linux
import ShimProtocol
import Support

extension Engine {
    /// The container's shim has gone: records how it ended and tells everybody who waits.
    func ended(_ c: Container) async {
        c.isEnding = true
        let said = c.lastExit ?? Self.readExit(c.paths.exit)
        c.lastExit = nil
        stopHealth(c)
        let exit = said ?? ShimExit(status: 137, oomKilled: false, finishedAt: Timestamp.now.rfc3339)
        c.state.status = .exited
        c.state.exitCode = exit.status
        c.state.oomKilled = exit.oomKilled
        c.state.finishedAt = exit.finishedAt
        c.state.pid = 0
        if said == nil { c.state.error = "the container's shim was killed" }
        for exec in c.execs.values where exec.running { execEnded(exec, status: 137) }
        // A shim that was killed took the container with it (PR_SET_PDEATHSIG) but cleaned nothing up.
        await sweepRun(c, abnormal: said == nil)
        if exit.oomKilled { emit(c, "oom") }
        let ran = c.startedAt.elapsedMilliseconds
        emit(c, "die", [("exitCode", "\(exit.status)"), ("execDuration", "\(Int(ran / 1000))")])
        await unplug(c)
        if c.options.autoRemove {
            // It is removed now, or by the next daemon: its last state need not be written.
            settle(c)
            wake(c, .init(status: exit.status, error: nil), removed: false)
            // Its own task: a start that saw the end comes here with the lock that removal waits for.
            let id = c.id
            Task { await self.autoRemove(id) }
            return
        }
        let restarts = c.options.restart.restarts(
            status: exit.status, stopped: c.state.stoppedByUser, count: c.state.restartCount)
        if restarts { scheduleRestart(c, ranFor: ran) }
        saveStateOrLog(c)
        settle(c)
        wake(c, .init(status: exit.status, error: nil), removed: false)
    }

    private func settle(_ c: Container) {
        c.isEnding = false
        for waiter in c.settleWaiters { waiter.resume() }
        c.settleWaiters = []
    }

    /// Waits while its end is being written down: what comes after must find nothing of the old run.
    func settled(_ c: Container) async {
        if c.isEnding { await withCheckedContinuation { c.settleWaiters.append($0) } }
    }

    static func readExit(_ path: String) -> ShimExit? {
        guard let bytes = try? Files.read(path, limit: 65536) else { return nil }
        return try? JSON.parse(bytes).decode(ShimExit.self)
    }

    func scheduleRestart(_ c: Container, ranFor milliseconds: Double) {
        c.state.status = .restarting
        c.state.restartCount += 1
        c.backOff = RestartPolicy.backOff(previous: c.backOff, ranFor: milliseconds)
        let wait = c.backOff
        let id = c.id
        c.restartTask = Task {
            do { try await Task.sleep(nanoseconds: UInt64(wait) * 1_000_000) } catch { return }
            await self.restartNow(id)
        }
    }

    private func restartNow(_ id: String) async {
        guard let c = containers[id] else { return }
        await c.lock.lock()
        defer { c.lock.unlock() }
        await settled(c)
        guard containers[id] === c, c.state.status == .restarting, !c.state.stoppedByUser else { return }
        do {
            try await launch(c)
        } catch {
            log("restart \(c.record.shortID): \(error.message)")
            guard containers[id] === c else { return }
            let again = c.options.restart.restarts(
                status: c.state.exitCode, stopped: c.state.stoppedByUser, count: c.state.restartCount)
            if again { scheduleRestart(c, ranFor: 0) }
            saveStateOrLog(c)
        }
    }

    /// Tells those who wait. Waiting for `removed` goes on until it is.
    func wake(_ c: Container, _ result: WaitResult, removed: Bool) {
        var rest: [Waiter] = []
        for waiter in c.waiters {
            if waiter.condition == .removed, !removed {
                rest.append(waiter)
            } else {
                waiter.continuation.yield(result)
                waiter.continuation.finish()
            }
        }
        c.waiters = rest
    }

    /// The result comes as the stream's only element; cancel the task that reads it to stop waiting.
    package func wait(_ reference: String, _ condition: WaitCondition) throws(EscaleError) -> AsyncStream<
        WaitResult
    > {
        let c = try find(reference)
        let (stream, continuation) = AsyncStream.makeStream(of: WaitResult.self)
        let isOver = !c.state.isRunning && c.state.status != .restarting && c.launching == nil
        if condition == .notRunning, isOver {
            continuation.yield(.init(status: c.state.exitCode, error: nil))
            continuation.finish()
            return stream
        }
        let token = token()
        c.waiters.append(Waiter(token: token, condition: condition, continuation: continuation))
        let id = c.id
        continuation.onTermination = { [weak self] reason in
            guard case .cancelled = reason else { return }
            Task { await self?.forgetWaiter(id, token) }
        }
        return stream
    }

    private func forgetWaiter(_ id: String, _ token: UInt64) {
        containers[id]?.waiters.removeAll { $0.token == token }
    }

    /// Waits until the container has ended. False when `milliseconds` were over before; nil waits for
    /// ever.
    func waitForEnd(_ c: Container, milliseconds: Int?) async -> Bool {
        guard c.state.isRunning else {
            await settled(c)
            return true
        }
        let (stream, continuation) = AsyncStream.makeStream(of: WaitResult.self)
        let token = token()
        c.waiters.append(Waiter(token: token, condition: .nextExit, continuation: continuation))
        let timer = milliseconds.map { ms in
            Task {
                try await Task.sleep(nanoseconds: UInt64(ms) * 1_000_000)
                continuation.finish()
            }
        }
        defer { timer?.cancel() }
        for await _ in stream { return true }
        forgetWaiter(c.id, token)
        return !c.state.isRunning
    }
}
