import Linux
import Measure
import OCI
import Support
import Testing

@Suite struct ExplainTests {
    private func step(_ id: String, _ syscall: String) -> KernelStep {
        KernelStep(
            id: id, side: .shim, syscall: syscall, arguments: "", result: "ok", start: 0, duration: 42)
    }

    @Test("One clone3 has one duration")
    func durations() {
        #expect(Explain.time(of: step("clone", "clone3")) == "42 µs")
        #expect(Explain.time(of: step("namespace.pid", "clone3")) == "avec clone3")
        #expect(Explain.time(of: step("namespace.cgroup", "unshare")) == "42 µs")
    }

    @Test("One message for a kit that can't be written to", arguments: ["/proc/nulle-part", "/dev/null/x"])
    func unwritable(root: String) throws {
        do {
            try Kit(root: root, run: "/tmp").requireWritable()
            Issue.record("taken")
        } catch {
            #expect(error.message.hasPrefix("impossible d’écrire dans \(root) (ESCALE_ROOT)"))
            #expect(error.repair?.hasPrefix("export ESCALE_ROOT=") == true)
        }
    }
}
