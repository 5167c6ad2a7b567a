import Glibc
import Linux
import ShimProtocol
import Support

extension Engine {
    /// Asks it to end, and kills it when it hasn't after the grace time.
    /// - Parameters:
    ///   - timeout: seconds; nil for the container's own, -1 waits for ever.
    ///   - signal: nil for the container's own.
    /// - Returns: false when it did not run.
    package func stop(_ reference: String, timeout: Int?, signal: String?) async throws(EscaleError) -> Bool {
        let c = try find(reference)
        let number =
            try signal.map { text throws(EscaleError) in try Signals.parse(text) } ?? c.options.stopSignal
        if c.state.status == .restarting {
            cancelRestart(c)
            return true
        }
        guard c.state.isRunning else { return false }
        c.state.stoppedByUser = true
        if c.state.status == .paused { try setPaused(c, false) }
        let grace = timeout ?? c.options.stopTimeout
        deliver(c, number)
        if grace != 0 || number == SIGKILL {
            if await waitForEnd(c, milliseconds: grace < 0 ? nil : max(grace, 1) * 1000) {
                emit(c, "stop")
                return true
            }
        }
        try await killAndWait(c)
        emit(c, "stop")
        return true
    }

    package func restart(_ reference: String, timeout: Int?, signal: String?) async throws(EscaleError) {
        let c = try find(reference)
        if c.options.autoRemove, c.state.isRunning {
            // Its end would remove it before it could start again.
            throw conflict("cannot restart a container that is removed when it ends")
        }
        _ = try await stop(c.id, timeout: timeout, signal: signal)
        _ = try await start(c.id)
        emit(c, "restart")
    }

    /// Sends a signal to the container's process.
    package func kill(_ reference: String, signal: String?) async throws(EscaleError) {
        let c = try find(reference)
        let number = try Signals.parse(signal.flatMap { $0.isEmpty ? nil : $0 } ?? "KILL")
        if c.state.status == .restarting {
            cancelRestart(c)
            return
        }
        guard c.state.isRunning else {
            throw conflict(
                "cannot kill container: \(reference): container \(c.id) is not running")
        }
        if number == SIGKILL {
            c.state.stoppedByUser = true
            if c.state.status == .paused { try setPaused(c, false) }
            try await killAndWait(c)
            return
        }
        if number == c.options.stopSignal || number == SIGTERM { c.state.stoppedByUser = true }
        deliver(c, number)
    }

    /// Through the shim, which knows whether the process is still the one that we mean.
    func deliver(_ c: Container, _ signal: Int) {
        do {
            guard let link = c.link else { return }
            try link.send(.kill(signal: signal))
        } catch {
            // The shim has just gone, and the container with it.
            log("signal \(signal) for \(c.record.shortID): \(error.message)")
        }
        emit(c, "kill", [("signal", "\(signal)")])
    }

    /// Kills it and waits for its end; a shim that does not answer is killed with it.
    func killAndWait(_ c: Container) async throws(EscaleError) {
        deliver(c, Int(SIGKILL))
        if await waitForEnd(c, milliseconds: 10_000) { return }
        log("container \(c.record.shortID): no end 10 s after SIGKILL, killing all its processes")
        let path = cgroupPath(c.id)
        try? await Blocking.run { () throws(EscaleError) in try Cgroup(path: path).killAll() }
        if let pid = c.link?.pid, pid > 0 { Glibc.kill(pid, SIGKILL) }
        guard await waitForEnd(c, milliseconds: 10_000) else {
            throw EscaleError(.timeout, "tried to kill container \(c.id), but did not receive an exit event")
        }
    }

    private func cancelRestart(_ c: Container) {
        c.restartTask?.cancel()
        c.restartTask = nil
        c.state.stoppedByUser = true
        c.state.status = .exited
        saveStateOrLog(c)
        wake(c, .init(status: c.state.exitCode, error: nil), removed: false)
    }

    package func pause(_ reference: String) throws(EscaleError) {
        let c = try find(reference)
        if c.state.status == .paused { throw conflict("container \(c.id) is already paused") }
        guard c.state.status == .running else { throw notRunning(c) }
        try setPaused(c, true)
        emit(c, "pause")
    }

    package func unpause(_ reference: String) throws(EscaleError) {
        let c = try find(reference)
        guard c.state.status == .paused else { throw conflict("Container \(c.id) is not paused") }
        try setPaused(c, false)
        emit(c, "unpause")
    }

    private func setPaused(_ c: Container, _ paused: Bool) throws(EscaleError) {
        do { try Cgroup(path: cgroupPath(c.id)).freeze(paused) } catch {
            throw error.within("cannot \(paused ? "pause" : "unpause") container \(c.id)")
        }
        c.state.status = paused ? .paused : .running
        saveStateOrLog(c)
    }

    func notRunning(_ c: Container) -> EscaleError { conflict("container \(c.id) is not running") }

    /// Sets the size of the terminal.
    package func resize(_ reference: String, width: Int, height: Int) throws(EscaleError) {
        let c = try find(reference)
        guard c.state.isRunning, let link = c.link else { throw notRunning(c) }
        try link.send(.resize(width: width, height: height))
        emit(c, "resize", [("height", "\(height)"), ("width", "\(width)")])
    }
}
