import Archive
import Dockerfile
import Glibc
import Linux
import Support
import Synchronization

/// Folders of `RUN --mount=type=cache`: `ROOT/build/mounts`, kept from build to build.
final class CacheMounts: Sendable {
    let folder: String
    private let state = Mutex(State())

    private struct State {
        var users: [String: Int] = [:]
        var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]
    }

    init(kit: Kit) { folder = "\(kit.root)/build/mounts" }

    /// - Returns: the folder, and what to release after use.
    func take(
        _ id: String, _ sharing: StepMount.Sharing, mode: UInt32?, uid: UInt32?, gid: UInt32?
    ) async throws(EscaleError) -> (String, HeldLock?) {
        var hash = SHA256()
        hash.add(id)
        var name = String(hash.hex.prefix(32))
        switch sharing {
        case .shared: break
        case .locked: await lock(name)
        case .private:
            // The first that nobody uses.
            let base = name
            var number = 1
            while !tryLock(name) {
                number += 1
                name = "\(base)-\(number)"
            }
        }
        let path = "\(folder)/\(name)"
        if !Files.exists(path) {
            try Files.makeDirectory(folder, mode: 0o700)
            try Files.makeDirectory(path)
            try Sys.call("chmod", path) { chmod(path, mode_t(mode ?? 0o755)) }
            try Sys.call("chown", path) { chown(path, uid ?? 0, gid ?? 0) }
        }
        let held = name
        return (path, sharing == .shared ? nil : HeldLock { self.unlock(held) })
    }

    private func tryLock(_ name: String) -> Bool {
        state.withLock { s in
            if s.users[name] != nil { return false }
            s.users[name] = 1
            return true
        }
    }

    private func lock(_ name: String) async {
        await withCheckedContinuation { continuation in
            let free = state.withLock { s -> Bool in
                if s.users[name] == nil {
                    s.users[name] = 1
                    return true
                }
                s.waiting[name, default: []].append(continuation)
                return false
            }
            if free { continuation.resume() }
        }
    }

    private func unlock(_ name: String) {
        let next = state.withLock { s -> CheckedContinuation<Void, Never>? in
            if var list = s.waiting[name], !list.isEmpty {
                let first = list.removeFirst()
                s.waiting[name] = list
                return first
            }
            s.users[name] = nil
            return nil
        }
        next?.resume()
    }
}

struct HeldLock: Sendable {
    let release: @Sendable () -> Void
}
