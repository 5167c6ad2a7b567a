import ArgumentParser
import DockerClient
import Linux
import Support

struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Lance un programme de plus dans un conteneur qui tourne.",
        usage: "escale exec [OPTIONS] CONTENEUR COMMANDE [ARG…]")

    @Flag(name: .shortAndLong, help: "Garde l’entrée ouverte.") var interactive = false
    @Flag(name: .shortAndLong, help: "Donne un terminal.") var tty = false
    @Flag(name: .shortAndLong, help: "En arrière-plan.") var detach = false
    @Flag(name: .long, help: "Avec tous les pouvoirs de root.") var privileged = false
    @Option(
        name: [.customShort("e", allowingJoined: true), .long], help: "Variable d’environnement, NOM=valeur.")
    var env: [String] = []
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Dossier de travail.") var workdir:
        String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "Utilisateur, nom ou uid[:gid].")
    var user: String?
    @Argument(parsing: .captureForPassthrough, help: "CONTENEUR COMMANDE [ARG…]") var words: [String] = []

    func run() throws {
        if words.first == "--help" || words.first == "-h" { throw CleanExit.helpRequest(ExecCommand.self) }
        guard words.count >= 2 else {
            throw StatusError(
                status: 1,
                error: EscaleError(
                    .invalid, "\"escale exec\" requires at least 2 arguments.",
                    repair: "escale exec NAME COMMAND"))
        }
        if words[0].hasPrefix("-") {
            throw StatusError(status: 125, error: EscaleError(.invalid, "unknown flag: \(words[0])"))
        }
        if tty, interactive, !detach { try Terminal.require() }
        let client = DockerClient()
        var body = JSONObject([
            ("AttachStdin", .bool(interactive && !detach)), ("AttachStdout", .bool(!detach)),
            ("AttachStderr", .bool(!detach)), ("Tty", .bool(tty)), ("Cmd", JSON(Array(words.dropFirst())))
        ])
        if !env.isEmpty { body["Env"] = JSON(env.compactMap(EnvironmentFile.resolve)) }
        body["WorkingDir"] = workdir.map { .string($0) }
        body["User"] = user.map { .string($0) }
        if privileged { body["Privileged"] = true }
        let created = try client.post(container(words[0], "exec"), body: .object(body))
        guard let id = created["Id"].string else { throw EscaleError(.corrupt, "the engine gave no exec id") }
        do {
            if detach {
                try client.post("/exec/\(id)/start", body: ["Detach": true, "Tty": .bool(tty)])
                return
            }
            var session = AttachSession(client: client, exec: id, interactive: interactive, tty: tty)
            let stream = try client.hijack("/exec/\(id)/start", body: ["Detach": false, "Tty": .bool(tty)])
            _ = try session.pump(stream)
        } catch {
            throw StatusError(status: max(126, DockerStatus.ofRun(error)), error: error)
        }
        let status = try client.get("/exec/\(id)/json")["ExitCode"].int ?? 0
        throw Exit(status: Int32(truncatingIfNeeded: status))
    }
}

struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Branche le terminal sur un conteneur qui tourne (^P^Q s’en détache).")
    @Flag(name: .customLong("no-stdin"), help: "Sans brancher l’entrée.") var noStdin = false
    @Flag(name: .customLong("sig-proxy"), inversion: .prefixedNo, help: "Transmet les signaux.")
    var sigProxy =
        true
    @Argument var name: String

    func run() throws {
        let client = DockerClient()
        let info = try client.get(container(name, "json"))
        guard info["State"]["Running"].bool == true else {
            throw EscaleError(
                .conflict, "You cannot attach to a stopped container, start it first",
                repair: "escale start \(name)")
        }
        let id = info["Id"].string ?? name
        let stdin = !noStdin && info["Config"]["OpenStdin"].bool == true
        var session = try AttachSession(
            client: client, container: id, interactive: stdin, tty: info["Config"]["Tty"].bool == true,
            proxySignals: sigProxy)
        let waiter = try client.beginWait(id, condition: "next-exit")
        let stream = try client.hijack(
            container(id, "attach"),
            [("stream", "1"), ("stdin", stdin ? "1" : "0"), ("stdout", "1"), ("stderr", "1")])
        if try session.pump(stream) { return }
        throw Exit(status: Int32(truncatingIfNeeded: try waiter.finish()))
    }
}
