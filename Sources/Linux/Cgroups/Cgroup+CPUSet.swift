import Support

/// Which CPUs and memory nodes (cgroup-v1/cpusets; cgroup-v2 "Cpuset"). In version 1 a new folder allows
/// none: it starts as its parent (`Cgroup.create`).
public enum CPUSetController: CgroupController {
    public static let name = "cpuset"

    public static func asked(_ limits: CgroupLimits) -> [CgroupField] {
        func filled(_ text: String?) -> String? { (text ?? "").isEmpty ? nil : text }
        return [
            .init("cpu.cpus", asked: filled(limits.cpus)), .init("cpu.mems", asked: filled(limits.mems))
        ].compactMap { $0 }
    }

    public static func writes(_ limits: CgroupLimits, to folder: CgroupFolder)
        throws(EscaleError) -> [CgroupWrite]
    {
        asked(limits).map { .init("cpuset\($0.name.dropFirst(3))", $0.value, for: $0.name) }
    }

    private static let switches = [
        "cpu_exclusive", "mem_hardwall", "mem_exclusive", "memory_migrate", "memory_spread_page",
        "memory_spread_slab", "memory_pressure", "sched_load_balance", "sched_relax_domain_level"
    ]

    public static func read(_ folder: CgroupFolder, into stats: inout CgroupStats) {
        guard folder.has("cpuset.cpus") else { return }
        func text(_ file: String) -> String? { folder.text(file)?.filter { !$0.isWhitespace } }
        if folder.version == .v1 {
            stats.cpus = text("cpuset.cpus")
            stats.mems = text("cpuset.mems")
            for name in switches {
                if let text = text("cpuset.\(name)"), let n = Int64(text) { stats.cpusetSwitches[name] = n }
            }
        } else {
            stats.cpus = text("cpuset.cpus.effective")
            stats.mems = text("cpuset.mems.effective")
        }
    }
}
