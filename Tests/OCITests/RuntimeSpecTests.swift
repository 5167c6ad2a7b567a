import OCI
import Support
import Testing

@Suite struct RuntimeSpecTests {
    @Test func encodedSpecDecodesToItself() throws {
        let spec = RuntimeSpec.example
        let again: RuntimeSpec = try JSON.parse(try JSON.encode(spec).bytes()).read()
        #expect(again == spec)
    }

    @Test func readsWhatOtherToolsWrite() throws {
        let text = """
            {"ociVersion":"1.0.2","process":{"user":{"uid":5,"gid":6},"cwd":"/","args":["sh"]},
             "root":{"path":"rootfs"},"unknown":{"x":1},
             "linux":{"namespaces":[{"type":"pid"},{"type":"network","path":"/run/ns"}],
             "resources":{"memory":{"limit":-1}}}}
            """
        let spec: RuntimeSpec = try JSON.parse(text).read()
        #expect(spec.process?.user.uid == 5)
        #expect(spec.linux?.namespaces == [.init(.pid), .init(.network, path: "/run/ns")])
        #expect(spec.linux?.resources?.memory?.limit == -1)
        #expect(spec.mounts == nil)
    }

    @Test func unknownNamespaceNamesTheField() {
        let text = #"{"ociVersion":"1.0.2","linux":{"namespaces":[{"type":"pids"}]}}"#
        let error = #expect(throws: EscaleError.self) {
            let _: RuntimeSpec = try JSON.parse(text).read()
        }
        #expect(error?.message.contains("linux.namespaces[0].type") == true)
    }

    @Test func capabilitiesOpenTheirSystemCalls() {
        func allowed(_ name: String, _ capabilities: [String]) -> Bool {
            DefaultSeccomp.profile(capabilities: capabilities, machine: "x86_64").syscalls?.contains {
                $0.names.contains(name) && $0.action == "SCMP_ACT_ALLOW" && $0.args == nil
            } == true
        }
        #expect(!allowed("mount", Defaults.capabilities))
        #expect(allowed("mount", ["CAP_SYS_ADMIN"]))
        #expect(!allowed("reboot", ["CAP_SYS_ADMIN"]))
        #expect(allowed("chroot", Defaults.capabilities))
        #expect(allowed("openat2", []))
        #expect(!allowed("clone3", Defaults.capabilities))
        #expect(!allowed("keyctl", Defaults.allCapabilities))
    }

    @Test func kernelsOpenTheirSystemCalls() {
        func allows(_ kernel: String) -> Bool {
            DefaultSeccomp.profile(capabilities: [], kernel: kernel).syscalls?
                .contains { $0.names.contains("ptrace") } == true
        }
        #expect(allows("6.18.4-fc"))
        #expect(allows("4.8.0"))
        #expect(!allows("4.7.10-generic"))
        #expect(!allows("3.10"))
        #expect(DefaultSeccomp.isKernel("4.10", atLeast: "4.8"))
    }

    @Test func everyArchitectureHasItsOwnCalls() {
        let arm = DefaultSeccomp.profile(capabilities: [], machine: "aarch64")
        #expect(arm.architectures == ["SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"])
        #expect(arm.syscalls?.contains { $0.names.contains("set_tls") } == true)
        #expect(arm.syscalls?.contains { $0.names.contains("arch_prctl") } == false)
    }

    @Test func rootlessExampleAsksForNothingPrivileged() {
        let spec = RuntimeSpec.rootlessExample(uid: 1000, gid: 1001)
        #expect(spec.linux?.uidMappings == [.init(containerID: 0, hostID: 1000, size: 1)])
        #expect(spec.linux?.namespaces?.contains { $0.type == .user } == true)
        #expect(spec.linux?.namespaces?.contains { $0.type == .network } == false)
        #expect(spec.linux?.resources == nil)
    }
}
