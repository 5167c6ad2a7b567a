extension RuntimeSpec {
    /// The program of a container, or of an exec in it.
    public struct Process: Encodable, Sendable, Equatable {
        public var terminal: Bool?
        public var consoleSize: ConsoleSize?
        public var user: User
        public var args: [String]?
        public var env: [String]?
        public var cwd: String
        public var capabilities: Capabilities?
        public var rlimits: [Rlimit]?
        public var noNewPrivileges: Bool?
        public var oomScoreAdj: Int?
        public var apparmorProfile: String?
        public var selinuxLabel: String?
        public var scheduler: Scheduler?
        public var ioPriority: IOPriority?
        public var execCPUAffinity: CPUAffinity?

        public init(
            terminal: Bool? = nil, consoleSize: ConsoleSize? = nil, user: User = User(),
            args: [String]? = nil, env: [String]? = nil, cwd: String = "/",
            capabilities: Capabilities? = nil, rlimits: [Rlimit]? = nil,
            noNewPrivileges: Bool? = nil, oomScoreAdj: Int? = nil, apparmorProfile: String? = nil,
            selinuxLabel: String? = nil, scheduler: Scheduler? = nil, ioPriority: IOPriority? = nil
        ) {
            self.terminal = terminal
            self.consoleSize = consoleSize
            self.user = user
            self.args = args
            self.env = env
            self.cwd = cwd
            self.capabilities = capabilities
            self.rlimits = rlimits
            self.noNewPrivileges = noNewPrivileges
            self.oomScoreAdj = oomScoreAdj
            self.apparmorProfile = apparmorProfile
            self.selinuxLabel = selinuxLabel
            self.scheduler = scheduler
            self.ioPriority = ioPriority
        }
    }

    /// In characters.
    public struct ConsoleSize: Encodable, Sendable, Equatable {
        public var height: Int
        public var width: Int

        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    public struct User: Encodable, Sendable, Equatable {
        public var uid: UInt32
        public var gid: UInt32
        public var umask: UInt32?
        public var additionalGids: [UInt32]?

        public init(
            uid: UInt32 = 0, gid: UInt32 = 0, umask: UInt32? = nil, additionalGids: [UInt32]? = nil
        ) {
            self.uid = uid
            self.gid = gid
            self.umask = umask
            self.additionalGids = additionalGids
        }
    }

    /// The five sets of capabilities(7), by name (`CAP_KILL`).
    public struct Capabilities: Encodable, Sendable, Equatable {
        public var bounding: [String]?
        public var effective: [String]?
        public var inheritable: [String]?
        public var permitted: [String]?
        public var ambient: [String]?

        public init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }

        /// What Docker gives: the same list as bounding, effective and permitted.
        public static func docker(_ names: [String]) -> Capabilities {
            Capabilities(bounding: names, effective: names, permitted: names)
        }
    }

    public struct Rlimit: Encodable, Sendable, Equatable {
        /// `RLIMIT_NOFILE`.
        public var type: String
        public var soft: UInt64
        public var hard: UInt64

        public init(type: String, soft: UInt64, hard: UInt64) {
            self.type = type
            self.soft = soft
            self.hard = hard
        }
    }

    public struct Scheduler: Encodable, Sendable, Equatable {
        /// `SCHED_OTHER`, `SCHED_FIFO`…
        public var policy: String
        public var nice: Int32?
        public var priority: Int32?
        public var flags: [String]?
        public var runtime: UInt64?
        public var deadline: UInt64?
        public var period: UInt64?

        public init(policy: String, nice: Int32? = nil, priority: Int32? = nil) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
        }
    }

    /// On which CPUs an exec runs, as `0-2,4`: before and after it enters the container's cgroup.
    public struct CPUAffinity: Encodable, Sendable, Equatable {
        public var initial: String?
        public var final: String?

        public init(initial: String? = nil, final: String? = nil) {
            self.initial = initial
            self.final = final
        }
    }

    public struct IOPriority: Encodable, Sendable, Equatable {
        /// `IOPRIO_CLASS_RT`, `IOPRIO_CLASS_BE` or `IOPRIO_CLASS_IDLE`.
        public var `class`: String
        public var priority: Int

        public init(class: String, priority: Int) {
            self.class = `class`
            self.priority = priority
        }
    }
}
