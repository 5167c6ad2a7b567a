import Glibc
import Linux
import OCI
import Runtime
import Shim
import Support
import Testing

@Suite struct MountOptionTests {
    @Test func sortsFlagsPropagationAndData() {
        let options = MountOptions(["nosuid", "ro", "rw", "rprivate", "size=64k", "mode=755", "defaults"])
        #expect(options.set == .nosuid)
        #expect(options.clear == .readonly)
        #expect(options.propagation == [[.private, .recursive]])
        #expect(options.data == ["size=64k", "mode=755"])
        #expect(!options.isBind)
    }

    @Test func bindsByOptionOrType() {
        #expect(MountOptions(["rbind", "rro"]).isRecursive)
        #expect(MountOptions(["rbind", "rro"]).recursiveSet == .readonly)
        let recursive = MountOptions(["rbind", "rro", "rrw", "rnosuid", "rexec"])
        #expect(recursive.recursiveSet == .nosuid)
        #expect(recursive.recursiveClear == [.readonly, .noexec])
        #expect(MountOptions([], type: "bind").isBind)
    }
}

@Suite struct SchedulingTests {
    @Test func listsOfCPUs() throws {
        #expect(try CPUList("0-2,4", field: "f").words[0] == 0b10111)
        #expect(try CPUList("64", field: "f").words[1] == 1)
        for bad in ["", "a", "3-1", "-1", "1,", "0-", "99999"] {
            #expect(throws: EscaleError.self) { try CPUList(bad, field: "f") }
        }
    }

    @Test func refusesWhatNoPolicyHas() throws {
        func check(_ change: (inout RuntimeSpec.Scheduler) -> Void) throws(EscaleError) {
            var scheduler = RuntimeSpec.Scheduler(policy: "SCHED_OTHER")
            change(&scheduler)
            var process = RuntimeSpec.Process(args: ["true"])
            process.scheduler = scheduler
            try Scheduling.check(process)
        }
        try check { $0.nice = -20 }
        try check { ($0.policy, $0.priority) = ("SCHED_FIFO", 4) }
        #expect(throws: EscaleError.self) { try check { $0.nice = 20 } }
        #expect(throws: EscaleError.self) { try check { $0.priority = 4 } }
        #expect(throws: EscaleError.self) { try check { $0.policy = "SCHED_NOSUCH" } }
        #expect(throws: EscaleError.self) { try check { $0.flags = ["SCHED_FLAG_NOSUCH"] } }
        #expect(throws: EscaleError.self) { try check { $0.runtime = 1 } }
    }
}

@Suite struct SysctlTests {
    @Test func namesBecomeFiles() {
        #expect(Sysctl.file("net.ipv4.ip_forward") == "net/ipv4/ip_forward")
        #expect(Sysctl.file("net/ipv4/conf/eth0.1/rp_filter") == "net/ipv4/conf/eth0.1/rp_filter")
    }

    @Test func onlyParametersOfOwnNamespaces() throws {
        try Sysctl.check("net.ipv4.ip_forward") { $0 == .network }
        try Sysctl.check("kernel.shmmax") { $0 == .ipc }
        #expect(throws: EscaleError.self) { try Sysctl.check("net.core.somaxconn") { $0 == .ipc } }
        #expect(throws: EscaleError.self) { try Sysctl.check("kernel.panic") { _ in true } }
        #expect(throws: EscaleError.self) { try Sysctl.check("net/../kernel/panic") { _ in true } }
    }
}

