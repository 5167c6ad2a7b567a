import Support

/// What a virtual machine is asked to be.
public struct VMConfig: Codable, Equatable, Sendable {
    public enum Network: String, Codable, Sendable {
        case none, bridge
        /// A bridge where one is possible, else none.
        case automatic
    }
    public enum AcceleratorChoice: String, Codable, Sendable, CaseIterable {
        case auto, kvm, tcg
    }

    /// Made up where it is nil.
    public var name: String?
    /// As it was typed.
    public var image: String
    /// Instead of the image's CMD.
    public var command: [String]
    /// Instead of the image's ENTRYPOINT.
    public var entrypoint: [String]?
    /// `NAME=value`, over the image's.
    public var environment: [String]
    public var workingDirectory: String?
    public var user: String?
    public var hostname: String?
    /// Bytes.
    public var memory: Int64
    public var cpus: Int
    /// Bytes of the root file system.
    public var disk: Int64
    public var network: Network
    public var accelerator: AcceleratorChoice
    public var terminal: Bool
    /// Keep stdin open.
    public var interactive: Bool
    /// Runs on when its launcher goes.
    public var detached: Bool
    /// Removed when it ends.
    public var remove: Bool

    public static let defaultMemory: Int64 = 256 << 20
    public static let defaultDisk: Int64 = 1 << 30
    /// Below this, the kernel does not come up.
    public static let leastMemory: Int64 = 96 << 20

    public init(
        name: String? = nil, image: String, command: [String] = [], entrypoint: [String]? = nil,
        environment: [String] = [], workingDirectory: String? = nil, user: String? = nil,
        hostname: String? = nil, memory: Int64 = defaultMemory, cpus: Int = 1, disk: Int64 = defaultDisk,
        network: Network = .automatic, accelerator: AcceleratorChoice = .auto, terminal: Bool = false,
        interactive: Bool = false, detached: Bool = false, remove: Bool = false
    ) {
        self.name = name
        self.image = image
        self.command = command
        self.entrypoint = entrypoint
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.user = user
        self.hostname = hostname
        self.memory = memory
        self.cpus = cpus
        self.disk = disk
        self.network = network
        self.accelerator = accelerator
        self.terminal = terminal
        self.interactive = interactive
        self.detached = detached
        self.remove = remove
    }

    /// Refuses what can't work, before anything is made. In Docker's words where it has some.
    public func validate(hostCPUs: Int) throws(EscaleError) {
        if let name, !Self.isName(name) {
            throw EscaleError(
                .invalid,
                "Invalid VM name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        guard memory >= Self.leastMemory else {
            throw EscaleError(
                .invalid, "Minimum memory of a virtual machine is \(Units.binarySize(Self.leastMemory))",
                repair: "-m 256m")
        }
        guard cpus >= 1, cpus <= hostCPUs else {
            throw EscaleError(
                .invalid,
                "Range of CPUs is from 1 to \(hostCPUs), as there are only \(hostCPUs) CPUs available",
                repair: "--cpus 1")
        }
        guard disk >= 16 << 20 else {
            throw EscaleError(.invalid, "Minimum disk of a virtual machine is 16MiB", repair: "--disk 1g")
        }
    }

    static func isName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isWord(_ b: UInt8) -> Bool {
            (48...57).contains(b) || (65...90).contains(b) || (97...122).contains(b)
        }
        guard bytes.count >= 2, bytes.count <= 63, let first = bytes.first, isWord(first) else {
            return false
        }
        return bytes.allSatisfy { isWord($0) || $0 == 95 || $0 == 46 || $0 == 45 }
    }

    /// The image's environment with ours over it, and PATH in any case.
    static func merge(_ image: [String], _ ours: [String]) -> [String] {
        var merged = image
        for entry in ours {
            let name = entry.prefix { $0 != "=" } + "="
            if let at = merged.firstIndex(where: { $0.hasPrefix(name) }) {
                merged[at] = entry
            } else {
                merged.append(entry)
            }
        }
        if !merged.contains(where: { $0.hasPrefix("PATH=") }) {
            merged.insert("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", at: 0)
        }
        return merged
    }
}
