import Glibc
import Linux
import Support

/// One virtual machine, as its folder keeps it (`vm.json`). Written by its launcher until the supervisor
/// has taken over, by the supervisor then, and by whoever finds it dead at last: the holder of the
/// folder's lock.
public struct VMRecord: Codable, Equatable, Sendable {
    public enum Status: String, Codable, Sendable {
        case created, running, paused, exited
    }

    /// 64 hexadecimal digits.
    public var id: String
    public var name: String
    /// RFC 3339.
    public var created: String
    public var config: VMConfig
    /// `sha256:…`
    public var imageID: String
    public var imageName: String
    /// What init is given.
    public var guest: GuestConfig
    public var stopSignal: Int
    public var accelerator: Accelerator
    /// Why not KVM; empty where it is, or where TCG was asked for.
    public var acceleratorReason: String
    public var acceleratorRaison: String
    public var machine: String
    /// `uname -r` of the guest.
    public var kernel: String
    public var qemuVersion: String
    public var status: Status
    public var supervisorPID: Int?
    public var qemuPID: Int?
    public var address: String?
    public var mac: String?
    public var bridge: String?
    /// Why a machine that left it to us has no network card, in French; nil where it has one.
    public var sansReseau: String?
    public var startedAt: String?
    public var timeline: BootTimeline
    public var phases: BootPhases
    public var exit: Exit?

    /// How it ended.
    public struct Exit: Codable, Equatable, Sendable {
        /// The command's own, or 128 + the signal; 125 to 127 where it was not started.
        public var status: Int
        /// Why, where the command has not simply ended.
        public var error: String?
        /// RFC 3339.
        public var finishedAt: String

        public init(status: Int, error: String? = nil, finishedAt: String = Timestamp.now.rfc3339) {
            self.status = status
            self.error = error
            self.finishedAt = finishedAt
        }
    }

    /// A machine that is to be started.
    public init(
        id: String, name: String, created: String = Timestamp.now.rfc3339, config: VMConfig, imageID: String,
        imageName: String, guest: GuestConfig, stopSignal: Int, accelerator: AccelVerdict, machine: String,
        kernel: String, qemuVersion: String, timeline: BootTimeline
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.config = config
        self.imageID = imageID
        self.imageName = imageName
        self.guest = guest
        self.stopSignal = stopSignal
        self.accelerator = accelerator.accelerator
        acceleratorReason = accelerator.reason
        acceleratorRaison = accelerator.raison
        self.machine = machine
        self.kernel = kernel
        self.qemuVersion = qemuVersion
        status = .created
        self.timeline = timeline
        phases = BootPhases()
    }

    public var shortID: String { String(id.prefix(12)) }
    public var isAlive: Bool { status == .running || status == .paused }

    /// What happens to a machine.
    public enum Event: Equatable, Sendable {
        case started(qemu: Int, supervisor: Int, at: String)
        case paused
        case resumed
        case ended(Exit)
    }

    /// The next state. Throws `.conflict` where the event can't happen in this one, in Docker's words.
    public mutating func apply(_ event: Event) throws(EscaleError) {
        switch (event, status) {
        case (.started(let qemu, let supervisor, let at), .created):
            status = .running
            (qemuPID, supervisorPID, startedAt) = (qemu, supervisor, at)
        case (.paused, .running): status = .paused
        case (.paused, .paused): throw EscaleError(.conflict, "VM \(shortID) is already paused")
        case (.resumed, .paused): status = .running
        case (.resumed, .running): throw EscaleError(.conflict, "VM \(shortID) is not paused")
        case (.ended(let exit), .created), (.ended(let exit), .running), (.ended(let exit), .paused):
            status = .exited
            self.exit = exit
            (qemuPID, supervisorPID) = (nil, nil)
        case (_, .exited), (_, .created):
            throw EscaleError(.conflict, "VM \(shortID) is not running")
        case (.started, _): throw EscaleError(.conflict, "VM \(shortID) is already running")
        }
    }

    /// `Up 2 minutes (Paused)`, `Exited (0) 3 seconds ago`: as `docker ps` words it.
    public func statusText(now: Timestamp = .now) -> String {
        func ago(_ text: String?) -> String {
            guard let text, let then = Timestamp(rfc3339: text) else { return "" }
            return Units.duration(max(0, now.seconds - then.seconds))
        }
        switch status {
        case .created: return "Created"
        case .running: return "Up \(ago(startedAt))"
        case .paused: return "Up \(ago(startedAt)) (Paused)"
        case .exited: return "Exited (\(exit?.status ?? 0)) \(ago(exit?.finishedAt)) ago"
        }
    }
}

/// Where one machine's files are.
public struct VMPaths: Sendable, Equatable {
    public let folder: String
    public let socket: String

    public init(kit: Kit, id: String) {
        folder = "\(kit.vms)/\(id)"
        socket = "\(kit.run)/vms/\(id.prefix(12)).sock"
    }

    public var record: String { "\(folder)/vm.json" }
    /// Held for as long as the launcher, then the supervisor, lives.
    public var lock: String { "\(folder)/lock" }
    public var disk: String { "\(folder)/disk.img" }
    /// What the kernel said.
    public var console: String { "\(folder)/console.log" }
    /// The command's output: frames, as they came.
    public var output: String { "\(folder)/output.log" }
    /// QEMU's own complaints.
    public var qemuLog: String { "\(folder)/qemu.log" }

    public func load() throws(EscaleError) -> VMRecord {
        try JSON.parse(try Files.read(record)).decode()
    }

    /// Takes the machine's folder away at once: nobody sees it half removed. One that is gone is fine.
    func remove() throws(EscaleError) {
        let gone = "\(Path.parent(folder))/\(Self.gonePrefix)\(Path.name(folder))"
        if rename(folder, gone) != 0, errno != ENOENT { throw .system("remove", folder, errno: errno) }
        do { try Files.removeTree(gone) } catch { if error.errno != ENOENT { throw error } }
    }

    /// Folders on their way out; whoever finds one finishes the work.
    static let gonePrefix = ".gone-"

    public func save(_ record: VMRecord) throws(EscaleError) {
        try Files.replace(self.record, try JSON.encode(record).bytes(pretty: true), mode: 0o600)
    }
}
