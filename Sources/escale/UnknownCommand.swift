import ArgumentParser
import Shell
import Support

/// A word that is no command, told by its name: the parser would take it for an argument of the shell.
enum UnknownCommand {
    /// Follows the words down the tree of commands.
    /// - Throws: status 2 with the nearest command; 1 for a verb of Docker's that this engine lacks.
    static func refuse(_ arguments: [String]) throws(StatusError) {
        var command: any ParsableCommand.Type = Escale.self
        var path = ["escale"]
        for word in arguments {
            let below = command.configuration.subcommands
            guard !below.isEmpty, !word.hasPrefix("-") else { return }
            if path.count == 1, word == "help" { continue }
            guard let next = below.first(where: { names($0).contains(word) }) else {
                throw error(word, path, below.filter { $0.configuration.shouldDisplay }.flatMap { names($0) })
            }
            command = next
            path.append(word)
        }
    }

    private static func names(_ command: any ParsableCommand.Type) -> [String] {
        [command._commandName] + command.configuration.aliases
    }

    private static func error(_ word: String, _ path: [String], _ known: [String]) -> StatusError {
        let isDocker = path.count == 1 || path.last == "docker"
        if isDocker, docker.contains(word) {
            return StatusError(
                status: 1,
                error: EscaleError(.unavailable, "docker: '\(word)' is not supported by this engine yet"))
        }
        let whole = path.joined(separator: " ")
        let near = Fold.nearest(word, among: known)
        let message =
            path.last == "docker"
            ? "docker: '\(word)' is not a docker command."
            : "\(whole)\u{A0}: «\u{A0}\(word)\u{A0}» n’est pas une commande"
        return StatusError(
            status: 2,
            error: EscaleError(
                .invalid, message,
                repair: near.map { "vouliez-vous dire «\u{A0}\(whole) \($0)\u{A0}»\u{A0}?" }
                    ?? "\(whole) --help"))
    }

    /// Docker's verbs that are not here.
    private static let docker: Set<String> = [
        "buildx", "checkpoint", "compose", "config", "context", "manifest", "network", "node", "plugin",
        "search", "secret", "service", "stack", "swarm", "system", "trust", "update",
        "volume"
    ]
}
