import Glibc
import Linux
import Support
import Testing

/// A folder that looks like a host's cgroup mounts, gone at the end.
final class FakeCgroups {
    let root: String

    init() throws {
        root = "/tmp/escale-cgroups-\(Hex.random(6))"
        try Files.makeDirectory(root)
    }

    deinit { try? Files.removeTree(root) }

    func write(_ path: String, _ text: String) throws {
        try Files.makeDirectory(Path.parent("\(root)/\(path)"))
        try Files.replace("\(root)/\(path)", Array(text.utf8))
    }

    func text(_ path: String) throws -> String { try Files.text("\(root)/\(path)") }

    var v1: CgroupHost {
        CgroupHost(hierarchies: [
            .init(version: .v1, mountPoint: "\(root)/memory", controllers: ["memory"]),
            .init(version: .v1, mountPoint: "\(root)/cpu,cpuacct", controllers: ["cpu", "cpuacct"]),
            .init(version: .v1, mountPoint: "\(root)/pids", controllers: ["pids"])
        ])
    }

    var v2: CgroupHost {
        CgroupHost(hierarchies: [
            .init(version: .v2, mountPoint: root, controllers: ["cpu", "memory", "pids", "io"])
        ])
    }
}

@Suite struct CgroupTests {
    static let hybrid = """
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
        32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
        35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
        40 31 0:37 / /sys/fs/cgroup/my\\040systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
        """

    @Test func findsHierarchiesInMountinfo() {
        let host = CgroupHost.parse(mountinfo: Self.hybrid)
        #expect(host.mode == .hybrid)
        #expect(host.hierarchy(of: "cpuacct")?.mountPoint == "/sys/fs/cgroup/cpu,cpuacct")
        #expect(host.hierarchies[2].mountPoint == "/sys/fs/cgroup/my systemd")
        #expect(host.hierarchies[2].controllers == ["name=systemd"])
        #expect(host.unified?.mountPoint == "/sys/fs/cgroup/unified")
        #expect(CgroupHost.parse(mountinfo: "").mode == .none)
    }

    @Test func memoryLimitsOfBothVersions() throws {
        var limits = CgroupLimits()
        limits.memory = 64 << 20
        limits.memorySwap = 96 << 20
        let v1 = try MemoryController.writes(limits, .v1)
        #expect(v1.map(\.file) == ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"])
        let v2 = try MemoryController.writes(limits, .v2)
        #expect(v2.map(\.value) == ["\(64 << 20)", "\(32 << 20)"])
        limits.memorySwap = 1 << 20
        #expect(throws: EscaleError.self) { try MemoryController.writes(limits, .v1) }
    }

    @Test func cpuLimitsOfBothVersions() throws {
        var limits = CgroupLimits()
        limits.cpuQuota = 50_000
        limits.cpuPeriod = 100_000
        limits.cpuShares = 1024
        #expect(try CPUController.writes(limits, .v1).last?.value == "50000")
        #expect(
            try CPUController.writes(limits, .v2) == [
                .init("cpu.weight", 39), .init("cpu.max", "50000 100000")
            ])
        #expect(CPUController.weight(shares: 2) == 1)
        #expect(CPUController.weight(shares: 262_144) == 10_000)
    }

    @Test func missingControllerIsNamedOnlyWhenNeeded() throws {
        let cgroup = Cgroup(host: CgroupHost(hierarchies: []), path: "/x")
        try cgroup.check(CgroupLimits())
        var limits = CgroupLimits()
        limits.pids = 10
        let error = #expect(throws: EscaleError.self) { try cgroup.check(limits) }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("pids") == true)
    }

    @Test func appliesLimitsToFiles() throws {
        let fake = try FakeCgroups()
        for file in ["memory/c/memory.limit_in_bytes", "pids/c/pids.max"] { try fake.write(file, "") }
        var limits = CgroupLimits()
        limits.memory = 1 << 20
        limits.memorySwap = 1 << 20
        limits.pids = -1
        let cgroup = Cgroup(host: fake.v1, path: "/c")
        // No swap accounting here: its file is missing, and that is fine.
        try cgroup.update(limits)
        #expect(try fake.text("memory/c/memory.limit_in_bytes") == "1048576")
        #expect(try fake.text("pids/c/pids.max") == "max")
    }

    @Test func readsFiguresOfVersion1() throws {
        let fake = try FakeCgroups()
        try fake.write("memory/c/memory.usage_in_bytes", "4096\n")
        try fake.write("memory/c/memory.limit_in_bytes", "9223372036854771712\n")
        try fake.write("memory/c/memory.stat", "cache 1\ntotal_inactive_file 512\n")
        try fake.write("memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
        try fake.write("cpu,cpuacct/c/cpuacct.usage", "123456\n")
        try fake.write("cpu,cpuacct/c/cpuacct.usage_percpu", "100 23 \n")
        try fake.write("pids/c/pids.current", "3\n")
        try fake.write("pids/c/pids.max", "max\n")
        try fake.write("pids/c/cgroup.procs", "10\n11\n")
        let cgroup = Cgroup(host: fake.v1, path: "c")
        let stats = cgroup.stats()
        #expect(stats.memoryUsage == 4096)
        #expect(stats.memoryLimit == nil)
        #expect(stats.memoryInactiveFile == 512)
        #expect(stats.oomKills == 2)
        #expect(stats.cpuUsage == 123_456)
        #expect(stats.perCPU == [100, 23])
        #expect(stats.pids == 3)
        #expect(stats.pidsLimit == nil)
        #expect(cgroup.processes() == [10, 11])
        #expect(cgroup.oomKills() == 2)
    }

    @Test func readsFiguresOfVersion2() throws {
        let fake = try FakeCgroups()
        try fake.write("c/memory.current", "100\n")
        try fake.write("c/memory.max", "max\n")
        try fake.write("c/memory.events", "low 0\nmax 4\noom_kill 1\n")
        try fake.write("c/cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\nthrottled_usec 7\n")
        try fake.write("c/io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=5 wbytes=0\n")
        let stats = Cgroup(host: fake.v2, path: "/c").stats()
        #expect(stats.memoryUsage == 100)
        #expect(stats.oomKills == 1)
        #expect(stats.cpuUsage == 5000)
        #expect(stats.cpuThrottledTime == 7000)
        #expect(stats.readBytes == 15)
        #expect(stats.writeBytes == 20)
    }

    @Test func cpusetIsJoinedOnlyWhenAskedFor() {
        let host = CgroupHost(hierarchies: [
            .init(version: .v1, mountPoint: "/m", controllers: ["memory"]),
            .init(version: .v1, mountPoint: "/s", controllers: ["cpuset"]),
            .init(version: .v1, mountPoint: "/n", controllers: ["name=systemd"])
        ])
        let cgroup = Cgroup(host: host, path: "/c")
        var limits = CgroupLimits()
        #expect(cgroup.hierarchies(for: limits).map(\.mountPoint) == ["/m"])
        limits.cpus = "0"
        #expect(cgroup.hierarchies(for: limits).map(\.mountPoint) == ["/m", "/s"])
    }
}
