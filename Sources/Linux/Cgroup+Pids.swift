import Support

/// How many tasks (cgroup-v1/pids).
public enum PidsController: CgroupController {
    public static let name = "pids"

    public static func isNeeded(by limits: CgroupLimits) -> Bool { (limits.pids ?? 0) > 0 }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        guard let n = limits.pids else { return [] }
        return [.init("pids.max", n > 0 ? "\(n)" : "max")]
    }

    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {
        stats.pids = folder.number("pids.current")
        stats.pidsLimit = folder.number("pids.max")
    }
}
