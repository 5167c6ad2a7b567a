import CLinux
import Glibc
import Linux
import Support

/// Which accelerator machines of this host use, and why.
public struct AccelVerdict: Codable, Equatable, Sendable {
    public var accelerator: Accelerator
    /// Why not KVM, in English and in French; empty where KVM works.
    public var reason: String
    public var raison: String
    /// How long the kernel took to boot under KVM, or the probe to give up, in milliseconds.
    public var milliseconds: Double
    /// What the verdict holds for.
    var key: String

    public init(
        accelerator: Accelerator, reason: String = "", raison: String = "", milliseconds: Double = 0,
        tscKHz: Int = 0, key: String = ""
    ) {
        self.accelerator = accelerator
        self.reason = reason
        self.raison = raison
        self.milliseconds = milliseconds
        self.key = key
    }
}

/// Finds out whether KVM works, by booting the real kernel under it: a /dev/kvm that opens proves
/// nothing where the host is itself a guest.
public enum AccelProbe {
    /// A working KVM boots in a fraction of this, also on a busy host.
    static let limitMilliseconds: Int32 = 4000

    /// The verdict for this boot of the host, this kernel and this QEMU: remembered, or found now. Of
    /// several that ask at once, one probes and the others wait for it.
    public static func verdict(kit: Kit, guest: Guest, host: QEMUHost) throws(EscaleError) -> AccelVerdict {
        let boot = try BootID.current()
        let key = ["2", boot, guest.release, guest.kernelHash, host.version, host.machine].joined(
            separator: " ")
        if let known = remembered(kit, key) { return known }
        try Files.makeDirectory(kit.guest)
        let lock = try FileLock("\(kit.guest)/.accel-lock")
        defer { _ = lock }
        if let known = remembered(kit, key) { return known }
        var verdict = try probe(kit: kit, guest: guest, host: host)
        verdict.key = key
        try Files.replace(file(kit), try JSON.encode(verdict).bytes(pretty: true))
        return verdict
    }

    static func file(_ kit: Kit) -> String { "\(kit.guest)/accel.json" }

    private static func remembered(_ kit: Kit, _ key: String) -> AccelVerdict? {
        guard let bytes = try? Files.read(file(kit)), let json = try? JSON.parse(bytes),
            let verdict: AccelVerdict = try? json.decode(), verdict.key == key
        else { return nil }
        return verdict
    }

    private static func probe(kit: Kit, guest: Guest, host: QEMUHost) throws(EscaleError) -> AccelVerdict {
        let device = cl_open("/dev/kvm", O_RDWR | O_CLOEXEC, 0)
        if device < 0 { return refusal(errno: -device) }
        close(device)
        let console = "\(kit.guest)/probe.log"
        unlink(console)
        let machine = QEMUMachine(
            name: "probe", kernel: guest.kernel(kit), initramfs: guest.initramfs(kit), disk: nil,
            memory: 128 << 20, cpus: 1, accelerator: .kvm, console: console, words: ["probe"])
        let start = Monotonic.now
        let null = try Sys.open("/dev/null", O_RDWR)
        let errors = try Sys.pipe()
        let errorsRead = FD(owning: errors.read)
        let errorsWrite = FD(owning: errors.write)
        let pid = try Spawn.start(
            host.program, QEMUCommandLine.make(machine, host),
            descriptors: [0: null.raw, 1: null.raw, 2: errorsWrite.raw], newSession: true)
        _ = consume errorsWrite
        let process = try ProcessHandle(pid)
        let ended = try process.waitForEnd(milliseconds: limitMilliseconds)
        if !ended { try process.signal(SIGKILL) }
        let status = try Spawn.wait(pid)
        let text = String(decoding: try Files.readAll(errorsRead.raw, limit: 4096), as: UTF8.self)
        let printed = (try? Files.text(console)) ?? ""
        return judge(
            ended: ended, status: status, errors: text, console: printed,
            milliseconds: start.elapsedMilliseconds)
    }

