import Glibc
import Support
import Synchronization

/// Detached threads (pthread_create(3)).
public enum Threads {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` on a thread of its own, with a stack of 512 KiB.
    public static func start(_ body: @escaping @Sendable () -> Void) {
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

/// The same work on several things at once.
public enum Parallel {
    /// Calls `body` for every item, on up to `limit` threads (as many as CPUs, at least two), and waits
    /// for all. The first error stops what has not begun yet and is thrown.
    public static func forEach<Item: Sendable>(
        _ items: [Item], limit: Int = max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN))),
        _ body: @escaping @Sendable (Item) throws(EscaleError) -> Void
    ) throws(EscaleError) {
        if items.count <= 1 || limit <= 1 {
            for item in items { try body(item) }
            return
        }
        let work = Work(items.count)
        let run: @Sendable () -> Void = {
            while let i = work.take() {
                do throws(EscaleError) { try body(items[i]) } catch { work.fail(error) }
            }
            work.leave()
        }
        let threads = min(limit, items.count)
        work.enter(threads)
        for _ in 1..<threads { Threads.start(run) }
        run()
        work.wait()
        if let failure = work.failure { throw failure }
    }

    private final class Work: Sendable {
        private struct State {
            var next = 0
            var running = 0
            var failure: EscaleError?
        }

        private let count: Int
        private let state = Mutex(State())
        private let gate = Gate()

        init(_ count: Int) { self.count = count }

        var failure: EscaleError? { state.withLock { $0.failure } }

        func enter(_ threads: Int) { state.withLock { $0.running = threads } }

        func take() -> Int? {
            state.withLock { s in
                guard s.failure == nil, s.next < count else { return nil }
                defer { s.next += 1 }
                return s.next
            }
        }

        func fail(_ error: EscaleError) { state.withLock { if $0.failure == nil { $0.failure = error } } }

        func leave() {
            let isLast = state.withLock { s in
                s.running -= 1
                return s.running == 0
            }
            if isLast { gate.open() }
        }

        func wait() { gate.pass() }
    }
}

/// A counting gate over a semaphore (sem_post(3)): as many pass as it was opened. Nobody may wait when it
/// goes away.
public final class Gate: Sendable {
    // sem_wait and sem_post are thread-safe.
    private nonisolated(unsafe) let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        semaphore = .allocate(capacity: 1)
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    public func open() { sem_post(semaphore) }

    /// Waits until it is opened.
    public func pass() { while sem_wait(semaphore) != 0 {} }
}
