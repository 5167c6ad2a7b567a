import Linux
import Measure
import Support
import Testing

@Suite struct DoctorTests {
    /// A machine on which everything works.
    var good: DoctorFacts {
        var facts = DoctorFacts()
        facts.kernel = "6.1.0"
        facts.controllers = ["memory": true, "cpu": true, "pids": true]
        facts.kvm = .tried(works: true, reason: "")
        facts.qemu = .init(path: "/usr/bin/qemu-system-x86_64", version: "version 7.2.22")
        facts.hasMicrovm = true
        facts.diskFree = 20 << 30
        facts.memoryTotal = 4 << 30
        facts.memoryAvailable = 3 << 30
        facts.images = ["busybox:latest", "escale/web:1"]
        facts.guestKernel = "6.1.0-40-cloud-amd64"
        facts.docker = .init(path: "/usr/bin/docker", version: "version 28.2.2")
        facts.kubectl = .init(path: "/usr/bin/kubectl", version: "version 1.32.4")
        return facts
    }

    func finding(_ id: String, _ change: (inout DoctorFacts) -> Void) throws -> Finding {
        var facts = good
        change(&facts)
        return try #require(Doctor.findings(facts).first { $0.id == id })
    }

    @Test func allIsWell() throws {
        let findings = Doctor.findings(good)
        #expect(findings.allSatisfy { $0.state == .ok && $0.repair == nil })
        #expect(Doctor.exitStatus(findings) == 0)
        #expect(Set(findings.map(\.id)).count == findings.count)
        let json = try Doctor.json(findings)
        #expect(json["ok"].bool == true)
        #expect(json["findings"][0]["id"].string == "namespaces")
    }

    @Test func essentialOrNot() throws {
        let noOverlay = try finding("overlay") { $0.overlay = .fails("no such device") }
        #expect(noOverlay.state == .bad && noOverlay.detail.contains("no such device"))
        #expect(Doctor.exitStatus([noOverlay]) == 1)
        let noCgroups = try finding("cgroups") { $0.cgroupMode = .none }
        #expect(noCgroups.state == .warn && Doctor.exitStatus([noCgroups]) == 0)
        #expect(try finding("qemu") { $0.qemu = nil }.repair == "sudo apt install qemu-system-x86")
        #expect(try finding("engine") { $0.engine = .silent("rien") }.state == .bad)
        #expect(try finding("engine") { $0.engine = .stopped }.state == .ok)
        #expect(try finding("disk") { $0.diskFree = 1 << 30 }.state == .warn)
        #expect(try finding("disk") { $0.rootProblem = EscaleError(.denied, "refusé") }.state == .bad)
        #expect(try finding("terminal") { $0.terminal.isUTF8 = false }.repair == "export LANG=C.UTF-8")
    }

    /// An ordinary user cannot do without user namespaces; root can.
    @Test func ordinaryUsers() throws {
        let user = try finding("user-namespaces") {
            $0.isRoot = false
            $0.userNamespaces = .fails("operation not permitted")
            $0.userNamespaceLimits = ["kernel.apparmor_restrict_unprivileged_userns": "1"]
        }
        #expect(user.state == .bad)
        #expect(user.repair == "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0")
        #expect(try finding("user-namespaces") { $0.userNamespaces = .fails("no") }.state == .warn)
        let ids = try finding("subids") {
            $0.isRoot = false
            $0.user = "lea"
            $0.hasSubordinateIDs = false
        }
        #expect(ids.repair == "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 lea")
        let limits = try finding("cgroups") {
            $0.isRoot = false
            $0.controllers = ["memory": false, "cpu": true, "pids": true]
        }
        #expect(limits.state == .warn && limits.detail.contains("memory"))
    }

    @Test func everyKVM() throws {
        #expect(
            try finding("kvm") { $0.kvm = .tried(works: false, reason: "le noyau ne démarre pas") }.state
                == .warn)
        #expect(
            try finding("kvm") { $0.kvm = .denied(group: "kvm") }.repair?.contains("usermod -aG kvm root")
                == true)
        #expect(
            try finding("kvm") { $0.kvm = .absent(processorCan: true) }.repair?.contains("modprobe") == true)
        #expect(try finding("kvm") { $0.kvm = .absent(processorCan: false) }.repair?.contains("BIOS") == true)
    }

    @Test func rendered() throws {
        let findings = [
            Finding("a", "Overlayfs", .ok, "une couche a été montée"),
            Finding(
                "b", "KVM", .warn, "absent : les machines virtuelles passent par TCG, plus lent",
                repair: "modprobe kvm"),
            Finding("c", "QEMU", .bad, "absent", repair: "apt install qemu")
        ]
        let golden = """
            Diagnostic de cette machine

              ✔ Overlayfs  une couche a été montée
              ! KVM        absent\u{A0}: les machines
                           virtuelles passent par TCG,
                           plus lent
                  → modprobe kvm
              ✘ QEMU       absent
                  → apt install qemu

            3 points vérifiés\u{A0}: 1 à réparer, 1 à savoir.

            """
        #expect(Doctor.render(findings, style: Style(color: false, unicode: true, width: 44)) == golden)
        let ascii = Doctor.render(findings, style: Style(color: false, unicode: false, width: 80))
        #expect(ascii.utf8.allSatisfy { $0 < 128 })
        #expect(ascii.contains("  + Overlayfs  une couche a ete montee\n"))
    }

    /// The real probes, wherever the tests run: they end, judge, and leave nothing behind.
    @Test func probesOfThisMachine() throws {
        let root = "/tmp/escale-doctor-test-\(Hex.random(4))"
        try Files.makeDirectory(root)
        defer { try? Files.removeTree(root) }
        let facts = DoctorFacts(kit: Kit(root: root, run: "\(root)/run"))
        #expect(facts.engine == .stopped)
        #expect(
            facts.missingImages.sorted() == [
                "busybox:latest", "escale/ailleurs:1", "escale/web:1", "escale/web:2"
            ])
        #expect(facts.memoryTotal > 0)
        #expect(try Files.list(root) == [])
        #expect(Doctor.findings(facts).count >= 15)
    }
}
