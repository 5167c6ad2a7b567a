import OCI
import Runtime
import Support
import Testing

/// What is refused before anything is done: trying it for real would be dangerous where the guard fails.
@Suite struct SafetyTests {
    @Test(arguments: ["/", "..", "/..", "x/..", "/./", "//"])
    func theHostsOwnCgroupIsNoContainers(path: String) {
        let error = self.error { $0.linux?.cgroupsPath = path }
        #expect(error?.message.contains("linux.cgroupsPath") == true)
    }

    @Test func cgroupsBelowAreFine() {
        for path in ["/a", "a/b", "/a/../b"] { #expect(error { $0.linux?.cgroupsPath = path } == nil) }
    }

    @Test(arguments: ["/proc", "/proc/", "/proc/sys", "//proc//self", "/dev/../proc/irq"])
    func nothingIsMountedOverProc(path: String) {
        let error = self.error { $0.mounts = [.init(destination: path, type: "tmpfs", source: "tmpfs")] }
        #expect(error?.message.contains("mounts[0].destination") == true)
    }

    @Test(arguments: ["/process", "/proc/uptime", "/x/proc"])
    func butBesideIt(path: String) {
        #expect(error { $0.mounts = [.init(destination: path, type: "tmpfs", source: "tmpfs")] } == nil)
    }

    @Test func zeroBytesNameTheirField() {
        let text = #"{"ociVersion": "1.2.0", "process": {"cwd": "/", "args": ["a", "b\u0000c"]}}"#
        let error = #expect(throws: EscaleError.self) { try Bundle.decode(Array(text.utf8)) }
        #expect(error?.message.hasPrefix("process.args[1]") == true)
        // A backslash before it: six letters, and no zero byte.
        let harmless = #"{"ociVersion": "1.2.0", "hostname": "\\u0000"}"#
        #expect(throws: Never.self) { try Bundle.decode(Array(harmless.utf8)) }
    }

    private func error(_ change: (inout RuntimeSpec) -> Void) -> EscaleError? {
        var spec = RuntimeSpec(
            process: .init(args: ["true"]), root: .init(path: "rootfs"), linux: RuntimeSpec.Linux())
        change(&spec)
        do throws(EscaleError) { try SpecCheck.check(spec) } catch { return error }
        return nil
    }
}
