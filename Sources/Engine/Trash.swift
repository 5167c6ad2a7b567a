import Glibc
import Linux
import Support

/// Removes trees at once for everybody who looks, and from the disk a little later: unlinking a
/// container's dozen files takes ext4 milliseconds that nobody should wait for.
final class Trash: Sendable {
    private let folders: [String]
    /// One thread: removals wait for each other, not for the engine.
    private let worker = Blocking(limit: 1)
    private let log: @Sendable (String) -> Void

    init(kit: Kit, log: @escaping @Sendable (String) -> Void) {
        folders = ["\(kit.root)/trash", "\(kit.run)/trash"]
        self.log = log
    }

    /// Makes the folders, and removes what an earlier daemon did not get to.
    func open() throws(EscaleError) {
        for folder in folders {
            try Files.makeDirectory(folder, mode: 0o700)
            for name in try Files.list(folder) { remove("\(folder)/\(name)") }
        }
    }

    /// After this the path is gone. A missing one is fine.
    func discard(_ path: String) throws(EscaleError) {
        for folder in folders where path.hasPrefix(Path.parent(folder) + "/") {
            let target = "\(folder)/\(Hex.random(8))"
            if rename(path, target) == 0 {
                remove(target)
                return
            }
            if errno == ENOENT, !Files.exists(path) { return }
        }
        try Files.removeTree(path)
    }

    private func remove(_ path: String) {
        worker.submit { [log] in
            do throws(EscaleError) { try Files.removeTree(path) } catch { log(error.message) }
        }
    }
}
