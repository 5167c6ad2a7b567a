import ArgumentParser
import Build
import DockerClient
import Glibc
import Linux
import OCI
import RegistryClient
import Support

struct BuildOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Le Dockerfile ; - le lit sur l’entrée.", valueName: "fichier"))
    var file: String?
    @Option(name: .shortAndLong, help: ArgumentHelp("Nom de l’image.", valueName: "nom:étiquette"))
    var tag: [String] = []
    @Option(name: .customLong("build-arg"), help: ArgumentHelp("Valeur d’un ARG.", valueName: "nom=valeur"))
    var buildArguments: [String] = []
    @Option(name: .long, help: ArgumentHelp("Étiquette de métadonnées.", valueName: "nom=valeur"))
    var label: [String] = []
    @Option(name: .long, help: ArgumentHelp("S’arrête à cette étape.", valueName: "étape")) var target:
        String?
    @Option(name: .long, help: ArgumentHelp("linux/amd64…", valueName: "plateforme")) var platform: String?
    @Flag(name: .customLong("no-cache"), help: "Refait tout.") var noCache = false
    @Flag(name: .long, help: "Cherche une version plus récente des images de base.") var pull = false
    @Option(name: .long, help: ArgumentHelp("Réseau des RUN : default, none, host.", valueName: "mode"))
    var network: String?
    @Option(
        name: .customLong("add-host"),
        help: ArgumentHelp("Nom de plus dans /etc/hosts.", valueName: "nom:adresse"))
    var addHost: [String] = []
    @Option(name: .long, help: ArgumentHelp("id=NOM,src=FICHIER ou id=NOM,env=VARIABLE", valueName: "secret"))
    var secret: [String] = []
    @Option(name: .long, help: ArgumentHelp("default, id=PRISE ou id=CLÉ : l’agent ssh.", valueName: "agent"))
    var ssh: [String] = []
    @Option(
        name: .customLong("build-context"),
        help: ArgumentHelp(
            "NOM=DOSSIER, NOM=docker-image://IMAGE, NOM=oci-layout://DOSSIER[:ÉTIQUETTE], NOM=https://…",
            valueName: "contexte"))
    var buildContext: [String] = []
    @Option(name: .long, help: ArgumentHelp("auto, plain, tty, json, quiet", valueName: "forme"))
    var progress = "auto"
    @Option(
        name: .customLong("iidfile"),
        help: ArgumentHelp("Écrit l’identifiant dans ce fichier.", valueName: "fichier"))
    var iidfile: String?
    @Option(
        name: .customLong("metadata-file"),
        help: ArgumentHelp("Écrit les empreintes de l’image dans ce fichier, en JSON.", valueName: "fichier"))
    var metadataFile: String?
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "Met le résultat ailleurs : DOSSIER, - (tar), type=local|tar|oci|docker,dest=…, type=registry",
            valueName: "sortie"))
    var output: [String] = []
    @Flag(name: .long, help: "Relit le Dockerfile et s’arrête là.") var check = false
    @Flag(name: .long, help: "Envoie l’image à son registre.") var push = false
    @Flag(name: .long, help: .hidden) var load = false
    @Flag(name: .shortAndLong, help: "N’affiche que l’identifiant.") var quiet = false
    @Option(name: .customShort("m"), help: ArgumentHelp("Mémoire des RUN.", valueName: "taille")) var memory:
        String?
    @Option(
        name: .customLong("cache-from"),
        help: ArgumentHelp(
            "Reprend ce que d’autres ont construit : IMAGE, type=registry,ref=…, type=local,src=…",
            valueName: "cache"))
    var cacheFrom: [String] = []
    @Option(
        name: .customLong("cache-to"),
        help: ArgumentHelp(
            "Publie ce qui est construit : type=registry,ref=…[,mode=max], type=local,dest=…, type=inline",
            valueName: "cache"))
    var cacheTo: [String] = []
    @Option(name: .long, help: ArgumentHelp("Permet aux RUN security.insecure.", valueName: "droit"))
    var allow: [String] = []
    @Option(name: .customLong("shm-size"), help: ArgumentHelp("Taille de /dev/shm.", valueName: "taille"))
    var shmSize: String?
    @Option(
        name: .long, help: ArgumentHelp("Limite par processus des RUN.", valueName: "nom=souple[:stricte]"))
    var ulimit: [String] = []
    // Of buildx, for records that are not made here: `false` is what is.
    @Option(name: .long, help: .hidden) var provenance: String?
    @Option(name: .long, help: .hidden) var sbom: String?
    @Flag(name: .long, inversion: .prefixedNo, help: .hidden) var rm = true
    @Flag(name: .customLong("force-rm"), help: .hidden) var forceRm = false
    @Argument(
        help: ArgumentHelp(
            "Dossier du contexte, adresse d’une archive ou d’un dépôt git ; - lit un Dockerfile ou une archive tar sur l’entrée.",
            valueName: "contexte"))
    var context: String

    func outputs() throws(EscaleError) -> [BuildOutput] {
        let words = output + (push ? ["type=registry"] : []) + (load ? ["type=docker"] : [])
        return try words.map { word throws(EscaleError) in try BuildOutput(word) }
    }

    /// Query parameters of `POST /build`, but for the image's names.
    func query() throws -> [(String, String)] {
        var query: [(String, String)] = []
        var arguments = JSONObject()
        if let epoch = Environment["SOURCE_DATE_EPOCH"] { arguments["SOURCE_DATE_EPOCH"] = .string(epoch) }
        for text in buildArguments {
            // A name alone takes our own variable's value, if there is one.
            guard let entry = EnvironmentFile.resolve(text), let split = entry.firstIndex(of: "=") else {
                continue
            }
            arguments[String(entry[..<split])] = .string(String(entry[entry.index(after: split)...]))
        }
        query.append(("buildargs", JSON.object(arguments).text()))
        var labels = JSONObject()
        for text in label {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            labels[parts[0]] = .string(parts.count > 1 ? parts[1] : "")
        }
        query.append(("labels", JSON.object(labels).text()))
        if let target { query.append(("target", target)) }
        if let platform { query.append(("platform", platform)) }
        if noCache { query.append(("nocache", "1")) }
        if pull { query.append(("pull", "1")) }
        if let network { query.append(("networkmode", network)) }
        if let memory { query.append(("memory", "\(try Units.bytes(memory))")) }
        let sources = try cacheFrom.map { try CachePlace(source: $0).absolute.text }
        if !sources.isEmpty { query.append(("cachefrom", JSON(sources).text())) }
        if let shmSize { query.append(("shmsize", "\(try Units.bytes(shmSize))")) }
        if !ulimit.isEmpty {
            query.append(("ulimits", JSON.array(try ulimit.map { try RunRequest.ulimit($0) }).text()))
        }
        for host in addHost { query.append(("extrahosts", host)) }
        return query
    }
}

