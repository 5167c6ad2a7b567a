import Glibc
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
    private let wake: DispatchGate
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        wake = DispatchGate()
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

/// A counting gate over a semaphore (sem_post(3)): as many pass as it was opened.
final class DispatchGate: Sendable {
    // The semaphore lives as long as the process; sem_wait and sem_post are thread-safe.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    func open() { sem_post(semaphore) }

    func pass() { while sem_wait(semaphore) != 0 {} }
}

/// Detached threads (pthread_create(3)).
enum Threads {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 512 << 10)
        let code = pthread_create(
            &thread, &attributes,
            { raw in
                if let raw { Unmanaged<Body>.fromOpaque(raw).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        pthread_attr_destroy(&attributes)
        // No thread to be had: the work is done here and now rather than never.
        if code != 0 { box.takeRetainedValue().run() }
    }
}
