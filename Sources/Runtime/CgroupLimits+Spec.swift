import Linux
import OCI
import Support

extension CgroupLimits {
    /// The limits of `linux.resources` for a new container.
    public init(_ resources: RuntimeSpec.Resources?) throws(EscaleError) {
        self.init(changing: resources ?? .init())
        devices = try Self.rules(resources?.devices ?? [])
    }

    /// The same for a container that runs: its devices stay.
    public init(changing resources: RuntimeSpec.Resources) {
        self.init()
        // 0 is what engines write for "nothing asked".
        func asked<T: BinaryInteger>(_ n: T?) -> T? { n == 0 ? nil : n }
        if let m = resources.memory {
            memory = asked(m.limit)
            memoryReservation = asked(m.reservation)
            memorySwap = asked(m.swap)
            kernelMemory = asked(m.kernel)
            kernelTCPMemory = asked(m.kernelTCP)
            swappiness = m.swappiness
            disableOOMKiller = m.disableOOMKiller ?? false
            checksMemory = m.checkBeforeUpdate ?? false
        }
        if let c = resources.cpu {
            cpuShares = asked(c.shares)
            cpuQuota = asked(c.quota)
            cpuPeriod = asked(c.period)
            cpuBurst = c.burst
            cpuIdle = c.idle
            realtimeRuntime = asked(c.realtimeRuntime)
            realtimePeriod = asked(c.realtimePeriod)
            cpus = c.cpus
            mems = c.mems
        }
        pids = asked(resources.pids?.limit)
        if let b = resources.blockIO { add(b) }
        hugepages = (resources.hugepageLimits ?? []).map { .init(size: $0.pageSize, limit: $0.limit) }
        rdma = (resources.rdma ?? [:]).sorted { $0.key < $1.key }.map {
            .init(device: $0.key, handles: $0.value.hcaHandles, objects: $0.value.hcaObjects)
        }
        networkClass = asked(resources.network?.classID)
        networkPriorities = (resources.network?.priorities ?? []).map {
            .init(interface: $0.name, priority: $0.priority)
        }
        unified = resources.unified ?? [:]
    }

    private mutating func add(_ b: RuntimeSpec.BlockIO) {
        ioWeight = b.weight
        ioLeafWeight = b.leafWeight
        for d in b.weightDevice ?? [] {
            if let weight = d.weight, weight > 0 {
                ioDeviceWeights.append(.init(major: d.major, minor: d.minor, weight: weight))
            }
        }
        add(.readBytes, b.throttleReadBpsDevice)
        add(.writeBytes, b.throttleWriteBpsDevice)
        add(.readOperations, b.throttleReadIOPSDevice)
        add(.writeOperations, b.throttleWriteIOPSDevice)
    }

    private mutating func add(_ kind: Throttle.Kind, _ list: [RuntimeSpec.Throttle]?) {
        for t in list ?? [] {
            throttles.append(Throttle(kind, major: t.major, minor: t.minor, rate: t.rate))
        }
    }

    /// The nodes that the runtime makes itself are usable whatever was denied before, and all others are
    /// denied where nothing is said, as with runc.
    private static func rules(_ asked: [RuntimeSpec.DeviceRule]) throws(EscaleError) -> [DeviceRule] {
        var rules: [DeviceRule] = []
        for (i, rule) in asked.enumerated() { rules.append(try Self.rule(rule, "devices[\(i)]")) }
        for rule in Defaults.deviceRules.dropFirst() { rules.append(try Self.rule(rule, "devices")) }
        return rules
    }

    private static func rule(_ rule: RuntimeSpec.DeviceRule, _ field: String) throws(EscaleError)
        -> DeviceRule
    {
        let type = rule.type ?? "a"
        let access = rule.access.flatMap { $0.isEmpty ? nil : $0 } ?? "rwm"
        guard ["a", "b", "c", ""].contains(type) else {
            throw CgroupField("\(field).type", "\"\(type)\"").refused(.invalid, "not one of a, b and c")
        }
        guard access.allSatisfy({ "rwm".contains($0) }) else {
            throw CgroupField("\(field).access", "\"\(access)\"").refused(.invalid, "not made of r, w and m")
        }
        for (name, n) in [("major", rule.major), ("minor", rule.minor)] {
            guard let n, n > UInt32.max else { continue }
            throw CgroupField("\(field).\(name)", n).refused(.invalid, "no device has such a number")
        }
        return DeviceRule(
            allow: rule.allow, type: type.isEmpty ? "a" : type, major: rule.major, minor: rule.minor,
            access: access)
    }
}
