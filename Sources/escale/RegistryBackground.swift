import ArgumentParser
import Glibc
import Linux
import Registry
import Support

/// How a registry serves, wherever it runs.
struct RegistryOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Certificat TLS (PEM).", valueName: "fichier")) var cert: String?
    @Option(help: ArgumentHelp("Clé du certificat (PEM).", valueName: "fichier")) var key: String?
    @Option(help: ArgumentHelp("Utilisateurs et mots de passe (bcrypt).", valueName: "fichier"))
    var htpasswd: String?
    @Option(
        help: ArgumentHelp("Droits\u{A0}: une ligne «\u{A0}qui droit dépôts\u{A0}».", valueName: "fichier"))
    var access: String?
    @Flag(help: "Connexion par jeton, comme Docker Hub.") var token = false
    @Option(
        help: ArgumentHelp(
            "Miroir d’un autre registre\u{A0}: ce qui manque ici en vient une fois.", valueName: "url"))
    var mirror: String?
    @Flag(help: "Écoute hors de la machine même sans TLS ni mots de passe.") var insecure = false
    @Option(help: ArgumentHelp("Taille maximale d’un blob (10g).", valueName: "taille")) var maxBlob: String?
    @Option(help: ArgumentHelp("Place de chaque dépôt (20g).", valueName: "taille")) var quota: String?
    @Option(help: ArgumentHelp("Place de tous les dépôts ensemble.", valueName: "taille")) var quotaTotal:
        String?
    @Option(
        help: ArgumentHelp(
            "Secondes après lesquelles un envoi abandonné est effacé.", valueName: "secondes"))
    var uploadAge: Int64 = 24 * 3600

    func server(address: String, root: String) throws -> RegistryServer.Options {
        var options = try RegistryServer.Options(address: address, root: root)
        options.certificate = cert
        options.key = key
        options.passwords = htpasswd
        options.access = access
        options.usesTokens = token
        options.mirror = mirror
        options.insecure = insecure
        options.limits.uploadAge = max(1, uploadAge)
        if let quota { options.limits.repository = try Units.bytes(quota) }
        if let quotaTotal { options.limits.total = try Units.bytes(quotaTotal) }
        if let maxBlob { options.limits.blob = try Units.bytes(maxBlob) }
        return options
    }

    /// As they were typed, for another `serve`.
    var arguments: [String] {
        let values = [
            ("--cert", cert), ("--key", key), ("--htpasswd", htpasswd), ("--access", access),
            ("--mirror", mirror), ("--max-blob", maxBlob), ("--quota", quota), ("--quota-total", quotaTotal),
            ("--upload-age", String(uploadAge))
        ]
        return values.flatMap { name, value in value.map { [name, $0] } ?? [] }
            + (token ? ["--token"] : []) + (insecure ? ["--insecure"] : [])
    }
}

/// Ends this process with another one.
enum SessionEnd {
    /// - Parameter descriptor: a pidfd, inherited.
    static func watch(_ descriptor: Int32) {
        // The thread takes no signals: they are `serve`'s, which is set up later.
        var signals = sigset_t()
        var before = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        var thread = pthread_t()
        let raw = UnsafeMutableRawPointer(bitPattern: Int(descriptor))
        pthread_create(
            &thread, nil,
            { raw in
                var entry = pollfd(fd: Int32(Int(bitPattern: raw)), events: Int16(POLLIN), revents: 0)
                while poll(&entry, 1, -1) < 0 {}
                kill(getpid(), SIGTERM)
                return nil
            }, raw)
    }
}

struct RegistryStartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Démarre un registre en arrière-plan\u{A0}; il s’arrête avec la session.")

    @Argument(help: ArgumentHelp("Où il range ses fichiers.", valueName: "dossier")) var folder: String
    @Option(help: ArgumentHelp("Port, sur cette machine seulement.", valueName: "port"))
    var port: UInt16 = 5000
    @OptionGroup var options: RegistryOptions

    func run() throws {
        let entry = try BackgroundRegistries(kit: .current).start(
            program: "/proc/self/exe", root: folder,
            ["--addr", "127.0.0.1:\(port)"] + options.arguments)
        let session = Environment[BackgroundRegistries.sessionVariable] != nil
        Output.out(
            "registry \(folder) on \(entry.url)\(session ? ", until this session ends" : "")\n")
    }
}

struct RegistryStopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Arrête un registre d’arrière-plan\u{A0}; ses fichiers restent.")

    @Argument(help: ArgumentHelp("Son dossier.", valueName: "dossier")) var folders: [String]

    func run() throws {
        for folder in folders {
            guard try BackgroundRegistries(kit: .current).stop(root: folder) else {
                throw EscaleError(
                    .notFound, "no registry is running in \(folder)", repair: "escale registry ps")
            }
            Output.out("\(folder)\n")
        }
    }
}

struct RegistryPsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Les registres d’arrière-plan qui tournent.")

    @Flag(help: "En JSON.") var json = false

    func run() throws {
        let entries = try BackgroundRegistries(kit: .current).list()
        if json {
            let list = entries.map { entry -> JSON in
                ["root": .string(entry.root), "url": .string(entry.url), "pid": JSON(Int(entry.pid))]
            }
            Output.out(JSON.array(list).text(pretty: true) + "\n")
            return
        }
        for entry in entries { Output.out("\(entry.url)\t\(entry.root)\n") }
    }
}
