import Linux
import Support
import Synchronization

/// A log being read; one reader at a time.
final class LogReader: Sendable {
    private let file: Mutex<LogFile>

    init(_ path: String, tail: Int?) throws(EscaleError) {
        file = Mutex(try LogFile(path, tail: tail))
    }

    func read() async throws(EscaleError) -> [LogEntry] {
        try await Blocking.run { () throws(EscaleError) in
            try self.file.withLock { f throws(EscaleError) in try f.read() }
        }
    }
}

extension Engine {
    /// Docker's answer to `logs`: whether the output is a terminal's, and where the log is.
    package func logTarget(_ reference: String) throws(EscaleError) -> AttachTarget {
        let c = try find(reference)
        return AttachTarget(
            id: c.id, terminal: c.options.tty, openStdin: false, token: 0, logPath: c.paths.log)
    }

    /// Sends the log on, and with `follow` what comes until the container ends or the task is cancelled.
    package nonisolated func logs(
        _ target: AttachTarget, _ options: LogOptions, _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        // A container that has never run has no log, and yet can be followed.
        if !Files.exists(target.logPath) {
            guard options.follow else { return }
            try? Files.replace(target.logPath, [], mode: 0o640)
        }
        // The ends are subscribed to before the first read, so that nothing falls between.
        let changes = options.follow ? try reactor.changes(of: target.logPath) : nil
        let over = options.follow ? try await endOf(target) : nil
        let reader = try LogReader(target.logPath, tail: options.tail)
        @Sendable func drain() async throws -> Bool {
            while true {
                let entries = try await reader.read()
                if entries.isEmpty { return true }
                var out: [UInt8] = []
                for entry in entries {
                    if options.isOver(entry) {
                        try await write(out)
                        return false
                    }
                    if options.wants(entry) { out += options.bytes(entry, terminal: target.terminal) }
                }
                try await write(out)
            }
        }
        guard try await drain(), let changes, let over else { return }
        let merged = Self.merge(changes, over, until: options.until)
        for await isEnd in merged {
            if try await !drain() || isEnd { return }
        }
    }

    /// False for each change, true at the end.
    private static func merge(
        _ changes: AsyncStream<Void>, _ over: AsyncStream<WaitResult>, until: Timestamp?
    ) -> AsyncStream<Bool> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Bool.self, bufferingPolicy: .bufferingNewest(2))
        let tasks = [
            Task { for await _ in changes { continuation.yield(false) } },
            Task {
                for await _ in over { break }
                if !Task.isCancelled { continuation.yield(true) }
            },
            Task {
                guard let until else { return }
                let wait = until.nanoseconds - Timestamp.now.nanoseconds
                if wait > 0 { try await Task.sleep(nanoseconds: UInt64(wait)) }
                continuation.yield(true)
            }
        ]
        continuation.onTermination = { _ in for task in tasks { task.cancel() } }
        return stream
    }

    private func endOf(_ target: AttachTarget) throws(EscaleError) -> AsyncStream<WaitResult> {
        let c = try find(target.id)
        // Docker follows a container that has not started yet until its first end.
        return try wait(c.id, c.state.status == .created ? .nextExit : .notRunning)
    }
}
