import Support

/// One write into a cgroup's folder.
public struct CgroupWrite: Sendable, Equatable {
    public var file: String
    public var value: String
    /// A kernel may lack the file (swap accounting, burst): nothing is said then.
    public var optional: Bool

    public init(_ file: String, _ value: some CustomStringConvertible, optional: Bool = false) {
        self.file = file
        self.value = value.description
        self.optional = optional
    }
}

/// A controller: which files its limits go to, and what it counts. One file each, no I/O but reads.
public protocol CgroupController: Sendable {
    /// As the kernel names it in version 1, and in version 2 where it differs.
    static var name: String { get }
    static var unifiedName: String { get }
    /// Whether these limits need the controller: where it is missing, they are refused.
    static func isNeeded(by limits: CgroupLimits) -> Bool
    /// In order.
    static func writes(_ limits: CgroupLimits, _ version: CgroupHost.Hierarchy.Version)
        throws(EscaleError) -> [CgroupWrite]
    /// Fills its part of the figures from the files of `folder`.
    static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats)
}

extension CgroupController {
    public static var unifiedName: String { name }
    public static func read(
        _ folder: CgroupFolder, _ version: CgroupHost.Hierarchy.Version, into stats: inout CgroupStats
    ) {}
}

/// What the processes of a cgroup may use. Nil: not limited here.
public struct CgroupLimits: Sendable, Equatable {
    /// Bytes; -1 for no limit.
    public var memory: Int64?
    public var memoryReservation: Int64?
    /// Memory and swap together.
    public var memorySwap: Int64?
    public var swappiness: UInt64?
    public var disableOOMKiller = false
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
    public var ioWeight: UInt16?
    public var throttles: [Throttle] = []
    public var devices: [DeviceRule] = []
    /// cgroup v2 files as they are.
    public var unified: [String: String] = [:]

    public init() {}

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

    public struct DeviceRule: Sendable, Equatable {
        public var allow: Bool
        /// `a`, `b` or `c`.
        public var type: String
        public var major: Int64?
        public var minor: Int64?
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

/// What a cgroup has used. Nil: this host does not count it.
public struct CgroupStats: Sendable, Equatable {
    /// Nanoseconds of CPU.
    public var cpuUsage: UInt64?
    public var cpuUser: UInt64?
    public var cpuSystem: UInt64?
    /// Nanoseconds of each CPU (version 1).
    public var perCPU: [UInt64] = []
    public var cpuPeriods: UInt64?
    public var cpuThrottledPeriods: UInt64?
    /// Nanoseconds.
    public var cpuThrottledTime: UInt64?
    /// Bytes.
    public var memoryUsage: UInt64?
    public var memoryMaxUsage: UInt64?
    /// Nil also when there is no limit.
    public var memoryLimit: UInt64?
    public var memoryInactiveFile: UInt64?
    /// Every line of `memory.stat`.
    public var memoryDetails: [String: UInt64] = [:]
    public var memoryFailures: UInt64?
    /// Processes that the kernel killed for lack of memory.
    public var oomKills: UInt64?
    public var pids: UInt64?
    /// Nil also when there is no limit.
    public var pidsLimit: UInt64?
    /// Bytes.
    public var readBytes: UInt64?
    public var writeBytes: UInt64?

    public init() {}
}

/// A cgroup's folder, for reading.
public struct CgroupFolder: Sendable, Equatable {
    public let path: String
    public init(_ path: String) { self.path = path }

    public func text(_ file: String) -> String? { try? Files.text("\(path)/\(file)") }

    /// A file with one number; `max` and what stands for it in version 1 are nil.
    public func number(_ file: String) -> UInt64? {
        guard let text = text(file), let n = UInt64(text.prefix { $0 != "\n" }) else { return nil }
        return n >= 0x7FFF_FFFF_FFFF_F000 ? nil : n
    }

    /// A file of `key value` lines.
    public func table(_ file: String) -> [String: UInt64] {
        var table: [String: UInt64] = [:]
        for line in (text(file) ?? "").split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let n = UInt64(words[1]) { table[String(words[0])] = n }
        }
        return table
    }
}
