import Labs
import Linux
import Support
import Testing

/// Judges one check, written as in a lab, in a made-up machine.
func judge(
    _ yaml: String, answer: String? = nil, files: [String: String] = [:],
    before: (LabSession) throws -> Void = { _ in },
    _ prepare: (FakeWorld) -> Void
) throws -> CheckResult {
    let fixture = try Fixture { all in
        all["01-essai/01-pid/step.md"] = """
            ---
            id: pid
            title: Le PID
            notions: [2, 3]
            points: 10
            checks:
              - id: demarre
            \(yaml.split(separator: "\n").map { "    \($0)" }.joined(separator: "\n"))
              - id: reponse
                that: answer
                is: rien
            ---
            Texte.

            """
        all["01-essai/01-pid/solution.sh"] = "true\n"
        all["01-essai/01-pid/explanation.md"] = "Parce que.\n"
    }
    #expect(fixture.problems() == [])
    let world = FakeWorld()
    let session = fixture.session(world)
    _ = try session.open("essai")
    for (name, text) in files { try Files.replace("\(session.workspace ?? "")/\(name)", Array(text.utf8)) }
    prepare(world)
    try before(session)
    if let answer { try session.answer(answer) }
    return try #require(try session.check().results.first)
}

private func verdict(
    _ yaml: String, answer: String? = nil, files: [String: String] = [:],
    _ prepare: (FakeWorld) -> Void = { _ in }
)
    throws -> CheckStatus
{ try judge(yaml, answer: answer, files: files, prepare).status }

