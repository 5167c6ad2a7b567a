import Glibc
import Support

/// A plain thread for blocking work, with all signals held off.
package final class BackgroundThread: Sendable {
    private let thread: pthread_t

    package init(_ body: @escaping @Sendable () -> Void) throws(EscaleError) {
        let work = Unmanaged.passRetained(Work(body))
        var all = sigset_t()
        var old = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &old)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, work.toOpaque())
        pthread_sigmask(SIG_SETMASK, &old, nil)
        if code != 0 {
            work.release()
            throw .system("start a thread", errno: code)
        }
        self.thread = thread
    }

    /// Waits for its end; at most once.
    package func join() { pthread_join(thread, nil) }

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
