import ArgumentParser
import DockerClient
import Linux
import Support

/// Runs `action` for each name; prints the name of each that went well, each error, and fails at the end.
func forEachName(_ names: [String], printing: Bool = true, _ action: (String) throws(EscaleError) -> Void)
    throws
{
    var failed = false
    for name in names {
        do {
            try action(name)
            if printing { Output.out(name + "\n") }
        } catch {
            failed = true
            if names.count == 1 { throw error }
            Output.err(error.message + "\n")
        }
    }
    if failed { throw Exit(status: 1) }
}

/// `/containers/NAME` and what follows, the name encoded.
func container(_ name: String, _ action: String = "") -> String {
    "/containers/\(DockerClient.encode(name))" + (action.isEmpty ? "" : "/\(action)")
}

struct StartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Démarre des conteneurs arrêtés.")
    @Flag(name: .shortAndLong, help: "Montre sa sortie et lui transmet les signaux.") var attach = false
    @Flag(name: .shortAndLong, help: "Branche aussi l’entrée.") var interactive = false
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        guard attach || interactive else {
            return try forEachName(containers) { name throws(EscaleError) in
                try client.post(container(name, "start"))
            }
        }
        guard containers.count == 1 else {
            throw EscaleError(.invalid, "you cannot start and attach multiple containers at once")
        }
        let info = try client.get(container(containers[0], "json"))
        var request = RunRequest()
        request.interactive = interactive && info["Config"]["OpenStdin"].bool == true
        request.tty = info["Config"]["Tty"].bool == true
        let id = info["Id"].string ?? containers[0]
        throw Exit(status: try ContainerStart.foreground(client, id, request, proxySignals: true))
    }
}

struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Arrête des conteneurs (leur signal d’arrêt, puis SIGKILL).")
    @Option(name: [.short, .long, .customLong("timeout")], help: "Secondes avant SIGKILL (10).") var time:
        Int?
    @Option(name: .shortAndLong, help: "Premier signal envoyé.") var signal: String?
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in
            try client.post(container(name, "stop"), StopQuery.make(time, signal))
        }
    }
}

struct RestartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "Arrête puis redémarre des conteneurs.")
    @Option(name: [.short, .long, .customLong("timeout")], help: "Secondes avant SIGKILL (10).") var time:
        Int?
    @Option(name: .shortAndLong, help: "Premier signal envoyé.") var signal: String?
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in
            try client.post(container(name, "restart"), StopQuery.make(time, signal))
        }
    }
}

enum StopQuery {
    static func make(_ time: Int?, _ signal: String?) -> [(String, String)] {
        (time.map { [("t", "\($0)")] } ?? []) + (signal.map { [("signal", $0)] } ?? [])
    }
}

struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Envoie un signal à des conteneurs.")
    @Option(name: .shortAndLong, help: "Signal (KILL).") var signal = "KILL"
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in
            try client.post(container(name, "kill"), [("signal", signal)])
        }
    }
}

struct RemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Supprime des conteneurs.")
    @Flag(name: .shortAndLong, help: "Même un conteneur qui tourne.") var force = false
    @Flag(name: .shortAndLong, help: "Avec ses volumes anonymes.") var volumes = false
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in
            try client.delete(container(name), [("force", force ? "1" : "0"), ("v", volumes ? "1" : "0")])
        }
    }
}

struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Gèle tous les processus de conteneurs.")
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in try client.post(container(name, "pause")) }
    }
}

struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Réveille des conteneurs gelés.")
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers) { name throws(EscaleError) in try client.post(container(name, "unpause"))
        }
    }
}

struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Attend la fin de conteneurs et affiche leur code de retour.")
    @Argument(help: "Conteneurs.") var containers: [String]

    func run() throws {
        let client = DockerClient()
        try forEachName(containers, printing: false) { name throws(EscaleError) in
            let answer = try client.post(container(name, "wait"))
            Output.out("\(answer["StatusCode"].int ?? 0)\n")
        }
    }
}

struct RenameCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Change le nom d’un conteneur.")
    @Argument var container: String
    @Argument var newName: String

    func run() throws {
        try DockerClient().post(
            "/containers/\(DockerClient.encode(container))/rename", [("name", newName)])
    }
}

struct PruneContainersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Supprime tous les conteneurs arrêtés.")
    @Flag(name: .shortAndLong, help: "Sans demander.") var force = false

    func run() throws {
        if !force {
            Output.out(
                "WARNING! This will remove all stopped containers.\nAre you sure you want to continue? [y/N] "
            )
            guard let line = readLine(), ["y", "yes", "o", "oui"].contains(line.lowercased()) else { return }
        }
        let answer = try DockerClient().post("/containers/prune")
        let removed = answer["ContainersDeleted"].array ?? []
        if !removed.isEmpty {
            Output.out("Deleted Containers:\n" + removed.map { ($0.string ?? "") + "\n" }.joined() + "\n")
        }
        Output.out("Total reclaimed space: \(Units.size(Int64(answer["SpaceReclaimed"].int ?? 0)))\n")
    }
}
