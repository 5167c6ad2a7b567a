import Linux
import Shell
import Support
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

/// A real bash, without a terminal; what it prints goes to files.
@Suite struct BashTests {
    let folder: String
    let bash: Bash

    init() throws {
        folder = "/tmp/escale-bash-\(Hex.random(6))"
        try Files.makeDirectory(folder)
        bash = Bash(
            environment: BashSetup.environment(
                base: Environment.all, kit: Kit(root: folder, run: folder), bin: "\(folder)/bin",
                shim: "\(folder)/docker-bin", lastError: "\(folder)/error", interactive: false),
            folder: folder)
    }

    private func end() throws {
        bash.close()
        try Files.removeTree(folder)
    }

    private func text(_ name: String) throws -> String { try Files.text("\(folder)/\(name)") }

    @Test("Folder, variables, functions and status last from line to line")
    func lasts() throws {
        #expect(try bash.run("mkdir sous && cd sous") == 0)
        #expect(bash.folder == "\(folder)/sous")
        #expect(try bash.run("X='a  b'; f() { return 7; }") == 0)
        #expect(try bash.run("f") == 7)
        #expect(try bash.run("echo \"$? $X\" > ../dit") == 0)
        #expect(try text("dit") == "7 a  b\n")
        try end()
    }

    @Test("Whatever is printed or read, the report is not mistaken")
    func robust() throws {
        #expect(
            try bash.run("printf '5 0 /\\0' >dit; exec 5>&1; printf '\\0\\0' >>dit; (exit 3)") == 3)
        #expect(try bash.run("cat <<'FIN' >dit\nun $X\n'\nFIN\n") == 0)
        #expect(try text("dit") == "un $X\n'\n")
        #expect(
            try bash.run("for i in 1 2; do\n echo $i\ndone > dit; ls /nulle/part 2>/dev/null | wc -l >> dit")
                == 0)
        #expect(try text("dit") == "1\n2\n0\n")
        #expect(try bash.run("echo )  2>/dev/null") != 0)
        #expect(try bash.run("unset PROMPT_COMMAND; PS1='x '; true") == 0)
        try end()
    }

    @Test("After exit, or when it is killed, another takes over where it was")
    func restarts() throws {
        #expect(try bash.run("mkdir d; cd d; X=1") == 0)
        #expect(try bash.run("exit 5") == 5)
        #expect(try bash.run("echo \"[$X]\" > dit") == 0)
        #expect(try text("d/dit") == "[]\n")
        #expect(try bash.run("kill -9 $$") == 137)
        #expect(try bash.run("exec sh -c 'exit 9'") == 9)
        #expect(try bash.run("true") == 0)
        try end()
    }

    @Test("It is asked about words without disturbing $?")
    func knows() throws {
        #expect(try bash.run("g() { :; }; (exit 4)") == 4)
        #expect(try bash.knows("g"))
        #expect(try bash.knows("cd"))
        #expect(try bash.knows("while"))
        #expect(try bash.knows("cat"))
        #expect(try !bash.knows("verifer"))
        #expect(try !bash.knows("-p"))
        #expect(try bash.run("echo $? > dit") == 0)
        #expect(try text("dit") == "4\n")
        try end()
    }

    @Test(
        "Unfinished texts, as bash itself sees them",
        arguments: [
            ("cat <<E", true), ("cat <<E\nx", true), ("cat <<E\nx\nE", false), ("for i in 1; do", true),
            ("if true; then", true), ("f() {", true), ("echo 'a", true), ("echo \"a", true),
            ("echo $(ls", true),
            ("ls |", true), ("ls &&", true), ("echo a \\", true), ("echo 'a'", false), ("echo )", false),
            ("case x in", true), ("ls", false), ("echo fi", false), ("while :; do ls; done", false)
        ])
    func unfinished(text: String, expected: Bool) throws {
        #expect(bash.isUnfinished(text) == expected)
        try end()
    }

    @Test("Words that nothing knows are noted for the shell")
    func missing() throws {
        #expect(try bash.run("nulle_part_zz 2>/dev/null") == 127)
        #expect(try text("error.command") == "nulle_part_zz")
        try end()
    }
}