@Suite struct CheckTests {
    @Test func containers() throws {
        let limited: [(String, JSON)] = [
            (
                "HostConfig",
                ["Memory": 67_108_864, "PidsLimit": 40, "NanoCpus": 500_000_000, "NetworkMode": "none"]
            )
        ]
        func check(_ yaml: String) throws -> CheckStatus {
            try verdict(yaml) { $0.run("a", pid: 9, fields: limited) }
        }
        #expect(try check("that: container.state\nof: a\nis: running") == .passed)
        #expect(try check("that: container.state\nof: a\nis: [exited, paused]") == .failed)
        #expect(try check("that: container.exists\nof: a") == .passed)
        #expect(try check("that: container.exists\nof: b") == .failed)
        #expect(
            try check("that: container.limit\nof: { container: a, limit: memory }\nis: 64 Mio") == .passed)
        #expect(
            try check("that: container.limit\nof: { container: a, limit: pids }\nis: { at-most: 40 }")
                == .passed)
        #expect(try check("that: container.limit\nof: { container: a, limit: cpus }\nis: 0.5") == .passed)
        #expect(try check("that: container.limit\nof: { container: a, limit: cpus }\nis: 1") == .failed)
        #expect(
            try check("that: container.config\nof: { container: a, field: HostConfig.NetworkMode }\nis: none")
                == .passed)
        #expect(try check("that: container.count\nof: { name: \"*\", state: running }\nis: 1") == .passed)
        #expect(try check("that: container.count\nof: { name: \"lot-*\" }\nis: { at-least: 1 }") == .failed)
        #expect(try check("that: container.exit\nof: a\nis: 137") == .failed)
        #expect(
            try check(
                "that: cgroup.counter\nof: { container: a, file: pids.events, key: max }\nis: { above: 0 }")
                == .passed)
        #expect(
            try check("that: cgroup.counter\nof: { container: a, file: pids.events, key: nul }\nis: 0")
                == .failed)
    }

    @Test func exits() throws {
        func ended(_ world: FakeWorld) {
            world.set { $0.containers["a"] = ["State": ["Status": "exited", "ExitCode": 137, "Pid": 0]] }
        }
        #expect(try verdict("that: container.exit\nof: a\nis: 137", ended) == .passed)
        #expect(try verdict("that: container.exit\nof: a\nis: 0", ended) == .failed)
        #expect(try verdict("that: value\nof: { host-pid-of: a }\nis: { above: 0 }", ended) == .failed)
        #expect(
            try verdict("that: command.exit\nof: { container: b, run: faux }\nis: 1") { world in
                world.run("b", pid: 3)
                world.set { $0.scripts["faux"] = (1, "non") }
            } == .passed)
    }

    @Test func goneNeedsProofThatItWasThere() throws {
        let yaml = "that: container.gone\nof: a"
        #expect(try verdict(yaml) == .failed)
        #expect(try verdict(yaml) { $0.run("a", pid: 3) } == .failed)
        // Seen by an observation, and still there.
        #expect(try judge(yaml, before: { $0.observe() }, { $0.run("a", pid: 3) }).status == .failed)
        let events = try verdict(yaml) { world in
            world.set { $0.events = [ContainerEvent(name: "a", action: "create", time: .now)] }
        }
        #expect(events == .passed)
        let old = try verdict(yaml) { world in
            world.set {
                $0.events = [ContainerEvent(name: "a", action: "create", time: Timestamp(nanoseconds: 1))]
            }
        }
        #expect(old == .failed)
    }

    @Test func observedThenGone() throws {
        let fixture = try Fixture { files in
            files["01-essai/01-pid/step.md"] = files["01-essai/01-pid/step.md"]?
                .replacing("that: container.state", with: "that: container.gone").replacing(
                    "    is: running\n", with: "")
        }
        let world = FakeWorld()
        let session = fixture.session(world)
        _ = try session.open("essai")
        try session.predict("1")
        let name = try #require(try session.variables()["NOM"])
        world.run(name, pid: 3)
        session.observe()
        world.remove(container: name)
        #expect(try session.check().results.first?.status == .passed)
        // Another attempt must make it anew.
        _ = try session.reset()
        try session.predict("1")
        #expect(try session.check().results.first?.status == .failed)
    }

    @Test func namespaces() throws {
        func two(_ world: FakeWorld) {
            world.run("a", pid: 10)
            world.run("b", pid: 11)
            world.set {
                $0.namespaces = [
                    "net:10": "7", "net:11": "7", "pid:10": "1", "pid:11": "2", "pid:1": "9", "net:1": "8"
                ]
            }
        }
        #expect(try verdict("that: namespace.shared\nof: { ns: net, between: [a, b] }", two) == .passed)
        #expect(try verdict("that: namespace.shared\nof: { ns: pid, between: [a, b] }", two) == .failed)
        #expect(
            try verdict("that: namespace.distinct\nof: { ns: pid, between: [a, b, host] }", two) == .passed)
        #expect(
            try verdict("that: namespace.distinct\nof: { ns: [pid, net], between: [a, b] }", two) == .failed)
        #expect(
            try verdict(
                "that: distinct\nof: [ { container: a, ns: pid }, { container: b, ns: pid }, { host-ns: pid } ]",
                two)
                == .passed)
    }

    @Test func stops() throws {
        func stop(_ seconds: Double) -> (FakeWorld) -> Void {
            { world in
                world.run("a", pid: 3)
                let now = Timestamp.now
                func at(_ s: Double) -> Timestamp { Timestamp(nanoseconds: now.nanoseconds + Int64(s * 1e9)) }
                world.set {
                    $0.events = [
                        ContainerEvent(name: "a", action: "start", time: at(0)),
                        ContainerEvent(name: "b", action: "kill", time: at(0.1), signal: "15"),
                        ContainerEvent(name: "a", action: "kill", time: at(1), signal: "15"),
                        ContainerEvent(name: "a", action: "die", time: at(1 + seconds), exitCode: "137")
                    ]
                }
            }
        }
        #expect(try verdict("that: stop.duration\nof: a\nis: { below: 1 }", stop(0.2)) == .passed)
        #expect(try verdict("that: stop.duration\nof: a\nis: { below: 1 }", stop(10.1)) == .failed)
        #expect(try verdict("that: stop.duration\nof: a\nis: { near: 10, within: 1 }", stop(10.1)) == .passed)
        #expect(
            try verdict("that: stop.duration\nof: a\nis: { below: 1 }") { $0.run("a", pid: 3) } == .failed)
        #expect(
            try verdict("that: event.seen\nof: { container: a, action: die, exit: 137 }", stop(1)) == .passed)
        #expect(
            try verdict("that: event.seen\nof: { container: a, action: die, exit: 0 }", stop(1)) == .failed)
        #expect(
            try verdict("that: event.seen\nof: { container: a, action: kill, signal: 9 }\nis: 0", stop(1))
                == .passed)
    }

    @Test func answersAndFiles() throws {
        #expect(try verdict("that: answer\nis: vm") == .failed)
        #expect(try verdict("that: answer\nis: vm", answer: "VM") == .passed)
        #expect(try verdict("that: answer\nof: { word: 2 }\nis: 3", answer: "1 3") == .passed)
        #expect(
            try verdict(
                "that: answer\nof: { key: legacy }\nis: [vm, metal]", answer: "ci=conteneur legacy=vm")
                == .passed)
        #expect(try verdict("that: answer\nof: { key: legacy }\nis: vm", answer: "ci=vm") == .failed)
        let table = ["bilan.md": "| C | VM |\n|--|--|\n| Taille | 300 Mo |\n", "m.txt": "a = 1,5\nb = 3\n"]
        #expect(
            try verdict(
                "that: file.table\nof: { workspace: bilan.md, row: Taille, column: VM }\nis: { near: 310000000, within: \"5 %\" }",
                files: table) == .passed)
        #expect(
            try verdict(
                "that: measure.ratio\nof: [ { workspace: m.txt, key: b }, { workspace: m.txt, key: a } ]\nis: 2",
                files: table)
                == .passed)
        #expect(
            try verdict("that: file.exists\nof: { workspace: absent }\nis: false", files: table) == .passed)
        #expect(
            try verdict("that: file.in\nof: { workspace: m.txt }\nis: { contains: \"b = 3\" }", files: table)
                == .passed)
        let hidden = try judge("that: file.in\nof: { workspace: m.txt, key: a }\nis: 42", files: table) { _ in
        }
        #expect(hidden.status == .failed && hidden.expected.isEmpty && hidden.got == "1,5")
        let words = try judge("that: value\nof: { workspace: m.txt, key: c }\nis: 42", files: table) { _ in }
        #expect(words.help.contains("c = votre valeur"))
    }

    @Test func measuresVary() throws {
        func world(_ world: FakeWorld) {
            world.set {
                $0.measures = ["cpu.container": "100 ms"]
                $0.spreads = ["cpu.container": ("60 ms", "140 ms")]
            }
        }
        let near = "that: answer\nis: { near: { measure: cpu.container }, within: \"20 %\" }"
        #expect(try verdict(near, answer: "110", world) == .passed)
        #expect(try verdict(near, answer: "165 ms", world) == .passed)
        #expect(try verdict(near, answer: "50", world) == .passed)
        // Between the two, though near neither.
        #expect(try verdict(near, answer: "78", world) == .passed)
        #expect(try verdict(near, answer: "47", world) == .failed)
        #expect(try verdict(near, answer: "300", world) == .failed)
        #expect(try verdict(near, answer: "beaucoup", world) == .failed)
    }

    @Test func httpAndImages() throws {
        func web(_ world: FakeWorld) {
            world.run(
                "a", pid: 3,
                fields: [("NetworkSettings", ["Networks": ["bridge": ["IPAddress": "10.0.0.2"]]])])
            world.set {
                $0.http = ["http://10.0.0.2:80/sante": (200, "bonjour"), "http://localhost:81/": (503, "")]
                $0.images = ["busybox": ["Config": ["Cmd": ["sh"]]]]
            }
        }
        #expect(
            try verdict("that: http\nof: { container: a, path: sante }\nis: { contains: bon }", web)
                == .passed)
        #expect(
            try verdict("that: http\nof: { container: a, path: sante }\nis: { contains: soir }", web)
                == .failed)
        #expect(try verdict("that: http\nof: { url: \"http://localhost:81/\" }", web) == .failed)
        #expect(try verdict("that: http\nof: { url: \"http://localhost:81/\" }\nis: 503", web) == .passed)
        #expect(try verdict("that: http\nof: { url: \"http://localhost:9/\" }", web) == .failed)
        #expect(try verdict("that: image.exists\nof: busybox", web) == .passed)
        #expect(try verdict("that: image.gone\nof: busybox", web) == .failed)
        #expect(try verdict("that: image.size\nof: busybox\nis: 123 o", web) == .passed)
        #expect(try verdict("that: value\nof: { image: busybox, size: 2 }\nis: 23", web) == .passed)
        #expect(
            try verdict("that: image.config\nof: { image: busybox, field: \"Config.Cmd[0]\" }\nis: sh", web)
                == .passed)
    }

    @Test func machines() throws {
        func machines(_ world: FakeWorld) {
            world.set {
                $0.vms = [
                    VMFacts(name: "v1", state: "running", pid: 50, image: "busybox", memory: 1 << 28),
                    VMFacts(name: "v2", state: "exited", image: "busybox", exitCode: 3)
                ]
                $0.logs = ["v1": "boot 0f-1e\n", "v2": "boot 2d-3c\n"]
            }
        }
        #expect(try verdict("that: vm.state\nof: v1\nis: running", machines) == .passed)
        #expect(try verdict("that: vm.exit\nof: v2\nis: 3", machines) == .passed)
        #expect(try verdict("that: vm.count\nof: { name: \"v*\" }\nis: 2", machines) == .passed)
        #expect(try verdict("that: vm.gone\nof: v1", machines) == .failed)
        #expect(try verdict("that: vm.gone\nof: v3", machines) == .failed)
        #expect(try verdict("that: value\nof: { vm: v1, field: memory }\nis: 256 Mio", machines) == .passed)
        let boot =
            "{ vm: v1, log: true, match: '[0-9a-f]+-[0-9a-f]+' }, { vm: v2, log: true, match: '[0-9a-f]+-[0-9a-f]+' }"
        #expect(try verdict("that: distinct\nof: [ \(boot) ]", machines) == .passed)
        #expect(try verdict("that: same\nof: [ \(boot) ]", machines) == .failed)
    }

    @Test func scriptsSayWhatTheyFound() throws {
        func script(_ status: Int, _ output: String) -> (FakeWorld) -> Void {
            { world in world.set { $0.scripts["exit\nfin\n"] = (status, output) } }
        }
        let yaml = "script: |\n  exit\n  fin"
        #expect(try verdict(yaml, script(0, "")) == .passed)
        #expect(try verdict(yaml, script(3, "pas prêt")) == .blocked)
        let failure = try judge(yaml, script(1, "attendu: 3\nobtenu: 4\nidee: mini-vm\nPas tout à fait.\n"))
        #expect(failure.status == .failed && failure.expected == "3" && failure.got == "4")
        #expect(failure.misconception == "mini-vm" && failure.reason == "Pas tout à fait.")
        #expect(try judge(yaml, script(7, "boum")).reason.contains("elle-même"))
    }
}
