import Synchronization

/// So many at a time, first come first served.
final class AsyncSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func take() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { s -> Bool in
                if s.free == 0 {
                    s.waiting.append(continuation)
                    return false
                }
                s.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func give() {
        let next = state.withLock { s -> CheckedContinuation<Void, Never>? in
            if s.waiting.isEmpty {
                s.free += 1
                return nil
            }
            return s.waiting.removeFirst()
        }
        next?.resume()
    }
}

/// One holder a name, first come first served.
final class AsyncLocks: Sendable {
    /// Who waits for a name that is held.
    private let state = Mutex([String: [CheckedContinuation<Void, Never>]]())

    func hold(_ name: String) async -> HeldLock {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { s -> Bool in
                if s[name] == nil {
                    s[name] = []
                    return true
                }
                s[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        return HeldLock { self.release(name) }
    }

    /// Nil where somebody holds it.
    func tryHold(_ name: String) -> HeldLock? {
        let isFree = state.withLock { s -> Bool in
            guard s[name] == nil else { return false }
            s[name] = []
            return true
        }
        return isFree ? HeldLock { self.release(name) } : nil
    }

    private func release(_ name: String) {
        let next = state.withLock { s -> CheckedContinuation<Void, Never>? in
            guard var waiting = s[name], !waiting.isEmpty else {
                s[name] = nil
                return nil
            }
            let first = waiting.removeFirst()
            s[name] = waiting
            return first
        }
        next?.resume()
    }
}

struct HeldLock: Sendable {
    let release: @Sendable () -> Void
}