    /// What a probe's end means. Pure.
    public static func judge(
        ended: Bool, status: Int32, errors: String, console: String, milliseconds: Double
    ) -> AccelVerdict {
        let seconds = "\(limitMilliseconds / 1000)"
        func tcg(_ reason: String, _ raison: String) -> AccelVerdict {
            AccelVerdict(accelerator: .tcg, reason: reason, raison: raison, milliseconds: milliseconds)
        }
        if !ended {
            return tcg(
                "the kernel did not boot under KVM within \(seconds) s: this host's KVM does not run "
                    + "ordinary guests",
                "le noyau n’a pas démarré sous KVM en \(seconds) s : le KVM de cette machine ne fait pas "
                    + "tourner d’invité ordinaire")
        }
        if status != 0 {
            let word = complaint(errors) ?? "exit status \(status)"
            return tcg(
                "QEMU failed under KVM (\(word))",
                "QEMU s’est arrêté sous KVM avec l’erreur «\u{A0}\(word)\u{A0}»")
        }
        if console.contains("Kernel panic") || console.contains("KVM internal error")
            || errors.contains("KVM internal error")
        {
            return tcg("the kernel died under KVM", "le noyau s’est arrêté brutalement sous KVM")
        }
        // A processor that resets itself ends QEMU as well: only init's own power off counts.
        guard console.contains("reboot: Power down") else {
            return tcg(
                "the machine reset itself under KVM before its init ran",
                "la machine s’est réinitialisée sous KVM avant d’avoir démarré")
        }
        return AccelVerdict(accelerator: .kvm, milliseconds: milliseconds)
    }

    /// QEMU's last line, without its own name, source file and line.
    private static func complaint(_ errors: String) -> String? {
        guard let line = errors.split(separator: "\n").last else { return nil }
        let parts = line.split(separator: " ")
        let text = parts.drop { $0.hasSuffix(":") && ($0.contains(".c:") || $0.hasPrefix("qemu")) }
        let joined = text.joined(separator: " ")
        return joined.hasSuffix(".") ? String(joined.dropLast()) : joined
    }

    /// Why /dev/kvm can't be opened.
    public static func refusal(errno: Int32) -> AccelVerdict {
        switch errno {
        case ENOENT, ENXIO, ENODEV:
            AccelVerdict(
                accelerator: .tcg, reason: "this host has no /dev/kvm (no VT-x or AMD-V, or not enabled)",
                raison: "cette machine n’a pas de /dev/kvm (VT-x ou AMD-V absent, ou désactivé)")
        case EACCES, EPERM:
            AccelVerdict(
                accelerator: .tcg, reason: "no permission to open /dev/kvm (join the group kvm)",
                raison: "vous n’avez pas le droit d’ouvrir /dev/kvm (rejoignez le groupe kvm)")
        default:
            AccelVerdict(
                accelerator: .tcg, reason: "open /dev/kvm: \(ErrnoText.text(errno))",
                raison: "impossible d’ouvrir /dev/kvm : \(ErrnoText.text(errno))")
        }
    }
}

/// The frequency of the host's time-stamp counter.
enum TimeStampCounter {
    /// In kHz: measured once a boot, over a time long enough for a few parts in 100 000.
    static func kHz(kit: Kit) throws(EscaleError) -> Int {
        let boot = try BootID.current()
        let file = "\(kit.guest)/tsc.json"
        if let bytes = try? Files.read(file), let json = try? JSON.parse(bytes), json["boot"].string == boot,
            let known = json["kHz"].int
        {
            return known
        }
        let (start, first) = (Monotonic.now, cl_time_stamp_counter())
        var pause = timespec(tv_sec: 0, tv_nsec: 30_000_000)
        nanosleep(&pause, nil)
        let (ticks, elapsed) = (cl_time_stamp_counter() &- first, start.elapsedMilliseconds)
        let value = Int((Double(ticks) / elapsed).rounded())
        let json: JSON = ["boot": .string(boot), "kHz": JSON(value)]
        try Files.replace(file, json.bytes())
        return value
    }
}

/// This boot of the host.
enum BootID {
    static func current() throws(EscaleError) -> String {
        try Files.text("/proc/sys/kernel/random/boot_id").filter { !$0.isWhitespace }
    }
}
