import Support
import Testing
import VM

@Suite struct VMRecordTests {
    private var record: VMRecord {
        VMRecord(
            id: String(repeating: "ab", count: 32), name: "phare", created: "2026-01-01T00:00:00Z",
            config: VMConfig(image: "busybox"), imageID: "sha256:1", imageName: "busybox:latest",
            guest: GuestConfig(hostname: "h", arguments: ["true"]), stopSignal: 15,
            accelerator: AccelVerdict(accelerator: .tcg), machine: "microvm", kernel: "6.1",
            qemuVersion: "7.2",
            timeline: BootTimeline(requested: 0))
    }
    private let started = VMRecord.Event.started(qemu: 10, supervisor: 9, at: "2026-01-01T00:00:01Z")
    private let ended = VMRecord.Event.ended(.init(status: 3, finishedAt: "2026-01-01T00:00:02Z"))

    @Test func life() throws {
        var r = record
        try r.apply(started)
        #expect(r.isAlive && r.qemuPID == 10)
        try r.apply(.paused)
        #expect(r.status == .paused && r.isAlive)
        try r.apply(.resumed)
        try r.apply(ended)
        #expect(r.status == .exited && r.exit?.status == 3 && r.qemuPID == nil && !r.isAlive)
    }

    @Test func whatCannotHappen() throws {
        var r = record
        #expect(throws: EscaleError(.conflict, "VM abababababab is not running")) { try r.apply(.paused) }
        try r.apply(started)
        #expect(throws: EscaleError(.conflict, "VM abababababab is already running")) { try r.apply(started) }
        #expect(throws: EscaleError(.conflict, "VM abababababab is not paused")) { try r.apply(.resumed) }
        try r.apply(.paused)
        #expect(throws: EscaleError(.conflict, "VM abababababab is already paused")) { try r.apply(.paused) }
        try r.apply(ended)
        for event in [started, .paused, .resumed, ended] {
            #expect(throws: EscaleError.self) { try r.apply(event) }
        }
        #expect(r.exit?.status == 3)
    }

    @Test func statusText() throws {
        var r = record
        let now = try #require(Timestamp(rfc3339: "2026-01-01T00:02:05Z"))
        #expect(r.statusText(now: now) == "Created")
        try r.apply(started)
        #expect(r.statusText(now: now) == "Up 2 minutes")
        try r.apply(.paused)
        #expect(r.statusText(now: now) == "Up 2 minutes (Paused)")
        try r.apply(ended)
        #expect(r.statusText(now: now) == "Exited (3) 2 minutes ago")
    }

    @Test func survivesJSON() throws {
        var r = record
        try r.apply(started)
        let back: VMRecord = try JSON.parse(try JSON.encode(r).text(pretty: true)).decode()
        #expect(back == r)
    }

    @Test func badConfigurations() throws {
        func refused(_ change: (inout VMConfig) -> Void) -> Bool {
            var config = VMConfig(image: "busybox")
            change(&config)
            do {
                try config.validate(hostCPUs: 2)
                return false
            } catch { return error.code == .invalid }
        }
        #expect(!refused { _ in })
        #expect(!refused { $0.name = "a-b.c_9" })
        #expect(refused { $0.name = "x" })
        #expect(refused { $0.name = "-a" })
        #expect(refused { $0.name = "../../etc" })
        #expect(refused { $0.memory = 1 << 20 })
        #expect(refused { $0.cpus = 0 })
        #expect(refused { $0.cpus = 3 })
        #expect(refused { $0.disk = 1 })
    }

    @Test func endsThatNobodyAnnounced() {
        let panic = MachineEnd.explain(
            status: 0, console: "a\n[ 1.0] Kernel panic - not syncing: x\nb\n", qemu: "")
        #expect(panic.status == 125 && panic.error?.contains("Kernel panic") == true)
        #expect(MachineEnd.explain(status: 137, console: "", qemu: "").status == 137)
        let refused = MachineEnd.explain(
            status: 1, console: "", qemu: "qemu: warning: x\nqemu: cannot set up guest memory\n")
        #expect(refused.error == "qemu: cannot set up guest memory")
        let early = MachineEnd.explain(status: 0, console: "escale-init: no disk\nbye", qemu: "")
        #expect(early.error == "the machine stopped before its command ended: escale-init: no disk")
    }
}

@Suite struct QMPTests {
    @Test func linesAsTheyCome() throws {
        var reader = QMPReader()
        #expect(try reader.feed(Array("{\"QMP\": {}}\r\n{\"ret".utf8)) == [.greeting])
        #expect(
            try reader.feed(
                Array("urn\": {}}\n{\"event\": \"STOP\"}\n{\"error\": {\"desc\": \"no\"}}\n".utf8))
                == [.returned([:]), .event("STOP"), .failed("no")])
    }

    @Test func commands() {
        let line = String(decoding: QMPReader.command("balloon", ["value": 5]), as: UTF8.self)
        #expect(line == "{\"execute\":\"balloon\",\"arguments\":{\"value\":5}}\n")
    }
}

@Suite struct GuestSetupTests {
    @Test func theKernelBehindTheMetapackage() {
        let text = """
            linux-image-cloud-amd64
              Depends: linux-image-6.1.0-56-cloud-amd64
             |Recommends: x

            """
        #expect(GuestSetup.parseDepends(text) == "linux-image-6.1.0-56-cloud-amd64")
        #expect(GuestSetup.parseDepends("linux-image-cloud-amd64\n") == nil)
    }
}
