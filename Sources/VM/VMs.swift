import CLinux
import Glibc
import Images
import Linux
import Network
import Support

/// The virtual machines of a kit.
public struct VMs: Sendable {
    public let kit: Kit
    /// `escale`, which supervises each machine.
    let program: String

    public init(kit: Kit, program: String = Programs.own) {
        self.kit = kit
        self.program = program
    }

    // MARK: Finding

    /// All machines, newest first; those whose supervisor has died are recorded as ended, and swept away
    /// if they were to be removed.
    public func list() throws(EscaleError) -> [VMRecord] {
        var records: [VMRecord] = []
        let names = (try? Files.list(kit.vms)) ?? []
        for name in names {
            if name.hasPrefix(VMPaths.gonePrefix) {
                // Its remover may be at work or have died: both of us may take files away.
                try? Files.removeTree("\(kit.vms)/\(name)")
            } else if name.utf8.count == 64, let record = try settle(name) {
                records.append(record)
            }
        }
        return records.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
    }

    /// By name, id or the beginning of one.
    public func find(_ text: String) throws(EscaleError) -> VMRecord {
        let all = try list()
        if let named = all.first(where: { $0.name == text || $0.id == text }) { return named }
        let matches = text.isEmpty ? [] : all.filter { $0.id.hasPrefix(text) }
        if matches.count > 1 {
            throw EscaleError(.invalid, "multiple VMs found with provided prefix: \(text)")
        }
        guard let match = matches.first else { throw EscaleError(.notFound, "No such VM: \(text)") }
        return match
    }

    /// A machine's record as it is now: nobody holds a dead one's lock.
    private func settle(_ id: String) throws(EscaleError) -> VMRecord? {
        let paths = VMPaths(kit: kit, id: id)
        let held = cl_open(paths.lock, O_RDWR | O_CLOEXEC, 0)
        if held == -ENOENT {
            // Its launcher makes it under this lock, or has died between two steps.
            let lock = try FileLock.attempt("\(kit.vms)/.lock")
            if lock != nil, !Files.exists(paths.lock) { try paths.remove() }
            return nil
        }
        let file = FD(owning: try Sys.check(held, "open", paths.lock))
        let locked = cl_flock(file.raw, LOCK_EX | LOCK_NB) >= 0
        guard let record = try? paths.load() else {
            if locked { try paths.remove() }
            return nil
        }
        guard locked, record.status != .exited else { return record }
        return try bury(record, paths)
    }

    /// Ends the record of a machine whose supervisor died. QEMU died with it (PR_SET_PDEATHSIG).
    private func bury(_ dead: VMRecord, _ paths: VMPaths) throws(EscaleError) -> VMRecord? {
        var record = dead
        try record.apply(.ended(.init(status: 137, error: "its supervisor has died")))
        unlink(paths.socket)
        try? Self.release(record, kit: kit)
        if record.config.remove {
            try paths.remove()
            return nil
        }
        try paths.save(record)
        return record
    }

    /// Gives back what the machine had on the kit's network.
    static func release(_ record: VMRecord, kit: Kit) throws(EscaleError) {
        guard record.bridge != nil else { return }
        try? Tap.delete(InterfaceName.tap(owner: record.id))
        try IPAM(kit: kit).release(owner: record.id)
    }

    // MARK: Acting

    /// Sends the stop signal, and ends the machine after `seconds`.
    public func stop(_ text: String, seconds: Int = 10) throws(EscaleError) {
        let record = try find(text)
        guard record.isAlive else { return }
        try request(.stop(seconds: seconds), to: record, untilItEnds: true)
    }

    public func kill(_ text: String, signal: Int32 = SIGKILL) throws(EscaleError) {
        let record = try alive(text, "Cannot kill VM: \(text)")
        try request(.kill(signal: Int(signal)), to: record, untilItEnds: signal == SIGKILL)
    }

    public func pause(_ text: String) throws(EscaleError) {
        try request(.pause, to: try alive(text, "Cannot pause VM \(text)"))
    }

    public func unpause(_ text: String) throws(EscaleError) {
        try request(.unpause, to: try alive(text, "Cannot unpause VM \(text)"))
    }

    /// Asks the guest to leave all but so many bytes of its memory to the host.
    public func balloon(_ text: String, bytes: Int64) throws(EscaleError) {
        try request(.balloon(bytes: bytes), to: try alive(text, "Cannot resize VM \(text)"))
    }

    /// Removes an ended machine, or any with `force`.
    public func remove(_ text: String, force: Bool = false) throws(EscaleError) {
        let record = try find(text)
        if record.status != .exited {
            guard force else {
                throw EscaleError(
                    .conflict,
                    "cannot remove VM \"\(record.name)\": VM is \(record.status.rawValue): stop the VM before "
                        + "removing or force remove", repair: "escale vm rm -f \(record.name)")
            }
            try request(.kill(signal: Int(SIGKILL)), to: record, untilItEnds: true)
        }
        try VMPaths(kit: kit, id: record.id).remove()
    }

    private func alive(_ text: String, _ context: String) throws(EscaleError) -> VMRecord {
        let record = try find(text)
        guard record.isAlive else {
            throw EscaleError(.conflict, "\(context): VM \(record.shortID) is not running")
        }
        return record
    }

    private func request(_ request: VMRequest, to record: VMRecord, untilItEnds: Bool = false)
        throws(EscaleError)
    {
        let paths = VMPaths(kit: kit, id: record.id)
        var connection = VMConnection(try UnixSocket.connect(paths.socket))
        try connection.ask(request)
        if untilItEnds { try connection.waitForEnd() }
    }

    /// A stream of what the command writes from now on, and to its stdin.
    public func attach(_ record: VMRecord) throws(EscaleError) -> VMConnection {
        guard record.isAlive else {
            throw EscaleError(.conflict, "You cannot attach to a stopped VM, start it first")
        }
        var connection = VMConnection(try UnixSocket.connect(VMPaths(kit: kit, id: record.id).socket))
        try connection.ask(.attach)
        return connection
    }

    // MARK: Measuring

    /// The host's processes behind a machine that runs: QEMU and its supervisor.
    public func processes(_ record: VMRecord) -> [pid_t] {
        [record.qemuPID, record.supervisorPID].compactMap { $0.map(pid_t.init) }
    }

    /// Bytes that the machine's own disk takes on the host (kernel and initramfs are `Guest.diskUsage`).
    public func diskUsage(_ record: VMRecord) -> Int64 {
        SparseFile.usage(VMPaths(kit: kit, id: record.id).disk)
    }

    /// The command's output so far, in order.
    public func logs(_ record: VMRecord) throws(EscaleError) -> [(isError: Bool, bytes: [UInt8])] {
        let paths = VMPaths(kit: kit, id: record.id)
        var reader = GuestFrameReader()
        for file in [paths.output + ".1", paths.output] where Files.exists(file) {
            reader.feed(try Files.read(file))
        }
        var parts: [(isError: Bool, bytes: [UInt8])] = []
        while let frame = try reader.next() { parts.append((frame.kind == .errors, frame.payload)) }
        return parts
    }

    /// What the guest's kernel and init said on the serial line.
    public func console(_ record: VMRecord) throws(EscaleError) -> String {
        let path = VMPaths(kit: kit, id: record.id).console
        return Files.exists(path) ? try Files.text(path) : ""
    }
}
