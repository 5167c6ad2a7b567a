import Linux
import Support
import Testing

/// What each controller writes for the limits it is given, by version.
@Suite struct CgroupControllerTests {
    static let v1 = CgroupFolder("/nosuch", .v1)
    static let v2 = CgroupFolder("/nosuch", .v2)

    /// `file value` lines.
    private func lines(
        _ controller: any CgroupController.Type, _ folder: CgroupFolder,
        _ change: (inout CgroupLimits) -> Void
    ) throws(EscaleError) -> [String] {
        var limits = CgroupLimits()
        change(&limits)
        var lines: [String] = []
        for write in try controller.writes(limits, to: folder) {
            lines.append("\(write.file) \(write.value)")
        }
        return lines
    }

    private func refusal(
        _ controller: any CgroupController.Type, _ folder: CgroupFolder,
        _ change: (inout CgroupLimits) -> Void
    ) -> String? {
        do {
            _ = try lines(controller, folder, change)
            return nil
        } catch { return error.message }
    }

    @Test func memory() throws {
        func both(_ l: inout CgroupLimits) {
            l.memory = 64 << 20
            l.memorySwap = 96 << 20
            l.memoryReservation = 1 << 20
        }
        #expect(
            try lines(MemoryController.self, Self.v1, both) == [
                "memory.limit_in_bytes 67108864", "memory.memsw.limit_in_bytes 100663296",
                "memory.soft_limit_in_bytes 1048576"
            ])
        #expect(
            try lines(MemoryController.self, Self.v2, both) == [
                "memory.max 67108864", "memory.swap.max 33554432", "memory.low 1048576"
            ])
        #expect(
            try lines(MemoryController.self, Self.v1) {
                $0.kernelMemory = 1
                $0.kernelTCPMemory = 2
                $0.swappiness = 0
                $0.disableOOMKiller = true
            } == [
                "memory.kmem.limit_in_bytes 1", "memory.kmem.tcp.limit_in_bytes 2", "memory.swappiness 0",
                "memory.oom_control 1"
            ])
    }

    @Test func noLimitOfMemoryIsNoneOfSwapEither() throws {
        #expect(
            try lines(MemoryController.self, Self.v1) { $0.memory = -1 }
                == ["memory.limit_in_bytes -1", "memory.memsw.limit_in_bytes -1"])
        #expect(
            try lines(MemoryController.self, Self.v2) { $0.memory = -1 } == [
                "memory.max max", "memory.swap.max max"
            ])
    }

    @Test func memoryThatCannotBe() throws {
        for folder in [Self.v1, Self.v2] {
            #expect(
                refusal(MemoryController.self, folder) {
                    $0.memory = 2
                    $0.memorySwap = 1
                } == "linux.resources.memory.swap: 1: memory+swap limit should be >= memory limit")
        }
        #expect(
            refusal(MemoryController.self, Self.v1) { $0.swappiness = 101 }
                == "linux.resources.memory.swappiness: 101: not in 0 to 100")
        #expect(
            refusal(MemoryController.self, Self.v2) { $0.disableOOMKiller = true }
                == "linux.resources.memory.disableOOMKiller: true: cgroup v2 has nothing of the kind")
        #expect(
            refusal(MemoryController.self, Self.v2) { $0.memorySwap = 1 }?.contains("without memory") == true)
    }

    @Test func swapAloneIsCountedFromTheLimitThatHolds() throws {
        let fake = try FakeCgroups()
        try fake.write("c/memory.max", "4096\n")
        let folder = CgroupFolder("\(fake.root)/c", .v2)
        #expect(try lines(MemoryController.self, folder) { $0.memorySwap = 8192 } == ["memory.swap.max 4096"])
        try fake.write("c/memory.current", "4000\n")
        func lower(_ l: inout CgroupLimits) {
            l.memory = 2000
            l.checksMemory = true
        }
        #expect(
            refusal(MemoryController.self, folder, lower)
                == "linux.resources.memory.limit: 2000: 4000 bytes are in use")
    }

    @Test func cpu() throws {
        func all(_ l: inout CgroupLimits) {
            l.cpuShares = 1024
            l.cpuQuota = 50_000
            l.cpuPeriod = 200_000
            l.cpuBurst = 1000
        }
        #expect(
            try lines(CPUController.self, Self.v1, all) == [
                "cpu.shares 1024", "cpu.cfs_burst_us 1000", "cpu.cfs_period_us 200000",
                "cpu.cfs_quota_us 50000"
            ])
        #expect(
            try lines(CPUController.self, Self.v2, all) == [
                "cpu.weight 39", "cpu.max.burst 1000", "cpu.max 50000 200000"
            ])
        #expect(
            try lines(CPUController.self, Self.v1) {
                $0.realtimeRuntime = 9
                $0.realtimePeriod = 10
                $0.cpuIdle = 1
                $0.cpuShares = 5
            } == ["cpu.rt_period_us 10", "cpu.rt_runtime_us 9", "cpu.idle 1"])
        #expect(try lines(CPUController.self, Self.v2) { $0.cpuQuota = -1 } == ["cpu.max max"])
        #expect(
            refusal(CPUController.self, Self.v2) { $0.realtimeRuntime = 9 }
                == "linux.resources.cpu.realtimeRuntime: 9: cgroup v2 has nothing of the kind")
        #expect(CPUController.weight(shares: 2) == 1)
        #expect(CPUController.weight(shares: 262_144) == 10_000)
    }

    @Test func periodAloneKeepsTheQuota() throws {
        let fake = try FakeCgroups()
        try fake.write("c/cpu.max", "30000 100000\n")
        let folder = CgroupFolder("\(fake.root)/c", .v2)
        #expect(try lines(CPUController.self, folder) { $0.cpuPeriod = 50_000 } == ["cpu.max 30000 50000"])
    }

    @Test func cpusetAndPids() throws {
        for folder in [Self.v1, Self.v2] {
            #expect(
                try lines(CPUSetController.self, folder) {
                    $0.cpus = "0-1"
                    $0.mems = "0"
                } == ["cpuset.cpus 0-1", "cpuset.mems 0"])
            #expect(try lines(CPUSetController.self, folder) { $0.cpus = "" } == [])
            #expect(try lines(PidsController.self, folder) { $0.pids = 7 } == ["pids.max 7"])
            #expect(try lines(PidsController.self, folder) { $0.pids = -1 } == ["pids.max max"])
        }
    }

    @Test func disks() throws {
        func all(_ l: inout CgroupLimits) {
            l.ioWeight = 1000
            l.ioDeviceWeights = [.init(major: 8, minor: 0, weight: 10)]
            l.throttles = [
                .init(.readBytes, major: 8, minor: 0, rate: 1),
                .init(.writeBytes, major: 8, minor: 0, rate: 2),
                .init(.readOperations, major: 8, minor: 0, rate: 3),
                .init(.writeOperations, major: 8, minor: 0, rate: 4)
            ]
        }
        #expect(
            try lines(BlockIOController.self, Self.v1, all) == [
                "blkio.weight 1000", "blkio.weight_device 8:0 10", "blkio.throttle.read_bps_device 8:0 1",
                "blkio.throttle.write_bps_device 8:0 2", "blkio.throttle.read_iops_device 8:0 3",
                "blkio.throttle.write_iops_device 8:0 4"
            ])
        #expect(
            try lines(BlockIOController.self, Self.v2, all) == [
                "io.weight 10000", "io.weight 8:0 1", "io.max 8:0 rbps=1", "io.max 8:0 wbps=2",
                "io.max 8:0 riops=3", "io.max 8:0 wiops=4"
            ])
        #expect(
            refusal(BlockIOController.self, Self.v1) { $0.ioWeight = 9 }
                == "linux.resources.blockIO.weight: 9: not in 10 to 1000")
    }

    @Test func weightsGoToTheScheduler() throws {
        let fake = try FakeCgroups()
        try fake.prepare("blkio.bfq.weight", "io.bfq.weight")
        for (version, file) in [(CgroupHost.Version.v1, "blkio.bfq.weight"), (.v2, "io.bfq.weight")] {
            let folder = CgroupFolder("\(fake.root)/c", version)
            #expect(try lines(BlockIOController.self, folder) { $0.ioWeight = 500 } == ["\(file) 500"])
        }
    }

    @Test func hugePages() throws {
        func page(_ l: inout CgroupLimits) { l.hugepages = [.init(size: "2MB", limit: 9)] }
        #expect(
            try lines(HugetlbController.self, Self.v1, page) == [
                "hugetlb.2MB.limit_in_bytes 9", "hugetlb.2MB.rsvd.limit_in_bytes 9"
            ])
        #expect(
            try lines(HugetlbController.self, Self.v2, page) == [
                "hugetlb.2MB.max 9", "hugetlb.2MB.rsvd.max 9"
            ])
        for bad in ["", "MB", "2M", "../2MB", "2 MB"] { #expect(!HugetlbController.isSize(bad)) }
    }

    @Test func remoteMemoryAndNetwork() throws {
        #expect(
            try lines(RDMAController.self, Self.v2) {
                $0.rdma = [.init(device: "mlx4_0", handles: 3, objects: nil)]
            } == ["rdma.max mlx4_0 hca_handle=3 hca_object=max"])
        #expect(
            try lines(NetworkClassController.self, Self.v1) { $0.networkClass = 17 } == ["net_cls.classid 17"]
        )
        #expect(
            try lines(NetworkPriorityController.self, Self.v1) {
                $0.networkPriorities = [.init(interface: "eth0", priority: 5)]
            } == ["net_prio.ifpriomap eth0 5"])
    }
}
