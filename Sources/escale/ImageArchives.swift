import ArgumentParser
import DockerClient
import Glibc
import Linux
import Support

struct SaveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "save",
        abstract: "Écrit des images dans une archive que skopeo, podman et docker lisent.")
    @Option(
        name: .shortAndLong,
        help: "Fichier\u{A0}; un dossier s’il finit par «\u{A0}/\u{A0}»\u{A0}; sinon la sortie.")
    var output: String?
    @Option(name: .long, help: "OS/PROCESSEUR[/VARIANTE]\u{A0}: celle-là seulement.") var platform: String?
    @Argument(help: "IMAGE…") var images: [String]

    func run() throws {
        guard output != nil || isatty(1) == 0 else {
            throw EscaleError(
                .invalid, "cowardly refusing to save to a terminal",
                repair: "escale save -o image.tar \(images[0])")
        }
        try ArchiveDestination(output).take { try write(to: $0) }
    }

    private func write(to fd: Int32) throws {
        var query = images.map { ("names", $0) }
        if let platform { query.append(("platform", platform)) }
        try DockerClient().stream("GET", "/images/get", query) { piece throws(EscaleError) in
            try Sys.writeAll(fd, piece)
            return true
        }
    }
}

struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Lit des images d’une archive ou d’un dossier (OCI ou docker).")
    @Option(name: .shortAndLong, help: "Fichier ou dossier\u{A0}; sinon l’entrée.") var input: String?
    @Option(name: .long, help: "OS/PROCESSEUR[/VARIANTE].") var platform: String?
    @Flag(name: .shortAndLong, help: "Sans rien dire.") var quiet = false

    func run() throws {
        let query = [("quiet", quiet ? "1" : "0")] + (platform.map { [("platform", $0)] } ?? [])
        try Upload.send("/images/load", query, from: input) { line in
            if !quiet, let text = line["stream"].string { Output.out(text) }
        }
    }
}

struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Fait une image d’une seule couche, de l’archive d’un dossier racine.")
    @Option(name: .shortAndLong, help: "Instruction (CMD, ENV…) à appliquer.") var change: [String] = []
    @Option(name: .shortAndLong, help: "Message.") var message: String?
    @Option(name: .long, help: "OS/PROCESSEUR[/VARIANTE].") var platform: String?
    @Argument(help: "Fichier, dossier, ou - pour l’entrée.") var source: String
    @Argument(help: "DÉPÔT[:ÉTIQUETTE]") var name: String?

    func run() throws {
        var query = [("fromSrc", "-"), ("message", message ?? "Imported from \(source)")]
        if let name { query.append(("repo", name)) }
        query += change.map { ("changes", $0) }
        if let platform { query.append(("platform", platform)) }
        try Upload.send("/images/create", query, from: source == "-" ? nil : source) { line in
            if let text = line["status"].string { Output.out(text + "\n") }
        }
    }
}

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Écrit tous les fichiers d’un conteneur dans une archive tar.")
    @Option(name: .shortAndLong, help: "Fichier\u{A0}; sinon la sortie.") var output: String?
    @Argument var container: String

    func run() throws {
        guard output != nil || isatty(1) == 0 else {
            throw EscaleError(
                .invalid, "cowardly refusing to save to a terminal",
                repair: "escale export -o files.tar \(container)")
        }
        let file = try output.map { path throws(EscaleError) in
            try Sys.open(path, O_WRONLY | O_CREAT | O_TRUNC).release()
        }
        let fd = file ?? 1
        defer { if let file { close(file) } }
        try DockerClient().stream("GET", "/containers/\(container)/export") { piece throws(EscaleError) in
            try Sys.writeAll(fd, piece)
            return true
        }
    }
}

struct CommitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commit", abstract: "Fait une image des changements d’un conteneur.")
    @Option(name: .shortAndLong, help: "Auteur.") var author: String?
    @Option(name: .shortAndLong, help: "Instruction (CMD, ENV…) à appliquer.") var change: [String] = []
    @Option(name: .shortAndLong, help: "Message.") var message: String?
    @Flag(name: .shortAndLong, inversion: .prefixedNo, help: "Suspend le conteneur pendant la copie.")
    var pause = true
    @Argument var container: String
    @Argument(help: "DÉPÔT[:ÉTIQUETTE]") var name: String?

    func run() throws {
        var query = [("container", container), ("pause", pause ? "1" : "0")]
        if let name { query.append(("repo", name)) }
        if let author { query.append(("author", author)) }
        if let message { query.append(("comment", message)) }
        query += change.map { ("changes", $0) }
        Output.out((try DockerClient().post("/commit", query)["Id"].string ?? "") + "\n")
    }
}

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Ce qu’un conteneur a ajouté (A), changé (C) et retiré (D) de son image.")
    @Argument var container: String

    func run() throws {
        for change in try DockerClient().get("/containers/\(container)/changes").array ?? [] {
            let kind = ["C", "A", "D"][min(max(change["Kind"].int ?? 0, 0), 2)]
            Output.out("\(kind) \(change["Path"].string ?? "")\n")
        }
    }
}

/// Archives on their way to the engine.
enum Upload {
    /// Sends a file, a folder (as a tar of it) or our input, and hands over the answer's documents.
    static func send(
        _ path: String, _ query: [(String, String)], from input: String?, _ line: (JSON) -> Void
    ) throws {
        var fd: Int32 = 0
        var tar: pid_t?
        if let input, Files.isDirectory(input) {
            let (read, write) = try Sys.pipe()
            tar = try Spawn.start(
                "tar", ["-c", "-f", "-", "-C", input, "--numeric-owner", "."], descriptors: [1: write])
            close(write)
            fd = read
        } else if let input {
            fd = try Sys.open(input, O_RDONLY).release()
        } else if isatty(0) != 0 {
            throw EscaleError(
                .invalid, "requested load from stdin, but stdin is empty", repair: "escale load -i image.tar")
        }
        defer { if fd > 0 { close(fd) } }
        var rest: [UInt8] = []
        var failure: String?
        try DockerClient().upload(path, query) { chunk throws(EscaleError) in
            var buffer = [UInt8](repeating: 0, count: 1 << 17)
            while true {
                let n = try Sys.call("read") { read(fd, &buffer, buffer.count) }
                if n == 0 { break }
                try chunk(Array(buffer[..<n]))
            }
            if let tar, try Spawn.wait(tar) != 0 { throw EscaleError(.internal, "tar failed") }
        } _: { piece throws(EscaleError) in
            rest += piece
            while let end = rest.firstIndex(of: 10) {
                let json = (try? JSON.parse(Array(rest[..<end]))) ?? .null
                rest.removeSubrange(...end)
                if let error = json["error"].string { failure = error }
                line(json)
            }
            return true
        }
        if let failure { throw EscaleError(.internal, failure) }
    }
}
