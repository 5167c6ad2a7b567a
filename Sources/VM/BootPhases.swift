import Support

/// The moments of one machine's life that its supervisor saw, in nanoseconds of the host's monotonic
/// clock, and those that the guest stamped on its own.
public struct BootTimeline: Codable, Equatable, Sendable {
    /// The launcher began to prepare the disk.
    public var requested: UInt64
    /// QEMU was executed.
    public var spawned: UInt64?
    /// Where the guest's clock has its zero on the host's: the smallest difference between a stamp's
    /// arrival and its sending, so that queueing does not count.
    public var guestOrigin: UInt64?
    /// On the guest's clock.
    public var initStarted: UInt64?
    public var commandStarted: UInt64?
    public var commandEnded: UInt64?
    /// QEMU had gone.
    public var ended: UInt64?

    public init(requested: UInt64) { self.requested = requested }

    public mutating func add(_ stamp: GuestStamp, arrival: UInt64) {
        if arrival >= stamp.sent {
            let origin = arrival - stamp.sent
            guestOrigin = min(guestOrigin ?? origin, origin)
        }
        switch stamp.name {
        case .initStarted: initStarted = stamp.nanoseconds
        case .commandStarted: commandStarted = stamp.nanoseconds
        case .commandEnded: commandEnded = stamp.nanoseconds
        }
    }

    /// The phases as far as they were seen.
    public var phases: BootPhases {
        func host(_ guest: UInt64?) -> Double? {
            guard let guest, let guestOrigin else { return nil }
            return Double(guest) + Double(guestOrigin)
        }
        func milliseconds(_ from: Double?, _ to: Double?) -> Double? {
            guard let from, let to else { return nil }
            return max(0, to - from) / 1e6
        }
        let (start, spawn) = (Double(requested), spawned.map { Double($0) })
        let (boot, command, end) = (host(initStarted), host(commandStarted), host(commandEnded))
        return BootPhases(
            prepare: milliseconds(start, spawn), qemu: milliseconds(spawn, guestOrigin.map { Double($0) }),
            kernel: milliseconds(guestOrigin.map { Double($0) }, boot),
            initialization: milliseconds(boot, command),
            command: milliseconds(command, end), powerOff: milliseconds(end, ended.map { Double($0) }),
            total: milliseconds(start, ended.map { Double($0) }))
    }
}

/// How long each part of a machine's life took, in milliseconds; nil for what was not reached.
public struct BootPhases: Codable, Equatable, Sendable {
    /// Ours: the disk's copy and the supervisor's start.
    public var prepare: Double?
    /// QEMU's start and the firmware, until the kernel's clock begins.
    public var qemu: Double?
    /// The kernel, until it executes init.
    public var kernel: Double?
    /// Modules, disk and network, until the command is executed.
    public var initialization: Double?
    public var command: Double?
    /// From the command's end until QEMU has gone.
    public var powerOff: Double?
    public var total: Double?

    enum CodingKeys: String, CodingKey {
        case prepare, qemu, kernel
        case initialization = "init"
        case command, powerOff, total
    }

    /// In order, with the names that are shown.
    public var named: [(name: String, milliseconds: Double)] {
        [
            ("préparation", prepare), ("démarrage de QEMU", qemu), ("noyau", kernel),
            ("init", initialization),
            ("commande", command), ("arrêt", powerOff), ("total", total)
        ].compactMap { name, value in value.map { (name, $0) } }
    }

    public init(
        prepare: Double? = nil, qemu: Double? = nil, kernel: Double? = nil, initialization: Double? = nil,
        command: Double? = nil, powerOff: Double? = nil, total: Double? = nil
    ) {
        self.prepare = prepare
        self.qemu = qemu
        self.kernel = kernel
        self.initialization = initialization
        self.command = command
        self.powerOff = powerOff
        self.total = total
    }
}
