import Testing
import VM

@Suite struct QEMUCommandLineTests {
    private let micro = QEMUHost(
        program: "/usr/bin/qemu-system-x86_64", version: "7.2.22", machines: ["microvm", "q35"])
    private let old = QEMUHost(program: "/usr/bin/qemu-system-x86_64", version: "4.1.0", machines: ["q35"])

    private func machine(_ accelerator: Accelerator) -> QEMUMachine {
        QEMUMachine(
            name: "phare", kernel: "/k/vmlinux", initramfs: "/k/initramfs", disk: "/v/a,b/disk.img",
            memory: 256 << 20, cpus: 2, accelerator: accelerator, console: "/v/console.log", qmp: 7,
            control: 8, tap: 9, mac: "02:42:ac:1e:00:02", tscKHz: 2_596_138)
    }

    @Test func microvmUnderTCG() {
        let golden = [
            "-name", "escale-phare", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "microvm,rtc=on,acpi=on,pcie=off", "-accel", "tcg",
            "-cpu", "qemu64,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt", "-smp", "2", "-m", "256M",
            "-kernel", "/k/vmlinux", "-initrd", "/k/initramfs",
            "-append",
            "console=ttyS0 quiet panic=-1 cryptomgr.notests audit=0 lsm= 8250.nr_uarts=1 "
                + "initcall_blacklist=init_kprobe_trace random.trust_cpu=on no_timer_check tsc_early_khz=2596138",
            "-chardev", "file,id=console,path=/v/console.log,append=on", "-serial", "chardev:console",
            "-drive",
            "id=root,if=none,format=raw,cache=unsafe,discard=unmap,file=/v/a,,b/disk.img",
            "-device", "virtio-blk-device,drive=root", "-device", "virtio-serial-device",
            "-chardev", "socket,id=control,fd=8",
            "-device", "virtserialport,chardev=control,name=escale.control",
            "-device", "virtio-balloon-device,id=balloon",
            "-netdev", "tap,id=net,fd=9", "-device", "virtio-net-device,netdev=net,mac=02:42:ac:1e:00:02",
            "-chardev", "socket,id=qmp,fd=7", "-mon", "chardev=qmp,mode=control"
        ]
        #expect(QEMUCommandLine.make(machine(.tcg), micro) == golden)
    }

    @Test func q35UnderKVM() {
        let line = QEMUCommandLine.make(machine(.kvm), old)
        func after(_ word: String) -> String? { line.firstIndex(of: word).map { line[$0 + 1] } }
        #expect(after("-machine") == "q35")
        #expect(after("-accel") == "kvm")
        #expect(after("-cpu") == "host")
        #expect(line.contains("virtio-blk-pci,drive=root"))
        #expect(after("-append")?.hasSuffix(" ESCALE=pci") == true)
        #expect(after("-append")?.contains("tsc_early_khz") == false)
    }

    @Test func probeHasNoDevices() {
        let probe = QEMUMachine(
            name: "probe", kernel: "k", initramfs: "i", disk: nil, memory: 128 << 20, cpus: 1,
            accelerator: .kvm, console: "c", words: ["probe"])
        let line = QEMUCommandLine.make(probe, micro)
        #expect(!line.contains("-device"))
        #expect(line.contains { $0.hasSuffix(" ESCALE=probe") })
    }

    @Test func answersOfQEMU() {
        #expect(
            QEMUHost.parseVersion("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright") == "7.2.22"
        )
        let help =
            "Supported machines are:\nmicrovm              microvm (i386)\nq35   Standard PC (alias of x)\n"
        #expect(QEMUHost.parseMachines(help) == ["microvm", "q35"])
    }
}

@Suite struct AccelProbeTests {
    @Test func verdicts() {
        func judge(_ ended: Bool, _ status: Int32, _ errors: String = "", _ console: String = "")
            -> AccelVerdict
        {
            AccelProbe.judge(
                ended: ended, status: status, errors: errors, console: console, milliseconds: 1)
        }
        let off = "[ 0.5] reboot: Power down\n"
        #expect(judge(true, 0, "", off).accelerator == .kvm)
        #expect(judge(true, 0, "", off).reason.isEmpty)
        #expect(judge(true, 0).reason.contains("reset itself"))
        #expect(judge(false, 137).accelerator == .tcg)
        #expect(judge(false, 137).raison.contains("n’a pas démarré"))
        #expect(judge(true, 0, "", "[0.1] Kernel panic - not syncing").accelerator == .tcg)
        #expect(judge(true, 1, "qemu: failed to initialize kvm").reason.contains("failed to initialize"))
    }

    @Test func assertionIsShortened() {
        let verdict = AccelProbe.judge(
            ended: true, status: 134,
            errors: "qemu-system-x86_64: ../../target/i386/kvm/kvm.c:3183: kvm_buf_set_msrs: Assertion "
                + "`ret == n' failed.\n", console: "", milliseconds: 1)
        #expect(verdict.reason == "QEMU failed under KVM (kvm_buf_set_msrs: Assertion `ret == n' failed)")
    }

    @Test func refusals() {
        #expect(AccelProbe.refusal(errno: 2).raison.contains("pas de /dev/kvm"))
        #expect(AccelProbe.refusal(errno: 13).reason.contains("group kvm"))
    }
}