struct BuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Construit une image à partir d’un Dockerfile.")
    @OptionGroup var options: BuildOptions

    func run() throws {
        if options.check { return try check() }
        let quiet = options.quiet || options.progress == "quiet"
        let progress: any BuildProgress =
            switch options.progress {
            case _ where quiet: QuietProgress()
            case "auto":
                isatty(2) == 1 && Environment["TERM"] != "dumb" ? TerminalProgress() : PlainProgress()
            case "plain": PlainProgress()
            case "tty": TerminalProgress()
            case "json", "rawjson": JSONProgress()
            default:
                throw EscaleError(
                    .invalid, "invalid progress type: \(options.progress)", repair: "--progress plain")
            }
        let outputs = try options.outputs()
        let keeps = outputs.isEmpty || outputs.contains(where: \.keeps)
        let result = try BuildRun(options).perform(
            progress, tags: keeps ? options.tag + outputs.filter(\.keeps).flatMap(\.names) : [])
        let client = DockerClient()
        do {
            for output in outputs { try output.write(result.id, tags: options.tag, client) }
        } catch {
            if !keeps { forget(result, client) }
            throw error
        }
        if !keeps { forget(result, client) }
        if let path = options.iidfile { try Files.replace(path, result.id.utf8) }
        if let path = options.metadataFile { try Files.replace(path, metadata(result).bytes(pretty: true)) }
        // An archive on our output is all that belongs there.
        if quiet, !outputs.contains(where: \.isOutput) { Output.out(result.id + "\n") }
    }
}

extension BuildCommand {
    /// `--check`: as with Docker, whatever is found is a failure.
    private func check() throws {
        let contexts = try BuildContexts(options)
        guard let text = contexts.dockerfile else {
            throw EscaleError(
                .invalid, "--check reads a Dockerfile that is here, not the one of \(options.context)",
                repair: "escale build --check -f DOCKERFILE FOLDER")
        }
        let argument = options.buildArguments.first { $0.hasPrefix("BUILDKIT_DOCKERFILE_CHECK=") }
        let report = try DockerfileReport.make(
            text, name: options.file ?? "Dockerfile", ignore: contexts.ignoreFile,
            options: argument.map { String($0.dropFirst(26)) })
        DockerfileReport.show(report, json: ["json", "rawjson"].contains(options.progress))
        if !report.findings.isEmpty { throw Exit(status: 1) }
    }

