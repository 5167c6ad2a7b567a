import Linux
import OCI

extension CgroupLimits {
    /// The limits of `linux.resources`.
    public init(_ resources: RuntimeSpec.Resources?) {
        self.init()
        guard let resources else { return }
        if let m = resources.memory {
            memory = m.limit.flatMap { $0 == 0 ? nil : $0 }
            memoryReservation = m.reservation.flatMap { $0 == 0 ? nil : $0 }
            memorySwap = m.swap.flatMap { $0 == 0 ? nil : $0 }
            swappiness = m.swappiness
            disableOOMKiller = m.disableOOMKiller ?? false
        }
        if let c = resources.cpu {
            cpuShares = c.shares.flatMap { $0 == 0 ? nil : $0 }
            cpuQuota = c.quota.flatMap { $0 == 0 ? nil : $0 }
            cpuPeriod = c.period.flatMap { $0 == 0 ? nil : $0 }
            cpuBurst = c.burst
            cpuIdle = c.idle
            realtimeRuntime = c.realtimeRuntime
            realtimePeriod = c.realtimePeriod
            cpus = c.cpus
            mems = c.mems
        }
        pids = resources.pids.flatMap { $0.limit == 0 ? nil : $0.limit }
        if let b = resources.blockIO {
            ioWeight = b.weight
            add(.readBytes, b.throttleReadBpsDevice)
            add(.writeBytes, b.throttleWriteBpsDevice)
            add(.readOperations, b.throttleReadIOPSDevice)
            add(.writeOperations, b.throttleWriteIOPSDevice)
        }
        // The nodes that the runtime makes itself are usable whatever was denied before, as with runc.
        let usual = resources.devices?.isEmpty == false ? Defaults.deviceRules.dropFirst() : []
        devices = ((resources.devices ?? []) + usual).map {
            DeviceRule(
                allow: $0.allow, type: $0.type ?? "a", major: $0.major, minor: $0.minor,
                access: $0.access ?? "rwm")
        }
        unified = resources.unified ?? [:]
    }

    private mutating func add(_ kind: Throttle.Kind, _ list: [RuntimeSpec.Throttle]?) {
        for t in list ?? [] {
            throttles.append(Throttle(kind, major: t.major, minor: t.minor, rate: t.rate))
        }
    }
}