@Suite struct ProgramTests {
    @Test func findsInPathAsRuncSays() throws {
        let folder = "/tmp/escale-path-\(Hex.random(6))"
        try Files.makeDirectory("\(folder)/bin/dir")
        defer { try? Files.removeTree(folder) }
        try Files.replace("\(folder)/bin/tool", Array("#!/bin/sh\n".utf8), mode: 0o755)
        try Files.replace("\(folder)/bin/text", Array("x".utf8), mode: 0o644)
        let environment = ["PATH=/nosuch:\(folder)/bin"]
        func find(_ name: String) throws(EscaleError) -> String {
            try Program.find(name, environment: environment, directory: folder)
        }
        #expect(try find("tool") == "\(folder)/bin/tool")
        #expect(try find("bin/tool") == "\(folder)/bin/tool")
        #expect(message(find, "nosuch") == #"exec: "nosuch": executable file not found in $PATH"#)
        #expect(message(find, "text") == #"exec: "text": permission denied"#)
        #expect(message(find, "/nosuch") == #"exec: "/nosuch": stat /nosuch: no such file or directory"#)
        #expect(message(find, "./bin/dir") == #"exec: "./bin/dir": is a directory: permission denied"#)
        #expect(message(find, "dir") == #"exec: "dir": executable file not found in $PATH"#)
    }

    private func message(_ find: (String) throws(EscaleError) -> String, _ name: String) -> String? {
        do {
            _ = try find(name)
            return nil
        } catch { return error.message }
    }

    @Test func statusesAreDockers() {
        func status(_ errno: Int32, _ step: String?) -> Int {
            LaunchStatus.of(EscaleError(.internal, "", errno: errno), step: step)
        }
        #expect(status(ENOENT, "exec.find") == 127)
        #expect(status(EACCES, "exec") == 126)
        #expect(status(ENOEXEC, "exec") == 126)
        #expect(status(ENOENT, "mount.volume") == 128)
    }

    @Test func homeComesFromPasswd() {
        let text = "root:x:0:0:root:/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\n"
        #expect(Passwd.home(of: 1000, in: text) == "/home/me")
        #expect(Passwd.home(of: 7, in: text) == nil)
    }
}

@Suite struct CgroupMountTests {
    @Test func findsItsOwnFolder() {
        let text = "9:name=systemd:/s\n2:cpu,cpuacct:/a/b\n0::/u\n"
        let cpu = CgroupHost.Hierarchy(version: .v1, mountPoint: "/c", controllers: ["cpu", "cpuacct"])
        let unified = CgroupHost.Hierarchy(version: .v2, mountPoint: "/u", controllers: [])
        #expect(CgroupMount.ownPath(in: cpu, procSelfCgroup: text) == "/a/b")
        #expect(CgroupMount.ownPath(in: unified, procSelfCgroup: text) == "/u")
        #expect(CgroupMount.folderName(["name=systemd"]) == "systemd")
    }
}

@Suite struct SpecCheckTests {
    @Test func refusesWhatCannotRun() throws {
        var spec = RuntimeSpec.example
        try SpecCheck.check(spec)
        spec.process?.cwd = "relative"
        #expect(throws: EscaleError.self) { try SpecCheck.check(spec) }
        spec = .example
        spec.process?.args = []
        #expect(throws: EscaleError.self) { try SpecCheck.check(spec) }
        spec = .example
        spec.ociVersion = "2.0"
        #expect(throws: EscaleError.self) { try SpecCheck.check(spec) }
        spec = .example
        spec.linux?.namespaces?.removeAll { $0.type == .uts }
        #expect(throws: EscaleError.self) { try SpecCheck.check(spec) }
    }

