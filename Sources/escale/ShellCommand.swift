import ArgumentParser
import Glibc
import Linux
import Shell

/// `escale`, without a verb: the French shell.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "La session interactive (ce que lance «\u{A0}escale\u{A0}» tout seul).")

    @Option(name: .customShort("c"), help: "Exécute une ligne, et rend son code de retour.")
    var line: String?

    @Flag(help: "Dans un script, s’arrête avec le code 1 à la première ligne qui échoue.")
    var strict = false

    func run() throws {
        let mode: ShellMain.Mode =
            if let line { .line(line) } else if isatty(0) == 1, isatty(1) == 1 { .interactive } else {
                .script
            }
        Glibc.exit(ShellMain.run(kit: .current, mode: mode, strict: strict))
    }
}
