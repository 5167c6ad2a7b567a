import Support

/// Memory (kernel documentation, cgroup-v1/memory and cgroup-v2 "Memory").
public enum MemoryController: CgroupController {
    public static let name = "memory"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        [
            .init("memory.limit", above0: limits.memory),
            .init("memory.reservation", above0: limits.memoryReservation),
            .init("memory.swap", above0: limits.memorySwap),
            .init("memory.kernel", above0: limits.kernelMemory),
            .init("memory.kernelTCP", above0: limits.kernelTCPMemory),
            .init("memory.swappiness", asked: limits.swappiness),
            limits.disableOOMKiller ? .init("memory.disableOOMKiller", true) : nil
        ].compactMap { $0 }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        if let swap = limits.memorySwap, let memory = limits.memory, swap > 0, memory > 0, swap < memory {
            throw CgroupField("memory.swap", swap).refused(
                .invalid, "memory+swap limit should be >= memory limit")
        }
        if let n = limits.swappiness, n > 100 {
            throw CgroupField("memory.swappiness", n).refused(.invalid, "not in 0 to 100")
        }
        return folder.version == .v1 ? v1(limits) : try v2(limits, folder)
    }

    private static func v1(_ limits: CgroupLimits) -> [CgroupWrite] {
        var writes: [CgroupWrite] = []
        // The limit may not pass that of memory and swap, which may be still to be raised.
        if let n = limits.memory {
            writes.append(.init("memory.limit_in_bytes", n, for: "memory.limit", retried: true))
        }
        // Without swap accounting there is no such file, and mostly no swap to limit either. No limit
        // of memory is no limit of both.
        if let n = limits.memorySwap ?? (limits.memory == -1 ? -1 : nil) {
            writes.append(.init("memory.memsw.limit_in_bytes", n, for: "memory.swap", optional: true))
        }
        if let n = limits.memoryReservation {
            writes.append(.init("memory.soft_limit_in_bytes", n, for: "memory.reservation"))
        }
        if let n = limits.kernelMemory {
            writes.append(.init("memory.kmem.limit_in_bytes", n, for: "memory.kernel"))
        }
        if let n = limits.kernelTCPMemory {
            writes.append(.init("memory.kmem.tcp.limit_in_bytes", n, for: "memory.kernelTCP"))
        }
        if let n = limits.swappiness {
            writes.append(.init("memory.swappiness", n, for: "memory.swappiness"))
        }
        if limits.disableOOMKiller {
            writes.append(.init("memory.oom_control", 1, for: "memory.disableOOMKiller"))
        }
        return writes
    }

    private static func v2(_ limits: CgroupLimits, _ folder: CgroupFolder) throws(EscaleError)
        -> [CgroupWrite]
    {
        try refuse(
            limits, ["memory.kernel", "memory.kernelTCP", "memory.swappiness", "memory.disableOOMKiller"],
            "cgroup v2 has nothing of the kind")
        func text(_ n: Int64) -> String { n < 0 ? "max" : "\(n)" }
        var writes: [CgroupWrite] = []
        if limits.checksMemory, let n = limits.memory, n > 0, let usage = folder.number("memory.current"),
            usage > UInt64(n)
        {
            throw CgroupField("memory.limit", n).refused(.conflict, "\(usage) bytes are in use")
        }
        if let n = limits.memory { writes.append(.init("memory.max", text(n), for: "memory.limit")) }
        if let swap = try swapAlone(limits, folder) {
            writes.append(.init("memory.swap.max", text(swap), for: "memory.swap", optional: true))
        }
        if let n = limits.memoryReservation {
            writes.append(.init("memory.low", n < 0 ? "0" : "\(n)", for: "memory.reservation"))
        }
        return writes
    }

    /// Version 2 counts swap apart: the limit of both, less that of memory.
    private static func swapAlone(_ limits: CgroupLimits, _ folder: CgroupFolder) throws(EscaleError)
        -> Int64?
    {
        guard let both = limits.memorySwap else { return limits.memory == -1 ? -1 : nil }
        if both < 0 { return -1 }
        let memory = limits.memory ?? folder.number("memory.max").flatMap { Int64(exactly: $0) } ?? 0
        guard memory > 0 else {
            throw CgroupField("memory.swap", both).refused(
                .invalid, "unable to set swap limit without memory limit")
        }
        guard both >= memory else {
            throw CgroupField("memory.swap", both).refused(
                .invalid, "memory+swap limit should be >= memory limit")
        }
        return both - memory
    }

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        stats.memoryDetails = folder.table("memory.stat")
        if folder.version == .v1 {
            stats.unlimited = 0x7FFF_FFFF_FFFF_F000
            let memory = counter("memory", folder)
            stats.memoryUsage = memory.usage
            stats.memoryMaxUsage = memory.max
            stats.memoryLimit = memory.limit
            stats.memoryFailures = memory.failures
            stats.swap = counter("memory.memsw", folder)
            stats.kernelMemory = counter("memory.kmem", folder)
            stats.kernelTCPMemory = counter("memory.kmem.tcp", folder)
            stats.memoryInactiveFile = stats.memoryDetails["total_inactive_file"]
            stats.oomKills = folder.table("memory.oom_control")["oom_kill"]
        } else {
            stats.memoryUsage = folder.number("memory.current")
            stats.memoryMaxUsage = folder.number("memory.peak")
            stats.memoryLimit = folder.number("memory.max")
            stats.memoryInactiveFile = stats.memoryDetails["inactive_file"]
            if let swap = folder.number("memory.swap.current"), let memory = stats.memoryUsage {
                stats.swap.usage = memory + swap
                let limit = folder.number("memory.swap.max")
                stats.swap.limit = stats.memoryLimit.flatMap { memory in limit.map { memory + $0 } }
            }
            stats.kernelMemory.usage = stats.memoryDetails["kernel"]
            let events = folder.table("memory.events")
            stats.memoryFailures = events["max"]
            stats.oomKills = events["oom_kill"]
        }
    }

    private static func counter(_ prefix: String, _ folder: CgroupFolder) -> CgroupStats.Counter {
        var counter = CgroupStats.Counter()
        counter.usage = folder.number("\(prefix).usage_in_bytes")
        // Without swap accounting, for one, none of its files is there.
        guard counter.usage != nil else { return counter }
        counter.max = folder.number("\(prefix).max_usage_in_bytes")
        counter.limit = folder.number("\(prefix).limit_in_bytes")
        counter.failures = folder.number("\(prefix).failcnt")
        return counter
    }
}
