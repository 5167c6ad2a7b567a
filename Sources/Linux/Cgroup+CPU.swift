import Support

/// CPU time (cgroup-v1: sched-bwc; cgroup-v2 "CPU").
public enum CPUController: CgroupController {
    public static let name = "cpu"

    public static func isNeeded(by limits: CgroupLimits) -> Bool {
        limits.cpuShares != nil || limits.cpuQuota != nil || limits.cpuPeriod != nil
            || limits.cpuBurst != nil || limits.cpuIdle != nil || limits.realtimeRuntime != nil
            || limits.realtimePeriod != nil
    }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        version == .v1 ? v1(limits) : v2(limits)
    }

    private static func v1(_ limits: CgroupLimits) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        if let n = limits.cpuShares, n > 0 { writes.append(.init("cpu.shares", n)) }
        if let n = limits.cpuPeriod, n > 0 { writes.append(.init("cpu.cfs_period_us", n)) }
        if let n = limits.cpuQuota, n != 0 { writes.append(.init("cpu.cfs_quota_us", n)) }
        if let n = limits.cpuBurst { writes.append(.init("cpu.cfs_burst_us", n)) }
        if let n = limits.realtimePeriod, n > 0 { writes.append(.init("cpu.rt_period_us", n)) }
        if let n = limits.realtimeRuntime, n != 0 { writes.append(.init("cpu.rt_runtime_us", n)) }
        if let n = limits.cpuIdle { writes.append(.init("cpu.idle", n)) }
        return writes
    }

    private static func v2(_ limits: CgroupLimits) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        if let n = limits.cpuShares, n > 0 { writes.append(.init("cpu.weight", weight(shares: n))) }
        if limits.cpuQuota != nil || limits.cpuPeriod != nil {
            let quota = limits.cpuQuota ?? 0
            let period = limits.cpuPeriod ?? 0
            writes.append(
                .init("cpu.max", "\(quota > 0 ? "\(quota)" : "max") \(period > 0 ? period : 100_000)"))
        }
        if let n = limits.cpuBurst { writes.append(.init("cpu.max.burst", n)) }
        if let n = limits.cpuIdle { writes.append(.init("cpu.idle", n)) }
        return writes
    }

    /// Shares of version 1 (2 to 262144) as a weight of version 2 (1 to 10000).
    package static func weight(shares: UInt64) -> UInt64 {
        let shares = min(max(shares, 2), 262_144)
        return 1 + (shares - 2) * 9999 / 262_142
    }

    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {
        let table = folder.table("cpu.stat")
        stats.cpuPeriods = table["nr_periods"]
        stats.cpuThrottledPeriods = table["nr_throttled"]
        if version == .v1 {
            stats.cpuThrottledTime = table["throttled_time"]
        } else {
            stats.cpuThrottledTime = table["throttled_usec"].map { $0 * 1000 }
            stats.cpuUsage = table["usage_usec"].map { $0 * 1000 }
            stats.cpuUser = table["user_usec"].map { $0 * 1000 }
            stats.cpuSystem = table["system_usec"].map { $0 * 1000 }
        }
    }
}

/// The count of CPU time, a controller of its own in version 1.
public enum CPUAccountController: CgroupController {
    public static let name = "cpuacct"
    public static let unifiedName = "cpu"

    public static func isNeeded(by limits: CgroupLimits) -> Bool { false }
    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    { [] }

    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {
        guard version == .v1 else { return }
        stats.cpuUsage = folder.number("cpuacct.usage")
        stats.cpuUser = folder.number("cpuacct.usage_user")
        stats.cpuSystem = folder.number("cpuacct.usage_sys")
        stats.perCPU = (folder.text("cpuacct.usage_percpu") ?? "").split(whereSeparator: \.isWhitespace)
            .compactMap { UInt64($0) }
    }
}

/// Which CPUs and memory nodes. In version 1 a new folder allows none: it starts as its parent.
public enum CPUSetController: CgroupController {
    public static let name = "cpuset"

    public static func isNeeded(by limits: CgroupLimits) -> Bool {
        !(limits.cpus ?? "").isEmpty || !(limits.mems ?? "").isEmpty
    }

    public static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    {
        var writes: [CgroupWrite] = []
        if let cpus = limits.cpus, !cpus.isEmpty { writes.append(.init("cpuset.cpus", cpus)) }
        if let mems = limits.mems, !mems.isEmpty { writes.append(.init("cpuset.mems", mems)) }
        return writes
    }
}
