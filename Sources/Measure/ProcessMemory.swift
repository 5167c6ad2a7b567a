import Linux
import Support

/// What processes cost in memory, and which ones belong together.
public enum ProcessMemory {
    /// Proportional set size in bytes: a process's own pages, and its part of the shared ones
    /// (proc_pid_smaps_rollup(5)). 0 for a process that has gone.
    public static func pss(_ pid: Int) -> Int {
        guard let text = try? Files.text("/proc/\(pid)/smaps_rollup") else { return 0 }
        for line in text.split(separator: "\n") where line.hasPrefix("Pss:") {
            return (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
        }
        return 0
    }

    public static func pss(_ pids: [Int]) -> Int { pids.reduce(0) { $0 + pss($1) } }

    /// The process and everything below it, from /proc/PID/task/*/children.
    public static func tree(_ pid: Int) -> [Int] {
        let tasks = (try? Files.list("/proc/\(pid)/task")) ?? []
        let children = tasks.flatMap { task in
            ((try? Files.text("/proc/\(pid)/task/\(task)/children")) ?? "").split(separator: " ").compactMap {
                Int($0)
            }
        }
        return [pid] + children.flatMap(tree)
    }

    /// The parent's id, from /proc/PID/status.
    public static func parent(of pid: Int) -> Int? {
        guard let text = try? Files.text("/proc/\(pid)/status") else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("PPid:") {
            return Int(line.dropFirst(5).drop { $0 == "\t" || $0 == " " })
        }
        return nil
    }
}
