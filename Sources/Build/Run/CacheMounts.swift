import Archive
import Dockerfile
import Glibc
import Linux
import Support

/// Folders of `RUN --mount=type=cache`: `ROOT/build/mounts`, kept from build to build.
final class CacheMounts: Sendable {
    let folder: String
    private let locks = AsyncLocks()

    init(kit: Kit) { folder = "\(kit.root)/build/mounts" }

    /// - Returns: the folder, and what to release after use.
    func take(
        _ id: String, _ sharing: StepMount.Sharing, mode: UInt32?, uid: UInt32?, gid: UInt32?
    ) async throws(EscaleError) -> (String, HeldLock?) {
        var hash = SHA256()
        hash.add(id)
        var name = String(hash.hex.prefix(32))
        var held: HeldLock?
        switch sharing {
        case .shared: break
        case .locked: held = await locks.hold(name)
        case .private:
            // The first that nobody uses.
            let base = name
            var number = 1
            held = locks.tryHold(name)
            while held == nil {
                number += 1
                name = "\(base)-\(number)"
                held = locks.tryHold(name)
            }
        }
        let path = "\(folder)/\(name)"
        if !Files.exists(path) {
            try Files.makeDirectory(folder, mode: 0o700)
            try Files.makeDirectory(path)
            try Sys.call("chmod", path) { chmod(path, mode_t(mode ?? 0o755)) }
            try Sys.call("chown", path) { chown(path, uid ?? 0, gid ?? 0) }
        }
        return (path, held)
    }
}