    @Test func versions() {
        for good in ["1.0.0", "1.0.2-dev", "1.2.0", "1.3.0+build"] {
            #expect(throws: Never.self) {
                var spec = RuntimeSpec.example
                spec.ociVersion = good
                try SpecCheck.check(spec)
            }
        }
        for bad in ["", "1", "1.0", "2.0.0", "1.a.0", "v1.0.0"] {
            #expect(throws: EscaleError.self) {
                var spec = RuntimeSpec.example
                spec.ociVersion = bad
                try SpecCheck.check(spec)
            }
        }
    }

    @Test func errorsNameTheFieldTheValueAndTheReason() {
        var spec = RuntimeSpec.example
        spec.linux?.timeOffsets = ["monotonic": .init(secs: 1)]
        #expect(message(spec)?.hasPrefix("linux.timeOffsets: ") == true)
        spec.linux?.namespaces?.append(.init(.time))
        #expect(message(spec) == nil)
        spec.linux?.timeOffsets = ["realtime": .init(secs: 1)]
        #expect(message(spec) == #"linux.timeOffsets: "realtime": unknown clock: monotonic or boottime"#)
        spec = .example
        spec.linux?.namespaces?.append(.init(.user))
        #expect(message(spec)?.hasPrefix("linux.uidMappings: missing") == true)
        spec = .example
        spec.process?.rlimits = [.init(type: "RLIMIT_CORE", soft: 2, hard: 1)]
        #expect(message(spec) == #"process.rlimits[0].soft: "2": is more than the hard limit, 1"#)
        spec = .example
        spec.hooks = .init(poststop: [.init(path: "/bin/true"), .init(path: "true")])
        #expect(message(spec) == #"hooks.poststop[1].path: "true": must be an absolute path"#)
    }

    private func message(_ spec: RuntimeSpec) -> String? {
        do {
            try SpecCheck.check(spec)
            return nil
        } catch { return error.message }
    }

    @Test func containerIDs() {
        #expect(throws: Never.self) { try StateStore.check("a-b_c.9+") }
        for bad in ["", "..", "a/b", "é", "a b"] {
            #expect(throws: EscaleError.self) { try StateStore.check(bad) }
        }
    }

    @Test func idMaps() {
        #expect(
            IDMaps.text([
                .init(containerID: 0, hostID: 1000, size: 1), .init(containerID: 1, hostID: 100_000, size: 9)
            ]) == "0 1000 1\n1 100000 9\n")
    }
}

@Suite struct LogLineTests {
    private func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }

    @Test func linesWaitForTheirEnd() {
        var lines = LogLines()
        #expect(lines.add(bytes("ab")).isEmpty)
        #expect(lines.add(bytes("c\nd\ne")).map { String(decoding: $0, as: UTF8.self) } == ["abc\n", "d\n"])
        #expect(lines.rest().map { String(decoding: $0, as: UTF8.self) } == ["e"])
        #expect(lines.rest().isEmpty)
    }

    @Test func longLinesAreCutBetweenCharacters() {
        var lines = LogLines()
        let text = String(repeating: "x", count: LogLines.limit - 1) + "é\n"
        let entries = lines.add(bytes(text))
        #expect(entries.map(\.count) == [LogLines.limit - 1, 3])
        #expect(entries.map { String(decoding: $0, as: UTF8.self) }.joined() == text)
    }

    @Test func entriesAreDockersJSON() throws {
        var out: [UInt8] = []
        LogLines.encode(bytes("a\"\\\t\u{1}é\n"), stream: "stderr", time: "T", into: &out)
        let json = try JSON.parse(out)
        #expect(json["log"].string == "a\"\\\t\u{1}é\n")
        #expect(json["stream"].string == "stderr")
        #expect(out.last == 10)
        out = []
        LogLines.encode(bytes("a\"\\\t\u{1}\n"), stream: "stdout", time: "T", into: &out)
        #expect(try JSON.parse(out)["log"].string == "a\"\\\t\u{1}\n")
    }
}

@Suite struct SeccompFilterTests {
    @Test func compilesDockersProfileAndKeepsIt() throws {
        let root = "/tmp/escale-seccomp-\(Hex.random(6))"
        defer { try? Files.removeTree(root) }
        let cache = SeccompCache(stateRoot: root)
        let profile = DefaultSeccomp.profile(capabilities: Defaults.capabilities)
        let first = try SeccompFilter(profile, cache: cache)
        #expect(first.instructions > 100)
        #expect(try Files.list("\(root)/.seccomp").count == 1)
        #expect(try SeccompFilter(profile, cache: cache).instructions == first.instructions)
        let other = DefaultSeccomp.profile(capabilities: Defaults.allCapabilities)
        _ = try SeccompFilter(other, cache: cache)
        #expect(try Files.list("\(root)/.seccomp").count == 2)
    }

    @Test func unknownWordsAreNamed() {
        let bad = RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_MAYBE")
        let error = #expect(throws: EscaleError.self) { try SeccompFilter(bad, cache: nil) }
        #expect(error?.message.contains("SCMP_ACT_MAYBE") == true)
    }
}
