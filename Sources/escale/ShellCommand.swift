import ArgumentParser
import Glibc
import Linux
import Shell

/// `escale`, without a verb: the French shell.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell", abstract: "The French shell (what `escale` alone starts).")

    @Option(name: .customShort("c"), help: "Run one line and end with its status.")
    var line: String?

    @Flag(help: "In a script, end with status 1 at the first line that fails.")
    var strict = false

    func run() throws {
        let mode: ShellMain.Mode =
            if let line { .line(line) } else if isatty(0) == 1, isatty(1) == 1 { .interactive } else {
                .script
            }
        Glibc.exit(ShellMain.run(kit: .current, mode: mode, strict: strict))
    }
}
