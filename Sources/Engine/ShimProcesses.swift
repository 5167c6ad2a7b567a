import Glibc
import Linux
import Support

/// Shims that an earlier daemon started and that can't be reached: still being made, or nearly gone.
enum ShimProcesses {
    /// Process ids by container, from the command lines (`escale-runtime shim RUN/containers/ID/shim.json`).
    static func list(_ kit: Kit) -> [String: [pid_t]] {
        let prefix = "\(kit.run)/containers/"
        var found: [String: [pid_t]] = [:]
        for name in (try? Files.list("/proc")) ?? [] {
            guard let pid = pid_t(name), pid > 0,
                let bytes = try? Files.read("/proc/\(pid)/cmdline", limit: 4096)
            else { continue }
            let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 3, words[1] == "shim", words[2].hasPrefix(prefix) else { continue }
            let parts = words[2].dropFirst(prefix.count).split(separator: "/")
            if parts.count == 2, parts[1] == "shim.json" { found[String(parts[0]), default: []].append(pid) }
        }
        return found
    }

    /// Waits until they have ended: what they still do must not meet a new run of the container.
    /// - Parameter patience: milliseconds for one that is writing down the end of its container.
    static func end(_ pids: [pid_t], patience: Int32) {
        for pid in pids {
            guard let process = try? ProcessHandle(pid) else { continue }
            if (try? process.waitForEnd(milliseconds: patience)) == true { continue }
            try? process.signal(SIGKILL)
            _ = try? process.waitForEnd(milliseconds: 10_000)
        }
    }
}
