import ArgumentParser
import Glibc
import Linux
import Support

/// The root of the command line: what is typed after `escale`.
@main
struct Escale: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "escale",
        abstract:
            "Conteneurs, machines virtuelles et orchestration : un atelier réel, hors ligne, en français.",
        subcommands: Verbs.all,
        groupedSubcommands: [],
        defaultSubcommand: Verbs.fallback)

    /// Wrong usage exits with 2 (125 for `run` and `create`, as Docker), failures with their own status.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try quick(arguments) ?? parseAsRoot(arguments)
            try command.run()
        } catch {
            CommandFailure.end(error, arguments: arguments)
        }
    }

    /// A Docker verb by its own type alone: building the tree of all commands takes longer than starting
    /// a container. Nil for anything else, and for wrong usage, which the whole tree words better.
    private static func quick(_ arguments: [String]) -> (any ParsableCommand)? {
        guard let verb = arguments.first,
            let type = Verbs.docker.first(where: {
                $0.configuration.commandName == verb && $0.configuration.subcommands.isEmpty
            })
        else { return nil }
        return try? type.parseAsRoot(Array(arguments.dropFirst()))
    }
}

/// Ends the program with a status and no further words.
struct Exit: Error { var status: Int32 }

/// A failure with Docker's own exit status for it (`run` and `exec`: 125 to 127).
struct StatusError: Error {
    var status: Int32
    var error: EscaleError
}

enum CommandFailure {
    static func end(_ error: any Error, arguments: [String]) -> Never {
        var status: Int32 = 1
        var failure: EscaleError
        switch error {
        case let exit as Exit: leave(exit.status)
        case let known as StatusError: (status, failure) = (known.status, known.error)
        case let known as EscaleError: failure = known
        default:
            let code = Escale.exitCode(for: error)
            if code.isSuccess {
                // Help and version, asked for.
                Output.out(Escale.fullMessage(for: error) + "\n")
                leave(0)
            }
            status = ["run", "create"].contains(arguments.first { $0 != "docker" } ?? "") ? 125 : 2
            let text = Escale.fullMessage(for: error)
            Output.err((text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text) + "\n")
            record(status, EscaleError(.invalid, text))
            leave(status)
        }
        Output.err(failure.message + "\n")
        if let repair = failure.repair { Output.err("  → \(repair)\n") }
        record(status, failure)
        leave(status)
    }

    /// For the shell, which adds the French help: what failed, in a file it names.
    private static func record(_ status: Int32, _ error: EscaleError) {
        guard let path = Environment["ESCALE_LAST_ERROR"] else { return }
        let json: JSON = [
            "status": JSON(Int(status)), "message": .string(error.message),
            "code": .string(error.code.rawValue)
        ]
        try? Files.replace(path, json.bytes(), mode: 0o600)
    }

    private static func leave(_ status: Int32) -> Never { Glibc.exit(status) }
}