    /// An image that was only wanted elsewhere; one that has a name besides stays.
    private func forget(_ result: BuildRun.Result, _ client: DockerClient) {
        let names = try? client.get("/images/\(result.id)/json")["RepoTags"].array
        if names?.isEmpty ?? true { _ = try? client.delete("/images/\(result.id)") }
    }

    /// `--metadata-file`, with buildx' names.
    private func metadata(_ result: BuildRun.Result) -> JSON {
        var o = JSONObject([
            ("containerimage.config.digest", .string(result.id)),
            ("containerimage.digest", .string(result.manifest))
        ])
        let names = options.tag.compactMap { try? Reference($0).canonical }
        if !names.isEmpty { o["image.name"] = .string(names.joined(separator: ",")) }
        return .object(o)
    }
}

/// Shows a build as it goes on.
protocol BuildProgress: AnyObject {
    /// A line of the stream: `{"escale": …}` and what any client reads.
    func show(_ line: JSON)
    func end()
}

/// One build through the API.
struct BuildRun {
    let options: BuildOptions
    init(_ options: BuildOptions) { self.options = options }

    struct Result {
        var id = ""
        /// The manifest's digest.
        var manifest = ""
    }

    /// - Parameter tags: the image's names in the store.
    func perform(_ progress: any BuildProgress, tags: [String]) throws -> Result {
        let contexts = try BuildContexts(options)
        var document = contexts.document
        try addSecrets(&document)
        let agents = try BuildAgents(options.ssh)
        defer { agents.end() }
        document["ssh"] = agents.document
        document["cacheTo"] = JSON(try options.cacheTo.map { try CachePlace(target: $0).absolute.text })
        document["allow"] = JSON(options.allow)
        let query = try options.query() + contexts.query + tags.map { ("t", $0) }
        let body = JSON.object(document).bytes()
        var result = Result()
        var pending: [UInt8] = []
        var failure: EscaleError?
        try DockerClient().upload(
            "/build", query, contentType: BuildWire.contentType,
            headers: [("X-Registry-Config", Credential.registryConfig(try DockerConfigFile().all()))],
            { chunk throws(EscaleError) in
                try chunk(Array("\(body.count)\n".utf8) + body)
                try contexts.send(chunk)
            },
            { piece throws(EscaleError) in
                pending += piece
                while let end = pending.firstIndex(of: 10) {
                    let line = Array(pending[..<end])
                    pending.removeFirst(end + 1)
                    guard let json = try? JSON.parse(line) else { continue }
                    if let id = json["aux"]["ID"].string { result.id = id }
                    if let digest = json["escale"]["manifest"].string { result.manifest = digest }
                    if let message = json["error"].string {
                        failure = EscaleError(.invalid, message, repair: json["escale"]["repair"].string)
                    }
                    progress.show(json)
                }
                return true
            })
        progress.end()
        if let failure { throw failure }
        guard !result.id.isEmpty else {
            throw EscaleError(
                .unavailable, "the engine ended in the middle of the build", repair: "escale build …")
        }
        return result
    }

    private func addSecrets(_ document: inout JSONObject) throws {
        var secrets = JSONObject()
        for text in options.secret {
            let f = BuildFields.read(text)
            guard let id = f["id"], !id.isEmpty else {
                throw EscaleError(
                    .invalid, "--secret \(text): id=… is missing", repair: "--secret id=NAME,src=FILE")
            }
            let value: [UInt8]
            if let path = f["src"] ?? f["source"] {
                value = try Files.read(path)
            } else if let text = Environment[f["env"] ?? id] {
                value = Array(text.utf8)
            } else {
                throw EscaleError(
                    .notFound, "--secret \(text): neither a file nor a variable \(f["env"] ?? id)")
            }
            secrets[id] = .string(Base64.encode(value))
        }
        document["secrets"] = .object(secrets)
    }
}

extension CachePlace {
    /// The engine has another folder than the user.
    fileprivate var absolute: CachePlace {
        guard case .folder(let path, let tag) = kind, !path.hasPrefix("/") else { return self }
        guard let here = getcwd(nil, 0) else { return self }
        defer { free(here) }
        return CachePlace(.folder(Path.clean(Path.join(String(cString: here), path)), tag: tag), isMax: isMax)
    }
}
