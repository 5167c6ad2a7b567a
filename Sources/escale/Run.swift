import ArgumentParser
import DockerClient
import Images
import Linux
import OCI
import Support

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Crée un conteneur à partir d’une image et le démarre.",
        usage: "escale run [OPTIONS] IMAGE [COMMANDE] [ARG…]",
        helpNames: [.customLong("help")])

    @Flag(name: .shortAndLong, help: "En arrière-plan\u{A0}; affiche l’identifiant.") var detach = false
    @Flag(name: .customLong("sig-proxy"), inversion: .prefixedNo, help: "Transmet les signaux au programme.")
    var sigProxy = true
    @Option(name: .long, help: "Touches qui détachent.") var detachKeys: String?
    @OptionGroup var options: RunOptions

    func run() throws {
        try Self.perform(
            options.request(Self.self, detach: detach), cidfile: options.cidfile, proxySignals: sigProxy)
    }

    static func perform(_ request: RunRequest, cidfile: String? = nil, proxySignals: Bool = true) throws {
        let client = DockerClient()
        do {
            if request.tty, request.interactive, !request.detach { try Terminal.require() }
            let id = try ContainerStart.create(client, request, cidfile: cidfile)
            if request.detach {
                try ContainerStart.start(client, id, request)
                Output.out(id + "\n")
                return
            }
            throw Exit(
                status: try ContainerStart.foreground(client, id, request, proxySignals: proxySignals))
        } catch let error as EscaleError {
            if error.code == .interrupted { throw error }
            throw StatusError(
                status: DockerStatus.ofRun(error),
                error: EscaleError(
                    error.code, "docker: \(error.message)", errno: error.errno, repair: error.repair))
        }
    }
}

struct CreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Crée un conteneur sans le démarrer.",
        usage: "escale create [OPTIONS] IMAGE [COMMANDE] [ARG…]",
        helpNames: [.customLong("help")])

    @OptionGroup var options: RunOptions

    func run() throws {
        let request = try options.request(CreateCommand.self, detach: false)
        Output.out(try ContainerStart.create(DockerClient(), request, cidfile: options.cidfile) + "\n")
    }
}

enum DockerStatus {
    /// 127: no such program; 126: it can't be executed; 125: the engine refused.
    static func ofRun(_ error: EscaleError) -> Int32 {
        let text = error.message
        if text.contains("executable file not found") || text.contains("no such file or directory: unknown") {
            return 127
        }
        if text.contains("exec") && (text.contains("permission denied") || text.contains("exec format error"))
        {
            return 126
        }
        return 125
    }
}

enum ContainerStart {
    static func create(_ client: DockerClient, _ request: RunRequest, cidfile: String?) throws(EscaleError)
        -> String
    {
        if let cidfile, Files.exists(cidfile) {
            throw EscaleError(
                .conflict,
                "container ID file found, make sure the other container isn't running or delete \(cidfile)",
                repair: "rm \(cidfile)")
        }
        let body = try request.body()
        var query = request.name.map { [("name", $0)] } ?? []
        if let platform = request.platform { query.append(("platform", platform)) }
        if request.pull == "always" { try pull(client, request) }
        let answer: JSON
        do { answer = try client.post("/containers/create", query, body: body) } catch {
            guard request.pull == "missing", error.code == .notFound,
                let missing = ImageTags.missing(in: error.message) ?? request.otherPlatform(error),
                try Reference(missing).mayBePulled
            else { throw error }
            Output.err("Unable to find image '\(missing)' locally\n")
            do { try pull(client, request) } catch let failure {
                // Offline the image that is missing matters, not the road to where it may be.
                guard [.unavailable, .timeout].contains(failure.code) else { throw failure }
                let why = failure.message.replacing("Error response from daemon: ", with: "")
                throw EscaleError(error.code, "\(error.message) (\(why))", repair: failure.repair)
            }
            answer = try client.post("/containers/create", query, body: body)
        }
        for warning in answer["Warnings"].array ?? [] { Output.err("WARNING: \(warning.string ?? "")\n") }
        guard let id = answer["Id"].string else {
            throw EscaleError(.corrupt, "the engine gave no container id")
        }
        if let cidfile { try Files.replace(cidfile, id.utf8) }
        return id
    }

    private static func pull(_ client: DockerClient, _ request: RunRequest) throws(EscaleError) {
        try ImagePull.run(
            client, try Reference(request.image), platform: request.platform, toErrors: true)
    }

    /// Starts it; where that fails, `--rm` leaves nothing behind.
    static func start(_ client: DockerClient, _ id: String, _ request: RunRequest) throws(EscaleError) {
        do {
            try client.post("/containers/\(id)/start")
        } catch {
            if request.remove { _ = try? client.delete("/containers/\(id)", [("force", "1")]) }
            throw error
        }
    }

    /// Attaches first, so that not a byte of output is missed; then starts, and waits for the end.
    static func foreground(_ client: DockerClient, _ id: String, _ request: RunRequest, proxySignals: Bool)
        throws(EscaleError) -> Int32
    {
        var session = try AttachSession(
            client: client, container: id, interactive: request.interactive, tty: request.tty,
            proxySignals: proxySignals)
        let stream = try client.hijack(
            "/containers/\(id)/attach",
            [
                ("stream", "1"), ("stdin", request.interactive ? "1" : "0"), ("stdout", "1"), ("stderr", "1")
            ])
        // The wait is registered before the start: a container that is gone at once still answers.
        let condition = request.remove ? "removed" : "next-exit"
        let waiter = try client.beginWait(id, condition: condition)
        try start(client, id, request)
        let detached = try session.pump(stream)
        if detached { return 0 }
        return Int32(truncatingIfNeeded: try waiter.finish())
    }
}

extension RunRequest {
    /// The image, where the engine has it for other platforms only.
    fileprivate func otherPlatform(_ error: EscaleError) -> String? {
        error.message.contains("does not provide the specified platform") ? image : nil
    }
}
