/// What the processes of a cgroup may use. Nil: not limited here.
public struct CgroupLimits: Sendable, Equatable {
    /// Bytes; -1 for no limit.
    public var memory: Int64?
    public var memoryReservation: Int64?
    /// Memory and swap together.
    public var memorySwap: Int64?
    public var kernelMemory: Int64?
    public var kernelTCPMemory: Int64?
    public var swappiness: UInt64?
    public var disableOOMKiller = false
    /// A limit below what is in use is refused, where the kernel would kill for it (version 2).
    public var checksMemory = false
    public var cpuShares: UInt64?
    /// Microseconds of CPU in each period of microseconds; -1 for no limit.
    public var cpuQuota: Int64?
    public var cpuPeriod: UInt64?
    public var cpuBurst: UInt64?
    public var cpuIdle: Int64?
    public var realtimeRuntime: Int64?
    public var realtimePeriod: UInt64?
    public var cpus: String?
    public var mems: String?
    /// 0 or less: no limit.
    public var pids: Int64?
    /// 10 to 1000.
    public var ioWeight: UInt16?
    public var ioLeafWeight: UInt16?
    public var ioDeviceWeights: [DeviceWeight] = []
    public var throttles: [Throttle] = []
    /// Bytes of huge pages, by page size as the kernel names it: `2MB`.
    public var hugepages: [Hugepages] = []
    /// Handles and objects of remote memory access, by device.
    public var rdma: [RDMA] = []
    /// Marks packets for traffic control (net_cls).
    public var networkClass: UInt32?
    /// Priority of packets by interface (net_prio).
    public var networkPriorities: [NetworkPriority] = []
    /// In order; the last that matches decides. Empty: all devices that the caller may use.
    public var devices: [DeviceRule] = []
    /// cgroup v2 files as they are.
    public var unified: [String: String] = [:]

    public init() {}

    public struct DeviceWeight: Sendable, Equatable {
        public var major: Int64
        public var minor: Int64
        public var weight: UInt16
        public init(major: Int64, minor: Int64, weight: UInt16) {
            self.major = major
            self.minor = minor
            self.weight = weight
        }
    }

    public struct Throttle: Sendable, Equatable {
        public enum Kind: String, Sendable { case readBytes, writeBytes, readOperations, writeOperations }
        public var kind: Kind
        public var major: Int64
        public var minor: Int64
        /// A second.
        public var rate: UInt64
        public init(_ kind: Kind, major: Int64, minor: Int64, rate: UInt64) {
            self.kind = kind
            self.major = major
            self.minor = minor
            self.rate = rate
        }
    }

    public struct RDMA: Sendable, Equatable {
        public var device: String
        public var handles: UInt32?
        public var objects: UInt32?
        public init(device: String, handles: UInt32?, objects: UInt32?) {
            self.device = device
            self.handles = handles
            self.objects = objects
        }
    }

    public struct Hugepages: Sendable, Equatable {
        public var size: String
        public var limit: UInt64
        public init(size: String, limit: UInt64) {
            self.size = size
            self.limit = limit
        }
    }

    public struct NetworkPriority: Sendable, Equatable {
        public var interface: String
        public var priority: UInt32
        public init(interface: String, priority: UInt32) {
            self.interface = interface
            self.priority = priority
        }
    }

    /// Devices that may or may not be used.
    public struct DeviceRule: Sendable, Equatable {
        public var allow: Bool
        /// `a` (all, whatever the rest says), `b` or `c`.
        public var type: String
        /// Nil, or less than 0: any.
        public var major: Int64?
        public var minor: Int64?
        /// Any of `r`, `w` and `m` (mknod).
        public var access: String
        public init(allow: Bool, type: String, major: Int64?, minor: Int64?, access: String) {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }
    }
}
