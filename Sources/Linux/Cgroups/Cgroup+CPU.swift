import Support

/// CPU time (cgroup-v1: sched-design-CFS, sched-bwc, sched-rt-group; cgroup-v2 "CPU").
public enum CPUController: CgroupController {
    public static let name = "cpu"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        [
            .init("cpu.shares", above0: limits.cpuShares), .init("cpu.quota", above0: limits.cpuQuota),
            .init("cpu.period", above0: limits.cpuPeriod), .init("cpu.burst", asked: limits.cpuBurst),
            .init("cpu.idle", asked: limits.cpuIdle),
            .init("cpu.realtimeRuntime", above0: limits.realtimeRuntime),
            .init("cpu.realtimePeriod", above0: limits.realtimePeriod)
        ].compactMap { $0 }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        folder.version == .v1 ? v1(limits) : try v2(limits, folder)
    }

    private static func v1(_ limits: CgroupLimits) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        // A real-time process can't come in before there is time for it.
        if let n = limits.realtimePeriod, n > 0 {
            writes.append(.init("cpu.rt_period_us", n, for: "cpu.realtimePeriod", retried: true))
        }
        if let n = limits.realtimeRuntime, n != 0 {
            writes.append(.init("cpu.rt_runtime_us", n, for: "cpu.realtimeRuntime"))
        }
        if let n = limits.cpuIdle { writes.append(.init("cpu.idle", n, for: "cpu.idle")) }
        // What idles has no weight.
        if let n = limits.cpuShares, n > 0, limits.cpuIdle != 1 {
            writes.append(.init("cpu.shares", n, for: "cpu.shares"))
        }
        // Each must suit the others: where the new one does not suit the old ones, it comes last.
        if let n = limits.cpuBurst {
            writes.append(.init("cpu.cfs_burst_us", n, for: "cpu.burst", retried: true))
        }
        if let n = limits.cpuPeriod, n > 0 {
            writes.append(.init("cpu.cfs_period_us", n, for: "cpu.period", retried: true))
        }
        if let n = limits.cpuQuota, n != 0 {
            writes.append(.init("cpu.cfs_quota_us", n, for: "cpu.quota"))
        }
        return writes
    }

    private static func v2(_ limits: CgroupLimits, _ folder: CgroupFolder) throws(EscaleError)
        -> [CgroupWrite]
    {
        try refuse(
            limits, ["cpu.realtimeRuntime", "cpu.realtimePeriod"], "cgroup v2 has nothing of the kind")
        var writes: [CgroupWrite] = []
        if let n = limits.cpuIdle { writes.append(.init("cpu.idle", n, for: "cpu.idle")) }
        if let n = limits.cpuShares, n > 0, limits.cpuIdle != 1 {
            writes.append(.init("cpu.weight", weight(shares: n), for: "cpu.shares"))
        }
        if let n = limits.cpuBurst {
            writes.append(.init("cpu.max.burst", n, for: "cpu.burst", retried: true))
        }
        let quota = limits.cpuQuota.flatMap { $0 == 0 ? nil : $0 > 0 ? "\($0)" : "max" }
        if let period = limits.cpuPeriod, period > 0 {
            let now = folder.text("cpu.max")?.split(separator: " ").first.map(String.init)
            writes.append(.init("cpu.max", "\(quota ?? now ?? "max") \(period)", for: "cpu.period"))
        } else if let quota {
            // Alone it leaves the period as it is.
            writes.append(.init("cpu.max", quota, for: "cpu.quota"))
        }
        return writes
    }

    /// Shares of version 1 (2 to 262144) as a weight of version 2 (1 to 10000).
    package static func weight(shares: UInt64) -> UInt64 {
        let shares = min(max(shares, 2), 262_144)
        return 1 + (shares - 2) * 9999 / 262_142
    }

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        let table = folder.table("cpu.stat")
        stats.cpuPeriods = table["nr_periods"]
        stats.cpuThrottledPeriods = table["nr_throttled"]
        if folder.version == .v1 {
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

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        guard folder.version == .v1 else { return }
        stats.cpuUsage = folder.number("cpuacct.usage")
        stats.cpuUser = folder.number("cpuacct.usage_user")
        stats.cpuSystem = folder.number("cpuacct.usage_sys")
        stats.perCPU = list("cpuacct.usage_percpu", folder)
        stats.perCPUUser = list("cpuacct.usage_percpu_user", folder)
        stats.perCPUSystem = list("cpuacct.usage_percpu_sys", folder)
    }

    private static func list(_ file: String, _ folder: CgroupFolder) -> [UInt64] {
        (folder.text(file) ?? "").split(whereSeparator: \.isWhitespace).compactMap { UInt64($0) }
    }
}
