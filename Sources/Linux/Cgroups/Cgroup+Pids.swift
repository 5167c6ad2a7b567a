import Support

/// How many tasks (cgroup-v1/pids; cgroup-v2 "PID").
public enum PidsController: CgroupController {
    public static let name = "pids"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        [.init("pids.limit", above0: limits.pids)].compactMap { $0 }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        guard let n = limits.pids else { return [] }
        return [.init("pids.max", n > 0 ? "\(n)" : "max", for: "pids.limit")]
    }

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        stats.pids = folder.number("pids.current")
        stats.pidsLimit = folder.number("pids.max")
    }
}
