import ArgumentParser
import Glibc
import Linux
import Registry
import Support

/// `escale registry VERB…`: a registry of one's own.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Un registre d’images à soi.",
        subcommands: [
            RegistryServeCommand.self, RegistryStartCommand.self, RegistryStopCommand.self,
            RegistryPsCommand.self, RegistryListCommand.self, RegistryRemoveCommand.self,
            RegistryCollectCommand.self, RegistryVerifyCommand.self, RegistryPasswdCommand.self
        ])
}

/// Where a registry keeps its files.
struct RegistryPlace: ParsableArguments {
    @Option(
        name: .customLong("root"),
        help: ArgumentHelp("Dossier du registre (par défaut, celui du kit).", valueName: "dossier"))
    var folder: String?

    var root: String { folder ?? "\(Kit.current.root)/registry" }

    /// Works on a registry that is there, whether it serves or not.
    func work<R>(_ body: (RegistryStore) throws(RegistryError) -> R) throws(EscaleError) -> R {
        guard Files.isDirectory("\(root)/repositories") else {
            throw EscaleError(
                .notFound, "no registry in \(root)", repair: "escale registry serve --root \(root)")
        }
        let store = try RegistryStore(root: root)
        do { return try body(store) } catch { throw error.escaleError }
    }
}

struct RegistryServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Sert un registre (OCI distribution-spec 1.1) jusqu’à ^C.")

    @Option(help: ArgumentHelp("Où écouter\u{A0}; port 0 en prend un libre.", valueName: "hôte:port"))
    var addr = "127.0.0.1:5000"
    @OptionGroup var place: RegistryPlace
    @OptionGroup var options: RegistryOptions
    @Flag(name: .long, help: .hidden) var withSession = false

    func run() throws {
        let server = try options.server(address: addr, root: place.root)
        let root = server.root
        if withSession { SessionEnd.watch(BackgroundRegistries.sessionDescriptor) }
        try RegistryServer.run(server) { url in Output.out("registry serving \(root) on \(url)\n") }
    }
}

struct RegistryListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Les dépôts, leurs étiquettes et leur place sur le disque.")

    @OptionGroup var place: RegistryPlace
    @Flag(help: "En JSON.") var json = false

    func run() throws {
        let usages = try place.work { (store) throws(RegistryError) in
            var usages: [RepositoryUsage] = []
            for name in try store.repositories() { usages.append(try store.usage(name)) }
            return usages
        }
        if json {
            let list = usages.map { usage -> JSON in
                [
                    "repository": .string(usage.name.text), "tags": JSON(usage.tags),
                    "manifests": JSON(usage.manifests), "bytes": .int(usage.bytes), "own": .int(usage.own)
                ]
            }
            Output.out(JSON.array(list).text(pretty: true) + "\n")
            return
        }
        for usage in usages {
            let size = Units.size(usage.bytes)
            Output.out("\(usage.name)\t\(size)\t\(usage.tags.joined(separator: " "))\n")
        }
    }
}

struct RegistryRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Supprime des étiquettes, des manifestes ou des dépôts entiers\u{A0}; gc libère la place.")

    @OptionGroup var place: RegistryPlace
    @Argument(help: "DÉPÔT, DÉPÔT:ÉTIQUETTE ou DÉPÔT@EMPREINTE") var names: [String]

    func run() throws {
        try place.work { (store) throws(RegistryError) in
            for text in names { try store.remove(text) }
        }
    }
}

struct RegistryCollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Efface les blobs dont aucun manifeste n’a besoin, même pendant que le registre sert.")

    @OptionGroup var place: RegistryPlace
    @Flag(help: "Aussi les manifestes sans étiquette.") var untagged = false
    @Option(
        help: ArgumentHelp(
            "Secondes pendant lesquelles un blob attend son manifeste.", valueName: "secondes"))
    var grace: Int64 = 3600

    func run() throws {
        let result = try place.work { (store) throws(RegistryError) in
            try store.collect(grace: grace, untagged: untagged, uploadAge: grace)
        }
        Output.out(
            "manifests removed: \(result.manifests)\nblobs removed: \(result.blobs) "
                + "(\(Units.size(result.bytes)))\nuploads removed: \(result.uploads)\n")
    }
}

struct RegistryVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Relit chaque blob et le compare à son empreinte.")

    @OptionGroup var place: RegistryPlace

    func run() throws {
        let problems = try place.work { (store) throws(RegistryError) in try store.verify() }
        for problem in problems { Output.err("\(problem)\n") }
        if !problems.isEmpty { throw Exit(status: 1) }
    }
}

struct RegistryPasswdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd",
        abstract: "Ajoute un utilisateur à un fichier de mots de passe, ou change le sien.",
        discussion: "Le mot de passe est lu sur l’entrée standard, une ligne.")

    @Argument(help: ArgumentHelp("Le fichier, créé s’il manque.", valueName: "fichier")) var file: String
    @Argument(help: ArgumentHelp("Son nom.", valueName: "utilisateur")) var user: String

    func run() throws {
        let terminal = isatty(0) == 1
        if terminal { Output.err("Mot de passe\u{A0}: ") }
        var old = termios()
        if terminal {
            tcgetattr(0, &old)
            var quiet = old
            quiet.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(0, TCSAFLUSH, &quiet)
        }
        let password = readLine() ?? ""
        if terminal {
            tcsetattr(0, TCSAFLUSH, &old)
            Output.err("\n")
        }
        let line = try Passwords.line(user, password)
        let text = Files.exists(file) ? try Files.text(file) : ""
        var lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("\(user):") }
        lines.append(line)
        try Files.replace(file, (lines.joined(separator: "\n") + "\n").utf8, mode: 0o600)
    }
}
