import CLinux
import Glibc
import Linux
import Support

/// How a container with a health check is.
struct HealthState {
    var status = "starting"
    var failing = 0
    var log: [JSON] = []
    var task: Task<Void, Never>?

    var inspect: JSON {
        ["Status": .string(status), "FailingStreak": JSON(failing), "Log": .array(log)]
    }
}

extension Engine {
    func startHealth(_ c: Container) {
        guard let options = c.options.health else { return }
        let id = c.id
        c.health = HealthState()
        let began = Monotonic.now
        c.health?.task = Task { await self.probe(id, options, began) }
    }

    func stopHealth(_ c: Container) {
        c.health?.task?.cancel()
        if c.health != nil { c.health?.status = "unhealthy" }
    }

    private func probe(_ id: String, _ o: HealthOptions, _ began: Monotonic) async {
        while !Task.isCancelled {
            let starting =
                containers[id]?.health?.status == "starting"
                && began.elapsedMilliseconds * 1e6 < Double(o.startPeriod)
            let wait = starting ? min(o.startInterval, o.interval) : o.interval
            do { try await Task.sleep(nanoseconds: UInt64(wait)) } catch { return }
            guard let c = containers[id], c.state.status == .running else {
                if containers[id]?.state.status == .paused { continue }
                return
            }
            let start = Timestamp.now.rfc3339
            let (status, output) = await check(c, o)
            guard !Task.isCancelled, let c = containers[id], c.state.isRunning else { return }
            let inGrace = began.elapsedMilliseconds * 1e6 < Double(o.startPeriod)
            record(c, o, status: status, output: output, start: start, inGrace: inGrace)
        }
    }

    /// Runs the check once: its exit status and output. A check that takes too long has failed.
    private func check(_ c: Container, _ o: HealthOptions) async -> (Int, String) {
        do {
            let id = try createExec(c.id, ExecConfig(command: o.command))
            let output = OutputCatcher()
            try await startExec(id) { socket in output.attach(socket) }
            let timer = Task {
                try await Task.sleep(nanoseconds: UInt64(o.timeout))
                self.killExec(id)
            }
            let status = await waitForExec(id)
            let timedOut = timer.isCancelled ? false : status == 137
            timer.cancel()
            if timedOut {
                return (-1, "Health check exceeded timeout (\(Double(o.timeout) / 1e9)s)")
            }
            return (status, await output.text())
        } catch {
            return (error.errno > 0 ? Int(error.errno) : -1, error.message)
        }
    }

    private func killExec(_ id: String) {
        if let exec = execs[id], exec.running { try? exec.link?.send(.kill(signal: Int(SIGKILL))) }
    }

    private func record(
        _ c: Container, _ o: HealthOptions, status: Int, output: String, start: String, inGrace: Bool
    ) {
        guard var health = c.health else { return }
        let old = health.status
        health.log.append([
            "Start": .string(start), "End": .string(Timestamp.now.rfc3339), "ExitCode": JSON(status),
            "Output": .string(String(output.prefix(4096)))
        ])
        if health.log.count > 5 { health.log.removeFirst() }
        if status == 0 {
            health.status = "healthy"
            health.failing = 0
        } else if !(inGrace && old == "starting") {
            health.failing += 1
            if health.failing >= o.retries { health.status = "unhealthy" }
        }
        c.health = health
        if old != health.status { emit(c, "health_status: \(health.status)") }
    }
}

/// Collects what an exec writes, from the frames of its shim.
private final class OutputCatcher: Sendable {
    private let stream: AsyncStream<[UInt8]>
    private let continuation: AsyncStream<[UInt8]>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self) }

    func attach(_ socket: String) {
        guard let fd = try? UnixSocket.connect(socket),
            (try? Sys.writeAll(fd.raw, AttachRequest.line(stdin: false, stdout: true, stderr: true))) != nil
        else {
            continuation.finish()
            return
        }
        let raw = fd.release()
        let continuation = continuation
        Blocking.shared.submit {
            let bytes = (try? Files.readAll(raw, limit: 65536)) ?? []
            close(raw)
            continuation.yield(bytes)
            continuation.finish()
        }
    }

    /// Without the 8-byte headers.
    func text() async -> String {
        var bytes: [UInt8] = []
        for await piece in stream { bytes += piece }
        var out: [UInt8] = []
        var at = 0
        while at + 8 <= bytes.count {
            let n = bytes[(at + 4)..<(at + 8)].reduce(0) { $0 << 8 | Int($1) }
            out += bytes[min(at + 8, bytes.count)..<min(at + 8 + n, bytes.count)]
            at += 8 + n
        }
        return String(decoding: out, as: UTF8.self)
    }
}
