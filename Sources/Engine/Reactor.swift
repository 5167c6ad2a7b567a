import CLinux
import Glibc
import Linux
import Support
import Synchronization

/// One thread that waits for all shims' sockets and all followed logs (epoll(7), inotify(7)), so that
/// nothing has to be asked for twice.
package final class Reactor: Sendable {
    private struct State {
        var handlers: [UInt64: @Sendable () -> Void] = [:]
        var files: [Int32: [UInt64: AsyncStream<Void>.Continuation]] = [:]
        var next: UInt64 = 1
    }

    private let epoll: FD
    private let inotify: FD
    private let state = Mutex(State())
    private static let inotifyToken: UInt64 = 0

    package init() throws(EscaleError) {
        epoll = FD(owning: try Sys.check(cl_epoll_create(), "epoll_create"))
        inotify = FD(owning: try Sys.check(cl_inotify(), "inotify_init"))
        try Sys.check(cl_epoll_add(epoll.raw, inotify.raw, Self.inotifyToken), "epoll_ctl")
        Threads.start { [self] in loop() }
    }

    /// Calls `handler` on the reactor's thread whenever `fd` has input or its peer has gone.
    func add(_ fd: Int32, _ handler: @escaping @Sendable () -> Void) throws(EscaleError) -> UInt64 {
        let token = state.withLock { s in
            let token = s.next
            s.next += 1
            s.handlers[token] = handler
            return token
        }
        do {
            try Sys.check(cl_epoll_add(epoll.raw, fd, token), "epoll_ctl")
        } catch {
            state.withLock { s in s.handlers[token] = nil }
            throw error
        }
        return token
    }

    func remove(_ fd: Int32, token: UInt64) {
        _ = cl_epoll_remove(epoll.raw, fd)
        state.withLock { s in s.handlers[token] = nil }
    }

    /// A signal for each time the file changes, several together as one, until the task that listens is
    /// cancelled.
    package func changes(of path: String) throws(EscaleError) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // Under the lock, so that the last of several listeners to one file removes its watch, and no
        // other does.
        let added: Result<(Int32, UInt64), EscaleError> = state.withLock { s in
            let watch = cl_inotify_add(inotify.raw, path)
            guard watch >= 0 else {
                return .failure(.system("inotify_add_watch", path, errno: -watch))
            }
            let token = s.next
            s.next += 1
            s.files[watch, default: [:]][token] = continuation
            return .success((watch, token))
        }
        let (watch, token) = try added.get()
        continuation.onTermination = { [weak self] _ in self?.forget(watch, token) }
        return stream
    }

    private func forget(_ watch: Int32, _ token: UInt64) {
        state.withLock { s in
            s.files[watch]?[token] = nil
            if s.files[watch]?.isEmpty == true {
                s.files[watch] = nil
                _ = cl_inotify_remove(inotify.raw, watch)
            }
        }
    }

    private func loop() {
        var tokens = [UInt64](repeating: 0, count: 64)
        while true {
            let n = cl_epoll_wait(epoll.raw, &tokens, Int32(tokens.count))
            guard n > 0 else { continue }
            for token in tokens[..<Int(n)] {
                if token == Self.inotifyToken {
                    filesChanged()
                } else {
                    state.withLock { $0.handlers[token] }?()
                }
            }
        }
    }

    private func filesChanged() {
        var watches = [Int32](repeating: 0, count: 256)
        while true {
            let n = cl_inotify_read(inotify.raw, &watches, Int32(watches.count))
            guard n > 0 else { return }
            let listeners = state.withLock { s in
                Set(watches[..<Int(n)]).flatMap { s.files[$0].map { Array($0.values) } ?? [] }
            }
            for listener in listeners { listener.yield() }
        }
    }
}
