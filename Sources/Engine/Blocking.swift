import Linux
import Support
import Synchronization

/// Threads for work that blocks (trees to remove, logs to read, helpers to wait for), away from the
/// actors' own threads, of which there are as many as CPUs.
package final class Blocking: Sendable {
    private struct State {
        var jobs: [@Sendable () -> Void] = []
        var idle = 0
        var threads = 0
    }

    package static let shared = Blocking(limit: 16)

    private let state = Mutex(State())
    private let wake: Gate
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        wake = Gate()
    }

    /// Runs `body` on one of the threads and gives its result.
    package static func run<T: Sendable>(_ body: @escaping @Sendable () throws(EscaleError) -> T)
        async
        throws(EscaleError) -> T
    {
        let result: Result<T, EscaleError> = await withCheckedContinuation { continuation in
            shared.submit {
                do throws(EscaleError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    func submit(_ job: @escaping @Sendable () -> Void) {
        let needsThread = state.withLock { s -> Bool in
            s.jobs.append(job)
            guard s.idle < s.jobs.count, s.threads < limit else { return false }
            s.threads += 1
            return true
        }
        if needsThread { startThread() } else { wake.open() }
    }

    private func startThread() {
        Threads.start { [self] in
            while true {
                let job = state.withLock { s -> (@Sendable () -> Void)? in
                    if s.jobs.isEmpty {
                        s.idle += 1
                        return nil
                    }
                    return s.jobs.removeFirst()
                }
                if let job {
                    job()
                } else {
                    wake.pass()
                    state.withLock { $0.idle -= 1 }
                }
            }
        }
    }
}
