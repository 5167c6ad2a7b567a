extension RuntimeSpec {
    /// Limits that cgroups enforce (config-linux.md, "Control groups").
    public struct Resources: Encodable, Sendable, Equatable {
        public var devices: [DeviceRule]?
        public var memory: Memory?
        public var cpu: CPU?
        public var pids: Pids?
        public var blockIO: BlockIO?
        public var hugepageLimits: [HugepageLimit]?
        public var network: NetworkClass?
        /// By device of remote direct memory access.
        public var rdma: [String: RDMA]?
        /// cgroup v2 files and what to write to them.
        public var unified: [String: String]?

        public init(
            devices: [DeviceRule]? = nil, memory: Memory? = nil, cpu: CPU? = nil,
            pids: Pids? = nil, blockIO: BlockIO? = nil, hugepageLimits: [HugepageLimit]? = nil,
            network: NetworkClass? = nil, rdma: [String: RDMA]? = nil, unified: [String: String]? = nil
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.hugepageLimits = hugepageLimits
            self.network = network
            self.rdma = rdma
            self.unified = unified
        }
    }

    /// Which devices the container may use; the last rule that matches decides.
    public struct DeviceRule: Encodable, Sendable, Equatable {
        public var allow: Bool
        /// `a` (all), `c` or `b`.
        public var type: String?
        public var major: Int64?
        public var minor: Int64?
        /// Any of `r`, `w` and `m` (mknod).
        public var access: String?

        public init(
            allow: Bool, type: String? = nil, major: Int64? = nil, minor: Int64? = nil,
            access: String? = nil
        ) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }

    /// In bytes; -1 for no limit.
    public struct Memory: Encodable, Sendable, Equatable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together.
        public var swap: Int64?
        public var kernel: Int64?
        public var kernelTCP: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool?
        public var useHierarchy: Bool?
        public var checkBeforeUpdate: Bool?

        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil,
            swappiness: UInt64? = nil, disableOOMKiller: Bool? = nil
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
        }
    }

    public struct CPU: Encodable, Sendable, Equatable {
        /// Relative weight, 2 to 262144; 1024 is the usual.
        public var shares: UInt64?
        /// Microseconds of CPU per period; -1 for no limit.
        public var quota: Int64?
        public var burst: UInt64?
        /// Microseconds; 100000 is the usual.
        public var period: UInt64?
        public var realtimeRuntime: Int64?
        public var realtimePeriod: UInt64?
        /// CPUs as `0-2,4`.
        public var cpus: String?
        public var mems: String?
        public var idle: Int64?

        public init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil,
            cpus: String? = nil, mems: String? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.cpus = cpus
            self.mems = mems
        }
    }

    public struct Pids: Encodable, Sendable, Equatable {
        /// Tasks at most; 0 or less for no limit.
        public var limit: Int64

        public init(limit: Int64) { self.limit = limit }
    }

    public struct BlockIO: Encodable, Sendable, Equatable {
        /// 10 to 1000.
        public var weight: UInt16?
        public var leafWeight: UInt16?
        public var weightDevice: [WeightDevice]?
        public var throttleReadBpsDevice: [Throttle]?
        public var throttleWriteBpsDevice: [Throttle]?
        public var throttleReadIOPSDevice: [Throttle]?
        public var throttleWriteIOPSDevice: [Throttle]?

        public init(
            weight: UInt16? = nil, throttleReadBpsDevice: [Throttle]? = nil,
            throttleWriteBpsDevice: [Throttle]? = nil, throttleReadIOPSDevice: [Throttle]? = nil,
            throttleWriteIOPSDevice: [Throttle]? = nil
        ) {
            self.weight = weight
            self.throttleReadBpsDevice = throttleReadBpsDevice
            self.throttleWriteBpsDevice = throttleWriteBpsDevice
            self.throttleReadIOPSDevice = throttleReadIOPSDevice
            self.throttleWriteIOPSDevice = throttleWriteIOPSDevice
        }
    }

    /// The weight on one device.
    public struct WeightDevice: Encodable, Sendable, Equatable {
        public var major: Int64
        public var minor: Int64
        public var weight: UInt16?
        public var leafWeight: UInt16?
    }

    /// Bytes or operations a second on one device.
    public struct Throttle: Encodable, Sendable, Equatable {
        public var major: Int64
        public var minor: Int64
        public var rate: UInt64

        public init(major: Int64, minor: Int64, rate: UInt64) {
            self.major = major
            self.minor = minor
            self.rate = rate
        }
    }

    public struct HugepageLimit: Encodable, Sendable, Equatable {
        /// `2MB`.
        public var pageSize: String
        /// Bytes.
        public var limit: UInt64
    }

    public struct RDMA: Encodable, Sendable, Equatable {
        public var hcaHandles: UInt32?
        public var hcaObjects: UInt32?
    }

    public struct NetworkClass: Encodable, Sendable, Equatable {
        public var classID: UInt32?
        public var priorities: [Priority]?

        public struct Priority: Encodable, Sendable, Equatable {
            public var name: String
            public var priority: UInt32
        }
    }
}
