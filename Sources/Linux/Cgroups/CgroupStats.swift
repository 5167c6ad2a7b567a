/// What a cgroup has used. Nil: this host does not count it.
public struct CgroupStats: Sendable, Equatable {
    /// Nanoseconds of CPU.
    public var cpuUsage: UInt64?
    public var cpuUser: UInt64?
    public var cpuSystem: UInt64?
    /// Nanoseconds of each CPU (version 1).
    public var perCPU: [UInt64] = []
    public var perCPUUser: [UInt64] = []
    public var perCPUSystem: [UInt64] = []
    public var cpuPeriods: UInt64?
    public var cpuThrottledPeriods: UInt64?
    /// Nanoseconds.
    public var cpuThrottledTime: UInt64?
    /// Of a cpuset: CPUs and memory nodes as `0-2,4`, and its switches by the names of their files.
    public var cpus: String?
    public var mems: String?
    public var cpusetSwitches: [String: Int64] = [:]
    /// Bytes.
    public var memoryUsage: UInt64?
    public var memoryMaxUsage: UInt64?
    /// Nil also when there is no limit.
    public var memoryLimit: UInt64?
    public var memoryInactiveFile: UInt64?
    /// Every line of `memory.stat`.
    public var memoryDetails: [String: UInt64] = [:]
    public var memoryFailures: UInt64?
    /// What stands for no limit of memory where a number is wanted: the kernel's own in version 1.
    public var unlimited = UInt64.max
    /// Memory and swap together, as version 1 counts.
    public var swap = Counter()
    public var kernelMemory = Counter()
    public var kernelTCPMemory = Counter()
    /// Processes that the kernel killed for lack of memory.
    public var oomKills: UInt64?
    public var pids: UInt64?
    /// Nil also when there is no limit.
    public var pidsLimit: UInt64?
    /// Bytes.
    public var readBytes: UInt64?
    public var writeBytes: UInt64?
    /// Bytes and operations by disk.
    public var ioBytes: [IOCount] = []
    public var ioOperations: [IOCount] = []
    /// By page size: `2MB`.
    public var hugepages: [String: Counter] = [:]
    /// By device, then `hca_handle` and `hca_object`.
    public var rdma: [String: [String: UInt64]] = [:]
    /// By resource of the misc controller.
    public var misc: [String: UInt64] = [:]

    public init() {}

    /// Bytes in use, the most there ever were, the limit (nil also for none), how often it was met.
    public struct Counter: Sendable, Equatable {
        public var usage: UInt64?
        public var max: UInt64?
        public var limit: UInt64?
        public var failures: UInt64?
        public init() {}
    }

    public struct IOCount: Sendable, Equatable {
        public var major: UInt64
        public var minor: UInt64
        /// `Read`, `Write`, `Discard`…
        public var operation: String
        public var value: UInt64

        public init(major: UInt64, minor: UInt64, operation: String, value: UInt64) {
            self.major = major
            self.minor = minor
            self.operation = operation
            self.value = value
        }
    }
}
