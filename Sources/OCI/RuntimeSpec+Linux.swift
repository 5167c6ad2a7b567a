extension RuntimeSpec {
    /// What is particular to Linux (config-linux.md).
    public struct Linux: Encodable, Sendable, Equatable {
        public var uidMappings: [IDMapping]?
        public var gidMappings: [IDMapping]?
        public var sysctl: [String: String]?
        public var resources: Resources?
        public var cgroupsPath: String?
        public var namespaces: [Namespace]?
        /// Of a new time namespace, by clock: `monotonic` and `boottime` (time_namespaces(7)).
        public var timeOffsets: [String: TimeOffset]?
        public var devices: [Device]?
        public var seccomp: Seccomp?
        /// `shared`, `slave`, `private` or `unbindable`, for the root in the container.
        public var rootfsPropagation: String?
        public var maskedPaths: [String]?
        public var readonlyPaths: [String]?
        public var mountLabel: String?
        public var personality: Personality?
        public var intelRdt: IntelRdt?

        public init(
            uidMappings: [IDMapping]? = nil, gidMappings: [IDMapping]? = nil,
            sysctl: [String: String]? = nil, resources: Resources? = nil,
            cgroupsPath: String? = nil, namespaces: [Namespace]? = nil, devices: [Device]? = nil,
            seccomp: Seccomp? = nil, rootfsPropagation: String? = nil,
            maskedPaths: [String]? = nil, readonlyPaths: [String]? = nil,
            mountLabel: String? = nil, personality: Personality? = nil,
            timeOffsets: [String: TimeOffset]? = nil
        ) {
            self.uidMappings = uidMappings
            self.gidMappings = gidMappings
            self.sysctl = sysctl
            self.resources = resources
            self.cgroupsPath = cgroupsPath
            self.namespaces = namespaces
            self.devices = devices
            self.seccomp = seccomp
            self.rootfsPropagation = rootfsPropagation
            self.maskedPaths = maskedPaths
            self.readonlyPaths = readonlyPaths
            self.mountLabel = mountLabel
            self.personality = personality
            self.timeOffsets = timeOffsets
        }
    }

    /// A range of ids in a user namespace (user_namespaces(7)).
    public struct IDMapping: Encodable, Sendable, Equatable {
        public var containerID: UInt32
        public var hostID: UInt32
        public var size: UInt32

        public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
            self.containerID = containerID
            self.hostID = hostID
            self.size = size
        }
    }

    public struct Namespace: Encodable, Sendable, Equatable {
        public enum Kind: String, Encodable, Sendable, CaseIterable {
            case pid, network, mount, ipc, uts, user, cgroup, time
        }
        public var type: Kind
        /// An existing namespace to join (`/proc/PID/ns/net`); a new one when nil.
        public var path: String?

        public init(_ type: Kind, path: String? = nil) {
            self.type = type
            self.path = path
        }
    }

    /// A device node to make in the container.
    public struct Device: Encodable, Sendable, Equatable {
        /// `c`, `u`, `b` or `p` (mknod(1)).
        public var type: String
        public var path: String
        public var major: Int64?
        public var minor: Int64?
        public var fileMode: UInt32?
        public var uid: UInt32?
        public var gid: UInt32?

        public init(
            type: String, path: String, major: Int64? = nil, minor: Int64? = nil,
            fileMode: UInt32? = nil, uid: UInt32? = nil, gid: UInt32? = nil
        ) {
            self.type = type
            self.path = path
            self.major = major
            self.minor = minor
            self.fileMode = fileMode
            self.uid = uid
            self.gid = gid
        }
    }

    /// How far a clock in the container is from the host's.
    public struct TimeOffset: Encodable, Sendable, Equatable {
        public var secs: Int64?
        public var nanosecs: UInt32?

        public init(secs: Int64? = nil, nanosecs: UInt32? = nil) {
            self.secs = secs
            self.nanosecs = nanosecs
        }
    }

    /// Shares of a processor's caches and memory bandwidth: read only to be refused.
    public struct IntelRdt: Encodable, Sendable, Equatable {
        public var closID: String?
        public var l3CacheSchema: String?
        public var memBwSchema: String?
    }

    public struct Personality: Encodable, Sendable, Equatable {
        /// `LINUX` or `LINUX32`.
        public var domain: String
        public var flags: [String]?

        public init(domain: String, flags: [String]? = nil) {
            self.domain = domain
            self.flags = flags
        }
    }
}
