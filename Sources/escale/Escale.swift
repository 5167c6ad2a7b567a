import ArgumentParser
import DockerClient
import Glibc
import Images
import Linux
import Shell
import Support

/// The root of the command line: what is typed after `escale`.
@main
struct Escale: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "escale",
        abstract:
            "Conteneurs, machines virtuelles et orchestration\u{A0}: un atelier réel, hors ligne, en français.",
        usage: "escale [COMMANDE] [ARGUMENTS…]",
        groupedSubcommands: Verbs.groups,
        defaultSubcommand: Verbs.fallback)

    /// Wrong usage exits with 2 (125 for `run` and `create`, as Docker), failures with their own status.
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            if arguments.first == "run", let request = RunRequest(everyday: Array(arguments.dropFirst())) {
                try RunCommand.perform(request)
                return
            }
            var command = try quick(arguments) ?? whole(arguments)
            try command.run()
        } catch {
            CommandFailure.end(error, arguments: arguments)
        }
    }

    private static func whole(_ arguments: [String]) throws -> any ParsableCommand {
        try UnknownCommand.refuse(arguments)
        return try parseAsRoot(arguments)
    }

    /// A Docker verb by its own type alone: building the tree of all commands takes longer than starting
    /// a container. Nil for anything else, and for wrong usage, which the whole tree words better.
    private static func quick(_ arguments: [String]) -> (any ParsableCommand)? {
        guard let verb = arguments.first,
            let type = Verbs.docker.first(where: {
                $0.configuration.commandName == verb && $0.configuration.subcommands.isEmpty
            })
        else { return nil }
        // Asked for help, the parser gives a command of another type: the whole tree names it in full.
        guard let command = try? type.parseAsRoot(Array(arguments.dropFirst())),
            Swift.type(of: command) == type
        else { return nil }
        return command
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
                Output.out(UsageText.french(Escale.fullMessage(for: error)) + "\n")
                leave(0)
            }
            status = ["run", "create"].contains(arguments.first { $0 != "docker" } ?? "") ? 125 : 2
            let text = UsageText.french(Escale.fullMessage(for: error))
            Output.err((text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text) + "\n")
            record(status, EscaleError(.invalid, text))
            leave(status)
        }
        Output.err(failure.message + "\n")
        if let repair = failure.repair { Output.err("  → \(repair)\n") }
        let tags = otherTags(failure)
        // In our shell the tags come with the French help.
        if !tags.isEmpty, Environment["ESCALE_LAST_ERROR"] == nil {
            Output.err("  → étiquettes présentes\u{A0}: \(tags.joined(separator: ", "))\n")
        }
        record(status, failure, tags: tags)
        leave(status)
    }

    /// For the shell, which adds the French help: what failed, in a file it names.
    private static func record(_ status: Int32, _ error: EscaleError, tags: [String] = []) {
        guard let path = Environment["ESCALE_LAST_ERROR"] else { return }
        let json: JSON = [
            "status": JSON(Int(status)), "message": .string(error.message),
            "code": .string(error.code.rawValue), "tags": JSON(tags)
        ]
        try? Files.replace(path, json.bytes(), mode: 0o600)
    }

    /// Where an image is missing: the names of the same repository that are in the kit's store.
    private static func otherTags(_ error: EscaleError) -> [String] {
        guard error.code == .notFound, let wanted = ImageTags.missing(in: error.message),
            let images = try? ImageStore(kit: .current).list()
        else { return [] }
        return ImageTags.others(than: wanted, among: images.flatMap { $0.names.map(\.familiar) })
    }

    private static func leave(_ status: Int32) -> Never { Glibc.exit(status) }
}
