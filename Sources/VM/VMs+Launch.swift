import CLinux
import Glibc
import Images
import Linux
import Network
import OCI
import Support

/// A machine that was just started: its record, and the stream of its output and fate.
public struct VMLaunch: ~Copyable {
    public let record: VMRecord
    public var connection: VMConnection

    init(record: VMRecord, connection: consuming VMConnection) {
        self.record = record
        self.connection = connection
    }
}

extension VMs {
    /// Starts a machine: its disk is made, its supervisor runs. What happens then comes by the stream.
    /// - Parameter window: columns and rows of the caller's terminal.
    public func launch(_ config: VMConfig, window: (width: Int, height: Int)? = nil) throws(EscaleError)
        -> VMLaunch
    {
        let requested = Monotonic.now.nanoseconds
        try config.validate(hostCPUs: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let host = try QEMUHost.find(kit: kit)
        let guest = try Guest.load(kit: kit)
        let store = ImageStore(kit: kit)
        let image = try store.resolve(config.image)
        let verdict = try accelerator(config.accelerator, guest, host)
        let base = try DiskImage.base(kit: kit, image: image, store: store, size: config.disk)
        var record = try plan(config, image, guest, host, verdict, requested)
        if let window { (record.guest.width, record.guest.height) = window }

        let paths = VMPaths(kit: kit, id: record.id)
        let lock = try reserve(&record, paths)
        do {
            try connect(&record)
            try SparseFile.copy(base, to: paths.disk)
            try paths.save(record)
            let connection = try supervise(record.id, lock: lock.raw)
            return VMLaunch(record: record, connection: VMConnection(connection))
        } catch {
            try? Self.release(record, kit: kit)
            try? paths.remove()
            throw error
        }
    }

    private func accelerator(_ choice: VMConfig.AcceleratorChoice, _ guest: Guest, _ host: QEMUHost)
        throws(EscaleError) -> AccelVerdict
    {
        if choice == .tcg { return AccelVerdict(accelerator: .tcg) }
        let verdict = try AccelProbe.verdict(kit: kit, guest: guest, host: host)
        if choice == .kvm, verdict.accelerator != .kvm {
            throw EscaleError(
                .unavailable, "KVM does not work here: \(verdict.reason)", repair: "--accel tcg")
        }
        return verdict
    }

    private func plan(
        _ config: VMConfig, _ image: Image, _ guest: Guest, _ host: QEMUHost, _ verdict: AccelVerdict,
        _ requested: UInt64
    ) throws(EscaleError) -> VMRecord {
        let execution = image.execution
        let entrypoint = config.entrypoint ?? execution.entrypoint ?? []
        // As docker: another entry point makes the image's arguments meaningless.
        let rest =
            config.command.isEmpty && config.entrypoint == nil ? execution.cmd ?? [] : config.command
        guard !(entrypoint + rest).isEmpty else {
            throw EscaleError(.invalid, "no command specified", repair: "escale vm run \(config.image) sh")
        }
        let id = Hex.random(32)
        let hostname = config.hostname ?? String(id.prefix(12))
        var environment = ["HOSTNAME=\(hostname)"]
        if config.terminal { environment.append("TERM=xterm") }
        let guestConfig = GuestConfig(
            hostname: hostname, arguments: entrypoint + rest,
            environment: VMConfig.merge(
                VMConfig.merge(execution.env, environment), config.environment),
            user: config.user ?? execution.user ?? "",
            workingDirectory: config.workingDirectory ?? execution.workingDir ?? "/",
            terminal: config.terminal, openStdin: config.interactive)
        let name = image.names.first?.familiar ?? image.id.short
        return VMRecord(
            id: id, name: config.name ?? "vm-\(id.prefix(6))", config: config, imageID: image.idText,
            imageName: (try? Reference(config.image))?.familiar ?? name, guest: guestConfig,
            stopSignal: Int(execution.stopSignal.flatMap(Signals.number) ?? SIGTERM), accelerator: verdict,
            machine: host.machine, kernel: guest.release, qemuVersion: host.version,
            timeline: BootTimeline(requested: requested))
    }

    /// Makes the machine's folder, locked, once its name is known to be free.
    private func reserve(_ record: inout VMRecord, _ paths: VMPaths) throws(EscaleError) -> FD {
        try Files.makeDirectory(kit.vms, mode: 0o700)
        let all = try FileLock("\(kit.vms)/.lock")
        defer { _ = all }
        let name = record.name
        if let other = try list().first(where: { $0.name == name }) {
            throw EscaleError(
                .conflict,
                "Conflict. The VM name \"/\(name)\" is already in use by VM \"\(other.id)\". You have to remove "
                    + "(or rename) that VM to be able to reuse that name.",
                repair: "escale vm rm -f \(name)")
        }
        try Files.makeDirectory(paths.folder, mode: 0o700)
        // Nobody finds it unlocked: that would mean that its machine is dead.
        let fresh = "\(paths.lock).new"
        let lock = try Sys.open(fresh, O_RDWR | O_CREAT, mode: 0o600)
        try Sys.check(cl_flock(lock.raw, LOCK_EX | LOCK_NB), "flock", fresh)
        try Sys.call("rename", paths.lock) { rename(fresh, paths.lock) }
        try paths.save(record)
        return lock
    }

    /// Plans the network card: an address of the kit's bridge.
    private func connect(_ record: inout VMRecord) throws(EscaleError) {
        guard record.config.network != .none else { return }
        // A user's namespace may have a bridge, and no right to the device that plugs QEMU into it.
        do throws(EscaleError) {
            if access("/dev/net/tun", R_OK | W_OK) != 0 {
                throw EscaleError.system("open", "/dev/net/tun", errno: errno, repair: "--network none")
            }
            let bridge = try Bridge.ensure(kit: kit)
            // Before the address: whoever finds us dead gives it back.
            record.bridge = bridge.name
            let address = try IPAM(kit: kit).allocate(owner: record.id)
            record.address = address
            record.mac = IPv4(address)?.mac
            record.guest.network = GuestConfig.Network(
                address: address, prefix: bridge.prefix, gateway: bridge.gateway, mtu: bridge.mtu,
                resolver: ResolvConf.host.forContainer(gateway: bridge.gateway))
        } catch {
            if record.config.network == .bridge { throw error.within("network bridge") }
            try? Self.release(record, kit: kit)
            (record.bridge, record.address, record.mac, record.guest.network) = (nil, nil, nil, nil)
            record.sansReseau = error.message
        }
    }

    private func supervise(_ id: String, lock: Int32) throws(EscaleError) -> FD {
        let (ours, theirs) = try UnixSocket.pair()
        let stream = FD(owning: ours)
        let other = FD(owning: theirs)
        let null = try Sys.open("/dev/null", O_RDWR)
        let environment =
            Environment.all.filter { !$0.hasPrefix("ESCALE_ROOT=") && !$0.hasPrefix("ESCALE_RUN=") }
            + ["ESCALE_ROOT=\(kit.root)", "ESCALE_RUN=\(kit.run)"]
        _ = try Spawn.start(
            program, ["vm-supervise", id], environment: environment,
            descriptors: [0: null.raw, 1: null.raw, 2: null.raw, 3: other.raw, 4: lock], newSession: true,
            directory: "/")
        return stream
    }
}

/// How a machine's run went.
public struct VMResult: Sendable {
    /// The command's own status, or 125 to 127.
    public let status: Int
    /// Why it was not the command's own.
    public let error: String?
    public let stdout: [UInt8]
    public let stderr: [UInt8]
    public let phases: BootPhases
    public let accelerator: Accelerator
    /// As the machine ended.
    public let record: VMRecord
}

extension VMs {
    /// Runs a machine to its end without a terminal.
    /// - Parameters:
    ///   - input: the command's stdin.
    ///   - started: called once the command runs, e.g. to measure the machine from outside.
    public func run(
        _ config: VMConfig, input: [UInt8] = [], started: (VMRecord) -> Void = { _ in }
    ) throws(EscaleError) -> VMResult {
        var config = config
        config.terminal = false
        config.interactive = !input.isEmpty
        var launch = try launch(config)
        var attach = VMAttach(sent: input, ends: config.interactive)
        var (out, err): ([UInt8], [UInt8]) = ([], [])
        var end = VMEnd()
        let record = launch.record
        _ = try attach.pump(&launch.connection) { (frame) throws(EscaleError) in
            switch frame.kind {
            case .output: out += frame.payload
            case .errors: err += frame.payload
            case .stamp: started((try? find(record.id)) ?? record)
            default: end.note(frame)
            }
            return true
        }
        let last = end.record ?? record
        return VMResult(
            status: end.exit.status, error: end.exit.error, stdout: out, stderr: err, phases: last.phases,
            accelerator: last.accelerator, record: last)
    }
}
