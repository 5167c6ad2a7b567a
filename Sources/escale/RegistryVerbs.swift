import ArgumentParser
import DockerClient
import Glibc
import Linux
import OCI
import RegistryClient
import Support

struct PullCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Télécharge une image d’un registre.")
    @Flag(name: .shortAndLong, help: "N’affiche que le nom, à la fin.") var quiet = false
    @Flag(name: .shortAndLong, help: "Toutes les étiquettes du dépôt.") var allTags = false
    @Option(name: .long, help: "Pour une autre machine\u{A0}: linux/arm64.") var platform: String?
    @Argument(help: "[REGISTRE/]NOM[:ÉTIQUETTE|@EMPREINTE]") var image: String

    func run() throws {
        let reference = try Reference(image)
        if allTags, reference.digest != nil || Path.name(image).contains(":") {
            throw EscaleError(.invalid, "tag can't be used with --all-tags/-a")
        }
        if !allTags, reference.digest == nil, !Path.name(image).contains(":"), !quiet {
            Output.out("Using default tag: latest\n")
        }
        try ImagePull.run(DockerClient(), reference, allTags: allTags, platform: platform, quiet: quiet)
        Output.out((allTags ? reference.name : reference.canonical) + "\n")
    }
}

struct PushCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Envoie une image à un registre.")
    @Flag(name: .shortAndLong, help: "N’affiche que le nom, à la fin.") var quiet = false
    @Flag(name: .shortAndLong, help: "Toutes les étiquettes du dépôt.") var allTags = false
    @Argument(help: "[REGISTRE/]NOM[:ÉTIQUETTE]") var image: String

    func run() throws {
        let client = DockerClient()
        var references = [try Reference(image)]
        if allTags {
            let names = (try client.get("/images/json").array ?? []).flatMap { $0["RepoTags"].array ?? [] }
            references = try names.compactMap(\.string).map { try Reference($0) }.filter {
                $0.name == references[0].name
            }
            guard !references.isEmpty else {
                throw EscaleError(.notFound, "An image does not exist locally with the tag: \(image)")
            }
        } else if !quiet, !Path.name(image).contains(":") {
            Output.out("Using default tag: latest\n")
        }
        for reference in references {
            try RegistryStream.run(
                client, "/images/\(reference.familiarName)/push", [("tag", reference.tag ?? "latest")],
                domain: reference.domain, quiet: quiet)
            if quiet { Output.out(reference.canonical + "\n") }
        }
    }
}

/// A pull, asked for by `pull` or needed by `run`.
enum ImagePull {
    static func run(
        _ client: DockerClient, _ reference: Reference, allTags: Bool = false, platform: String? = nil,
        quiet: Bool = false, toErrors: Bool = false
    ) throws(EscaleError) {
        var query = [("fromImage", reference.familiarName)]
        if !allTags { query.append(("tag", reference.digest?.description ?? reference.tag ?? "latest")) }
        if let platform { query.append(("platform", platform)) }
        try RegistryStream.run(
            client, "/images/create", query, domain: reference.domain, quiet: quiet, toErrors: toErrors)
    }
}

/// A pull or push as the engine tells it, with the user's credential.
enum RegistryStream {
    static func run(
        _ client: DockerClient, _ path: String, _ query: [(String, String)], domain: String, quiet: Bool,
        toErrors: Bool = false
    ) throws(EscaleError) {
        var headers: [(String, String)] = []
        if let credential = try DockerConfigFile().credential(domain) {
            headers.append(
                ("X-Registry-Auth", credential.registryAuth(server: DockerConfigFile.key(domain))))
        }
        var lines = ProgressLines(descriptor: toErrors ? 2 : 1, quiet: quiet)
        var failure: EscaleError?
        var pending: [UInt8] = []
        try client.stream("POST", path, query, headers: headers) { piece throws(EscaleError) in
            pending += piece
            while let end = pending.firstIndex(of: 10) {
                let message = try JSON.parse(Array(pending[..<end]))
                pending.removeFirst(end + 1)
                if let words = message["error"].string {
                    failure = EscaleError(
                        .unavailable, "Error response from daemon: \(words)",
                        repair: message["errorDetail"]["repair"].string)
                } else {
                    lines.show(message)
                }
            }
            return true
        }
        if let failure { throw failure }
    }
}
