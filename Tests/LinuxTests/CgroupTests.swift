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

    /// A hierarchy per controller, and one of two.
    var v1: CgroupHost {
        func one(_ name: String) -> CgroupHost.Hierarchy {
            .init(
                version: .v1, mountPoint: "\(root)/\(name)",
                controllers: name.split(separator: ",").map(String.init))
        }
        return CgroupHost(hierarchies: ["memory", "cpu,cpuacct", "pids", "blkio", "devices"].map(one))
    }

    var v2: CgroupHost { unified(["cpu", "cpuset", "memory", "pids", "io", "hugetlb", "rdma"], at: root) }

    /// Some of version 1, and version 2 with what is not there.
    var hybrid: CgroupHost {
        CgroupHost(
            hierarchies: v1.hierarchies + unified(["hugetlb"], at: "\(root)/unified").hierarchies)
    }

    private func unified(_ controllers: [String], at top: String) -> CgroupHost {
        CgroupHost(hierarchies: [.init(version: .v2, mountPoint: top, controllers: controllers)])
    }

    /// Empty files in the cgroup `c` of a hierarchy.
    func prepare(_ files: String..., at hierarchy: String = "") throws {
        for file in files { try write("\(hierarchy.isEmpty ? "" : hierarchy + "/")c/\(file)", "") }
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

    @Test func missingControllerIsNamedOnlyWhenNeeded() throws {
        let cgroup = Cgroup(host: CgroupHost(hierarchies: []), path: "/x")
        try cgroup.check(CgroupLimits())
        func refusal(_ change: (inout CgroupLimits) -> Void) -> String? {
            var limits = CgroupLimits()
            change(&limits)
            do {
                try cgroup.check(limits)
                return nil
            } catch { return error.code == .unavailable ? error.message : "\(error.code)" }
        }
        #expect(refusal { $0.pids = -1 } == nil)
        #expect(refusal { $0.memory = -1 } == nil)
        let reason = "the host has no"
        #expect(refusal { $0.pids = 10 }?.hasPrefix("linux.resources.pids.limit: 10: \(reason) pids") == true)
        #expect(
            refusal { $0.memory = 4096 }?.hasPrefix("linux.resources.memory.limit: 4096: \(reason) memory")
                == true)
        #expect(refusal { $0.mems = "0" }?.hasPrefix("linux.resources.cpu.mems: 0: \(reason) cpuset") == true)
        #expect(
            refusal { $0.hugepages = [.init(size: "2MB", limit: 0)] }?.contains("hugepageLimits: 2MB 0")
                == true)
        #expect(refusal { $0.networkClass = 7 }?.contains("network.classID: 7: \(reason) net_cls") == true)
        #expect(
            refusal { $0.unified = ["memory.high": "1"] }?.contains("unified[\"memory.high\"]: 1: ") == true)
    }

    @Test func unifiedNamesFilesOfControllersThatAreThere() throws {
        let fake = try FakeCgroups()
        let cgroup = Cgroup(host: fake.hybrid, path: "/c")
        func code(_ file: String) -> EscaleError.Code? {
            var limits = CgroupLimits()
            limits.unified = [file: "1"]
            do {
                try cgroup.check(limits)
                return nil
            } catch { return error.code }
        }
        #expect(code("hugetlb.2MB.max") == nil)
        #expect(code("cgroup.max.depth") == nil)
        #expect(code("memory.high") == .unavailable)
        #expect(code("../memory.high") == .invalid)
        #expect(code("memory") == .invalid)
    }

    @Test func appliesLimitsToFilesOfVersion1() throws {
        let fake = try FakeCgroups()
        try fake.prepare("memory.limit_in_bytes", at: "memory")
        try fake.prepare("pids.max", at: "pids")
        var limits = CgroupLimits()
        limits.memory = 1 << 20
        limits.memorySwap = 1 << 20
        limits.pids = -1
        // No swap accounting here: its file is missing, and that is fine.
        try Cgroup(host: fake.v1, path: "/c").update(limits)
        #expect(try fake.text("memory/c/memory.limit_in_bytes") == "1048576")
        #expect(try fake.text("pids/c/pids.max") == "max")
        limits.swappiness = 5
        let error = #expect(throws: EscaleError.self) { try Cgroup(host: fake.v1, path: "/c").update(limits) }
        #expect(error?.message.hasPrefix("linux.resources.memory.swappiness: 5: this host has no ") == true)
    }

    @Test func version2ParentsPassDownWhatIsUsualAndWhatIsAsked() throws {
        let fake = try FakeCgroups()
        // A real one answers a write with the whole list; this file keeps what is beyond its length.
        try fake.write("cgroup.subtree_control", "cpu io\n")
        try fake.write("p/cgroup.subtree_control", "")
        let cgroup = Cgroup(host: fake.v2, path: "/p/c")
        let hierarchy = fake.v2.hierarchies[0]
        try cgroup.create(in: hierarchy)
        #expect(try fake.text("cgroup.subtree_control") == "+memory +pids")
        #expect(try fake.text("p/cgroup.subtree_control") == "+memory +cpu +pids +io")
        // All there: nothing is written.
        try fake.write("p/cgroup.subtree_control", "cpu io memory pids\n")
        try cgroup.create(in: hierarchy)
        #expect(try fake.text("p/cgroup.subtree_control") == "cpu io memory pids\n")
        var limits = CgroupLimits()
        limits.cpus = "0"
        limits.unified = ["rdma.max": "x"]
        try fake.write("cgroup.subtree_control", "cpu io memory pids cpuset rdma\n")
        try cgroup.create(in: hierarchy, for: limits)
        #expect(try fake.text("p/cgroup.subtree_control").hasPrefix("+cpuset +rdma"))
    }

    @Test func version2HasFreezerAndDevicesWithoutAController() throws {
        let fake = try FakeCgroups()
        try fake.write("c/cgroup.freeze", "0")
        try fake.write("c/cgroup.events", "populated 1\nfrozen 1\n")
        let cgroup = Cgroup(host: fake.v2, path: "/c")
        #expect(!cgroup.isFrozen)
        try cgroup.freeze(true)
        #expect(try fake.text("c/cgroup.freeze") == "1")
        #expect(cgroup.isFrozen)
        var limits = CgroupLimits()
        limits.devices = [.init(allow: false, type: "a", major: nil, minor: nil, access: "rwm")]
        try cgroup.check(limits)
    }

    @Test func hybridTakesEachControllerWhereItIs() throws {
        let fake = try FakeCgroups()
        try fake.prepare("memory.limit_in_bytes", at: "memory")
        try fake.prepare("hugetlb.2MB.max", at: "unified")
        try fake.write("unified/cgroup.subtree_control", "hugetlb\n")
        var limits = CgroupLimits()
        limits.memory = 4096
        limits.hugepages = [.init(size: "2MB", limit: 1 << 21)]
        try Cgroup(host: fake.hybrid, path: "/c").update(limits)
        #expect(try fake.text("memory/c/memory.limit_in_bytes") == "4096")
        #expect(try fake.text("unified/c/hugetlb.2MB.max") == "2097152")
    }

    @Test func readsFiguresOfVersion1() throws {
        let fake = try FakeCgroups()
        try fake.write("memory/c/memory.usage_in_bytes", "4096\n")
        try fake.write("memory/c/memory.limit_in_bytes", "9223372036854771712\n")
        try fake.write("memory/c/memory.stat", "cache 1\ntotal_inactive_file 512\n")
        try fake.write("memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
        try fake.write("memory/c/memory.memsw.usage_in_bytes", "8192\n")
        try fake.write("memory/c/memory.memsw.failcnt", "3\n")
        try fake.write(
            "blkio/c/blkio.throttle.io_service_bytes_recursive",
            "8:0 Read 512\n8:0 Write 1024\n8:16 Read 512\n8:0 Total 1536\nTotal 2048\n")
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
        #expect(stats.swap.usage == 8192)
        #expect(stats.swap.failures == 3)
        #expect(stats.readBytes == 1024)
        #expect(stats.writeBytes == 1024)
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
        try fake.write("c/memory.swap.current", "7\n")
        try fake.write("c/hugetlb.2MB.current", "4194304\n")
        try fake.write("c/hugetlb.2MB.rsvd.current", "0\n")
        try fake.write("c/hugetlb.2MB.max", "max\n")
        try fake.write("c/rdma.current", "mlx4_0 hca_handle=2 hca_object=20\n")
        try fake.write("c/cpuset.cpus", "\n")
        try fake.write("c/cpuset.cpus.effective", "0-1\n")
        try fake.write("c/io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=5 wbytes=0\n")
        let stats = Cgroup(host: fake.v2, path: "/c").stats()
        #expect(stats.memoryUsage == 100)
        #expect(stats.oomKills == 1)
        #expect(stats.cpuUsage == 5000)
        #expect(stats.cpuThrottledTime == 7000)
        #expect(stats.swap.usage == 107)
        #expect(stats.hugepages.count == 1)
        #expect(stats.hugepages["2MB"]?.usage == 4_194_304)
        #expect(stats.rdma["mlx4_0"] == ["hca_handle": 2, "hca_object": 20])
        #expect(stats.cpus == "0-1")
        #expect(stats.readBytes == 15)
        #expect(stats.writeBytes == 20)
        #expect(stats.ioOperations == [.init(major: 8, minor: 0, operation: "Read", value: 1)])
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
        limits.cpus = ""
        limits.hugepages = [.init(size: "2MB", limit: 0)]
        #expect(cgroup.hierarchies(for: limits).map(\.mountPoint) == ["/m"])
    }
}
