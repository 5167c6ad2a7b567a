import Support

/// Memory (kernel documentation, cgroup-v1/memory and cgroup-v2 "Memory").
public enum MemoryController: CgroupController {
    public static let name = "memory"

    public static func isNeeded(by limits: CgroupLimits) -> Bool {
        limits.memory != nil || limits.memoryReservation != nil || limits.memorySwap != nil
            || limits.swappiness != nil || limits.disableOOMKiller
    }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        if let swap = limits.memorySwap, let memory = limits.memory, swap > 0, memory > 0, swap < memory {
            throw EscaleError(.invalid, "memory+swap limit should be >= memory limit")
        }
        return version == .v1 ? v1(limits) : v2(limits)
    }

    private static func v1(_ limits: CgroupLimits) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        if let n = limits.memory { writes.append(.init("memory.limit_in_bytes", n)) }
        // Without swap accounting there is no such file, and no swap to limit either.
        if let n = limits.memorySwap {
            writes.append(.init("memory.memsw.limit_in_bytes", n, optional: true))
        }
        if let n = limits.memoryReservation { writes.append(.init("memory.soft_limit_in_bytes", n)) }
        if let n = limits.swappiness { writes.append(.init("memory.swappiness", n)) }
        if limits.disableOOMKiller { writes.append(.init("memory.oom_control", 1)) }
        return writes
    }

    private static func v2(_ limits: CgroupLimits) -> [CgroupWrite] {
        func text(_ n: Int64) -> String { n < 0 ? "max" : "\(n)" }
        var writes: [CgroupWrite] = []
        if let n = limits.memory { writes.append(.init("memory.max", text(n))) }
        if let total = limits.memorySwap {
            // Version 2 counts swap apart.
            let memory = max(0, limits.memory ?? 0)
            writes.append(.init("memory.swap.max", text(total < 0 ? -1 : total - memory), optional: true))
        }
        if let n = limits.memoryReservation { writes.append(.init("memory.low", max(0, n))) }
        return writes
    }

    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {
        stats.memoryDetails = folder.table("memory.stat")
        if version == .v1 {
            stats.memoryUsage = folder.number("memory.usage_in_bytes")
            stats.memoryMaxUsage = folder.number("memory.max_usage_in_bytes")
            stats.memoryLimit = folder.number("memory.limit_in_bytes")
            stats.memoryFailures = folder.number("memory.failcnt")
            stats.memoryInactiveFile = stats.memoryDetails["total_inactive_file"]
            stats.oomKills = folder.table("memory.oom_control")["oom_kill"]
        } else {
            stats.memoryUsage = folder.number("memory.current")
            stats.memoryMaxUsage = folder.number("memory.peak")
            stats.memoryLimit = folder.number("memory.max")
            stats.memoryInactiveFile = stats.memoryDetails["inactive_file"]
            let events = folder.table("memory.events")
            stats.memoryFailures = events["max"]
            stats.oomKills = events["oom_kill"]
        }
    }
}
