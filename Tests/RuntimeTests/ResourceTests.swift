import Linux
import OCI
import Runtime
import Support
import Testing

@Suite struct ResourceTests {
    private func limits(_ json: String) throws -> CgroupLimits {
        let resources: RuntimeSpec.Resources = try JSON.parse(json).read()
        return try CgroupLimits(resources)
    }

    @Test func everyFieldArrives() throws {
        let limits = try limits(
            """
            {"memory":{"limit":1,"reservation":2,"swap":3,"kernel":4,"kernelTCP":5,"swappiness":6,
              "disableOOMKiller":true,"checkBeforeUpdate":true},
             "cpu":{"shares":7,"quota":8,"burst":9,"period":10,"realtimeRuntime":11,"realtimePeriod":12,
              "cpus":"0","mems":"1","idle":1},
             "pids":{"limit":13},
             "blockIO":{"weight":14,"leafWeight":15,"weightDevice":[{"major":8,"minor":0,"weight":16}],
              "throttleReadBpsDevice":[{"major":8,"minor":1,"rate":17}]},
             "hugepageLimits":[{"pageSize":"2MB","limit":18}],
             "network":{"classID":19,"priorities":[{"name":"eth0","priority":20}]},
             "rdma":{"mlx":{"hcaHandles":21}}, "unified":{"misc.max":"x 22"}}
            """)
        #expect(limits.memory == 1 && limits.memoryReservation == 2 && limits.memorySwap == 3)
        #expect(limits.kernelMemory == 4 && limits.kernelTCPMemory == 5 && limits.swappiness == 6)
        #expect(limits.disableOOMKiller && limits.checksMemory)
        #expect(
            limits.cpuShares == 7 && limits.cpuQuota == 8 && limits.cpuBurst == 9 && limits.cpuPeriod == 10)
        #expect(limits.realtimeRuntime == 11 && limits.realtimePeriod == 12 && limits.cpuIdle == 1)
        #expect(limits.cpus == "0" && limits.mems == "1" && limits.pids == 13)
        #expect(limits.ioWeight == 14 && limits.ioLeafWeight == 15)
        #expect(limits.ioDeviceWeights == [.init(major: 8, minor: 0, weight: 16)])
        #expect(limits.throttles == [.init(.readBytes, major: 8, minor: 1, rate: 17)])
        #expect(limits.hugepages == [.init(size: "2MB", limit: 18)])
        #expect(limits.networkClass == 19)
        #expect(limits.networkPriorities == [.init(interface: "eth0", priority: 20)])
        #expect(limits.rdma == [.init(device: "mlx", handles: 21, objects: nil)])
        #expect(limits.unified == ["misc.max": "x 22"])
    }

    @Test func zeroIsNothingAsked() throws {
        var limits = try limits(
            """
            {"memory":{"limit":0,"swap":0,"reservation":0,"kernel":0},"pids":{"limit":0},
             "cpu":{"shares":0,"quota":0,"period":0,"realtimeRuntime":0,"realtimePeriod":0},
             "network":{"classID":0}}
            """)
        limits.devices = []
        #expect(limits == CgroupLimits())
    }

    @Test func devicesAreDeniedUnlessAllowed() throws {
        // What a container needs stays usable after the caller's own rules, and nothing else.
        let own = try limits(#"{"devices":[{"allow":true,"type":"c","major":10,"minor":200}]}"#).devices
        #expect(own.first == .init(allow: true, type: "c", major: 10, minor: 200, access: "rwm"))
        #expect(own.contains(.init(allow: true, type: "c", major: 1, minor: 3, access: "rwm")))
        #expect(DevicesController.effective(own).first?.allow == false)
        #expect(DevicesController.effective(try CgroupLimits(nil).devices).first?.allow == false)
        // An update leaves them alone.
        #expect(CgroupLimits(changing: .init(devices: Defaults.deviceRules)).devices.isEmpty)
    }

    @Test func wrongDeviceRulesNameTheField() {
        for (rule, message) in [
            (#"{"allow":true},{"allow":true,"type":"x"}"#, #"linux.resources.devices[1].type: "x": "#),
            (#"{"allow":false,"type":"c","access":"rx"}"#, #"linux.resources.devices[0].access: "rx": "#),
            (
                #"{"allow":false,"type":"c","major":5000000000}"#,
                "linux.resources.devices[0].major: 5000000000: "
            )
        ] {
            let error = #expect(throws: EscaleError.self) { try limits("{\"devices\":[\(rule)]}") }
            #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "")")
        }
    }

    @Test func statsAreRuncs() {
        var stats = CgroupStats()
        stats.cpuUsage = 10
        stats.perCPU = [10, 0]
        stats.cpus = "0-1,3"
        stats.unlimited = 0x7FFF_FFFF_FFFF_F000
        stats.memoryUsage = 4096
        stats.memoryDetails = ["cache": 7]
        stats.pids = 2
        stats.ioBytes = [.init(major: 8, minor: 0, operation: "Read", value: 512)]
        stats.hugepages["2MB"] = .init()
        #expect(
            ContainerEvent.stats("c", stats).text()
                == #"{"type":"stats","id":"c","data":{"cpu":{"usage":{"total":10,"percpu":[10,0],"kernel":0,"#
                + #""user":0},"throttling":{}},"cpuset":{"cpus":[0,1,3],"cpu_exclusive":0,"mem_hardwall":0,"#
                + #""mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,"memory_spread_slab":0,"#
                + #""memory_pressure":0,"sched_load_balance":0,"sched_relax_domain_level":0},"memory":{"#
                + #""cache":7,"usage":{"limit":9223372036854771712,"usage":4096,"failcnt":0},"#
                + #""swap":{"limit":0,"failcnt":0},"kernel":{"limit":0,"failcnt":0},"#
                + #""kernelTCP":{"limit":0,"failcnt":0},"raw":{"cache":7}},"pids":{"current":2},"#
                + #""blkio":{"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":512}]},"#
                + #""hugetlb":{"2MB":{"failcnt":0}},"intel_rdt":{},"network_interfaces":null}}"#)
        #expect(ContainerEvent.oom("c").text() == #"{"type":"oom","id":"c"}"#)
    }
}
