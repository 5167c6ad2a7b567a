import Linux
import Support

/// What the probes saw, as it is; `Doctor.findings` says what it means.
public struct DoctorFacts: Sendable {
    /// A thing that was tried.
    public enum Trial: Sendable, Equatable {
        case works
        case fails(String)
        /// It could not be tried, and why.
        case untried(String)
    }

    /// `/dev/kvm`, as far as it goes.
    public enum KVM: Sendable, Equatable {
        case absent(processorCan: Bool)
        case denied(group: String?)
        /// It opens; nobody has booted anything with it yet.
        case opens
        /// A real kernel was booted with it: did it run, and what was said.
        case tried(works: Bool, reason: String)
    }

    public struct Program: Sendable, Equatable {
        public var path: String
        public var version: String?
        public init(path: String, version: String?) {
            self.path = path
            self.version = version
        }
    }

    public struct Terminal: Sendable, Equatable {
        public var isTerminal: Bool
        public var isUTF8: Bool
        public var hasColour: Bool
        /// Columns, 0 where there is no terminal.
        public var width: Int
        public init(isTerminal: Bool, isUTF8: Bool, hasColour: Bool, width: Int) {
            self.isTerminal = isTerminal
            self.isUTF8 = isUTF8
            self.hasColour = hasColour
            self.width = width
        }
    }

    public enum Engine: Sendable, Equatable {
        case stopped
        case answers(version: String)
        case silent(String)
    }

    public var isRoot = true
    public var user = "root"
    public var root = "/var/lib/escale"
    public var kernel = ""
    public var namespaces = Trial.works
    public var userNamespaces = Trial.works
    /// Settings that forbid user namespaces: name -> value.
    public var userNamespaceLimits: [String: String] = [:]
    public var hasSubordinateIDs = true
    public var hasNewuidmap = true
    public var overlay = Trial.works
    public var cgroupMode = CgroupHost.Mode.v2
    /// Controller -> whether limits can be set with it.
    public var controllers: [String: Bool] = [:]
    public var bridge = Trial.works
    public var bridgeName = "escale0"
    public var nft = Trial.works
    /// Another program's firewall (Docker's, as a rule) drops what is forwarded.
    public var forwardDrop = false
    /// What the engine met when it made its rules.
    public var natProblem: String?
    public var kvm = KVM.absent(processorCan: false)
    public var qemu: Program?
    public var qemuPackage = "qemu-system-x86"
    public var hasMicrovm = false
    /// Bytes; nil where the folder can't be looked at.
    public var diskFree: UInt64?
    /// Why nothing can be kept in the kit's folder; nil where it can.
    public var rootProblem: EscaleError?
    public var memoryTotal: UInt64 = 0
    public var memoryAvailable: UInt64 = 0
    public var engine = Engine.stopped
    public var images: [String] = []
    public var missingImages: [String] = []
    public var imagesProblem: EscaleError?
    /// The guest's kernel version, nil where none is prepared.
    public var guestKernel: String?
    public var docker: Program?
    public var kubectl: Program?
    public var terminal = Terminal(isTerminal: true, isUTF8: true, hasColour: true, width: 80)

    public init() {}
}
