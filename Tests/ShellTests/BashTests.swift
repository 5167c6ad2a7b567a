import Linux
import Shell
import Testing

@Suite struct BashSetupTests {
    @Test func evaluates() {
        #expect(
            BashSetup.evaluate("echo 'a'", number: 3, interactive: true)
                == "__escale_begin 3; eval 'echo '\\''a'\\''' <&107 107<&- 109>&-\n")
        #expect(BashSetup.evaluate("ls", number: 1, interactive: false).hasSuffix("\n__escale_report\n"))
    }

    @Test("bash can read its own setup", arguments: [true, false])
    func setupIsBash(interactive: Bool) throws {
        let result = try Spawn.run(
            "bash", ["-n"], input: Array(BashSetup.script(interactive: interactive).utf8))
        #expect(result.status == 0)
        #expect(result.errorText == "")
    }

    @Test func reports() {
        #expect(
            BashReport("12 130 /un dossier".utf8) == BashReport(line: 12, status: 130, folder: "/un dossier"))
        #expect(BashReport("x".utf8) == nil)
        #expect(BashReport("1 y /".utf8) == nil)
    }

    @Test("Ours comes first in PATH, once, and the host's Docker is remembered")
    func environment() {
        let kit = Kit(root: "/r", run: "/x")
        let environment = BashSetup.environment(
            base: [
                "PATH=/bin:/x/bin", "DOCKER_HOST=tcp://h:1", "PS1=$", "A=1", "BASH_FUNC_f%%=() { :; }",
                "ESCALE_PROOF=1"
            ],
            kit: kit, bin: "/x/bin", shim: "/x/docker-bin", lastError: "/x/e", interactive: true)
        #expect(environment.contains("PATH=/x/docker-bin:/x/bin:/bin"))
        #expect(environment.contains("DOCKER_HOST=unix:///x/docker.sock"))
        #expect(environment.contains("ESCALE_HOST_DOCKER=tcp://h:1"))
        #expect(environment.contains("A=1"))
        #expect(environment.contains("PS1="))
        #expect(!environment.contains { $0.hasPrefix("ESCALE_PROOF") || $0.hasPrefix("BASH_FUNC") })
    }
}
