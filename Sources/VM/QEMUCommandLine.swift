import Support

/// How a machine executes: on the processor, or translated by QEMU.
public enum Accelerator: String, Codable, Sendable, CaseIterable {
    case kvm, tcg

    /// As figures are labelled.
    public var label: String { rawValue.uppercased() }
}

/// What a QEMU command line depends on.
public struct QEMUMachine: Equatable, Sendable {
    /// As the host's process list shows it.
    public var name: String
    public var kernel: String
    public var initramfs: String
    /// Raw image of the root disk, nil for none (the probe).
    public var disk: String?
    /// Bytes.
    public var memory: Int64
    public var cpus: Int
    public var accelerator: Accelerator
    /// File that gets what the kernel says.
    public var console: String
    /// Descriptors that QEMU inherits: QMP, the guest's control port, the tap.
    public var qmp: Int32?
    public var control: Int32?
    public var tap: Int32?
    public var mac: String
    /// The host's time-stamp counter in kHz: under TCG the guest shares it and can't measure it well.
    public var tscKHz: Int?
    /// For init: `pci`, `probe`.
    public var words: [String]

    public init(
        name: String, kernel: String, initramfs: String, disk: String?, memory: Int64, cpus: Int,
        accelerator: Accelerator, console: String, qmp: Int32? = nil, control: Int32? = nil,
        tap: Int32? = nil, mac: String = "", tscKHz: Int? = nil, words: [String] = []
    ) {
        self.name = name
        self.kernel = kernel
        self.initramfs = initramfs
        self.disk = disk
        self.memory = memory
        self.cpus = cpus
        self.accelerator = accelerator
        self.console = console
        self.qmp = qmp
        self.control = control
        self.tap = tap
        self.mac = mac
        self.tscKHz = tscKHz
        self.words = words
    }
}

/// QEMU's arguments for a machine. Pure.
public enum QEMUCommandLine {
    public static func make(_ vm: QEMUMachine, _ host: QEMUHost) -> [String] {
        let micro = host.machine == "microvm"
        // On a microvm, devices are on the virtio-mmio bus, which ACPI describes to the guest.
        let kind = micro ? "device" : "pci"
        var line = [
            "-name", "escale-\(escape(vm.name))", "-nodefaults",
            "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", micro ? "microvm,rtc=on,acpi=on,pcie=off" : "q35", "-accel", vm.accelerator.rawValue,
            "-cpu", cpu(vm.accelerator), "-smp", "\(vm.cpus)", "-m", "\(max(1, vm.memory >> 20))M",
            "-kernel", vm.kernel, "-initrd", vm.initramfs,
            "-append", KernelCommandLine.make(vm, pci: !micro),
            "-chardev", "file,id=console,path=\(escape(vm.console)),append=on", "-serial", "chardev:console"
        ]
        if let disk = vm.disk {
            // Its machine's alone, gone with it: nothing needs to be forced onto the host's disk.
            line += [
                "-drive", "id=root,if=none,format=raw,cache=unsafe,discard=unmap,file=\(escape(disk))",
                "-device", "virtio-blk-\(kind),drive=root"
            ]
        }
        if let control = vm.control {
            line += [
                "-device", "virtio-serial-\(kind)", "-chardev", "socket,id=control,fd=\(control)",
                "-device", "virtserialport,chardev=control,name=escale.control",
                "-device", "virtio-balloon-\(kind),id=balloon"
            ]
        }
        if let tap = vm.tap {
            line += [
                "-netdev", "tap,id=net,fd=\(tap)", "-device", "virtio-net-\(kind),netdev=net,mac=\(vm.mac)"
            ]
        }
        if let qmp = vm.qmp {
            line += ["-chardev", "socket,id=qmp,fd=\(qmp)", "-mon", "chardev=qmp,mode=control"]
        }
        return line
    }

    /// KVM gives the host's own; TCG what x86-64-v2 programs need, and RDRAND, without which the guest
    /// would wait for entropy.
    private static func cpu(_ accelerator: Accelerator) -> String {
        switch accelerator {
        case .kvm: "host"
        case .tcg: "qemu64,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt"
        }
    }

    /// A comma in a value is written twice (qemu(1), "-drive").
    private static func escape(_ value: String) -> String {
        value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
    }
}

/// The kernel's own command line (kernel documentation, admin-guide/kernel-parameters).
public enum KernelCommandLine {
    static func make(_ vm: QEMUMachine, pci: Bool) -> String {
        var words = [
            "console=ttyS0", "quiet", "panic=-1",
            // A guest of minutes tests no ciphers, audits nobody and has one serial line.
            "cryptomgr.notests", "audit=0", "lsm=", "8250.nr_uarts=1",
            "initcall_blacklist=init_kprobe_trace", "random.trust_cpu=on",
            // On a busy host a translated guest misses ticks, and would panic over its timer.
            "no_timer_check"
        ]
        if vm.accelerator == .tcg, let tscKHz = vm.tscKHz { words.append("tsc_early_khz=\(tscKHz)") }
        let forInit = (pci ? ["pci"] : []) + vm.words
        // Parameters that the kernel does not know become init's environment.
        if !forInit.isEmpty { words.append("ESCALE=\(forInit.joined(separator: ","))") }
        return words.joined(separator: " ")
    }
}
