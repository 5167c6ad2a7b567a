import ArgumentParser
import DockerClient
import Support

struct ImagesOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Toutes.") var all = false
    @Flag(name: .shortAndLong, help: "Identifiants seulement.") var quiet = false
    @Flag(name: .customLong("no-trunc"), help: "Sans rien abréger.") var noTrunc = false
    @Flag(name: .long, help: "Avec les empreintes.") var digests = false
    @Option(name: [.customShort("f"), .long], help: "reference=, label=, dangling=") var filter: [String] = []
    @Option(name: .long, help: "json, table, ou un modèle.") var format: String?
    @Argument(help: "DÉPÔT[:ÉTIQUETTE]") var repository: String?

    func print() throws {
        let filters = filter + (repository.map { ["reference=\($0)"] } ?? [])
        let images =
            try DockerClient().get("/images/json", [("all", all ? "1" : "0")] + filterQuery(filters)).array
            ?? []
        var rows: [JSON] = []
        for image in images {
            let id = image["Id"].string ?? ""
            let created = Int64(image["Created"].int ?? 0)
            let tags = (image["RepoTags"].array ?? []).compactMap(\.string)
            for tag in tags.isEmpty ? ["<none>:<none>"] : tags {
                let colon = tag.lastIndex(of: ":") ?? tag.endIndex
                let digest = (image["RepoDigests"].array?.first?.string).flatMap {
                    $0.split(separator: "@").last
                }
                rows.append([
                    "Repository": .string(String(tag[..<colon])),
                    "Tag": .string(String(tag[colon...].dropFirst())),
                    "ID": .string(noTrunc ? id : shortID(id)),
                    "Digest": .string(digest.map(String.init) ?? "<none>"),
                    "CreatedSince": .string(ago(created)),
                    "CreatedAt": .string(Timestamp(nanoseconds: created * 1_000_000_000).rfc3339),
                    "Size": .string(Units.size(Int64(image["Size"].int ?? 0)))
                ])
            }
        }
        if quiet {
            var seen = Set<String>()
            return Output.out(
                rows.compactMap { $0["ID"].string }.filter { seen.insert($0).inserted }.map { $0 + "\n" }
                    .joined())
        }
        var columns = [("REPOSITORY", "Repository"), ("TAG", "Tag")]
        if digests { columns.append(("DIGEST", "Digest")) }
        columns += [("IMAGE ID", "ID"), ("CREATED", "CreatedSince"), ("SIZE", "Size")]
        let format = RowFormat(columns: columns.map { (header: $0.0, key: $0.1) })
        Output.out(try format.render(rows, format: self.format))
    }
}

struct ImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "images", abstract: "Liste les images.")
    @OptionGroup var options: ImagesOptions
    func run() throws { try options.print() }
}

struct ListImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Liste les images.", aliases: ["list"])
    @OptionGroup var options: ImagesOptions
    func run() throws { try options.print() }
}

struct RemoveImageOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Même si des conteneurs arrêtés s’en servent.") var force = false
    @Flag(name: .customLong("no-prune"), help: "Garde les parents sans étiquette.") var noPrune = false
    @Argument var images: [String]

    func remove() throws {
        let client = DockerClient()
        try forEachName(images, printing: false) { name throws(EscaleError) in
            for line in try client.delete("/images/\(name)", [("force", force ? "1" : "0")]).array ?? [] {
                if let tag = line["Untagged"].string { Output.out("Untagged: \(tag)\n") }
                if let id = line["Deleted"].string { Output.out("Deleted: \(id)\n") }
            }
        }
    }
}

struct RemoveImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rmi", abstract: "Retire des images.")
    @OptionGroup var options: RemoveImageOptions
    func run() throws { try options.remove() }
}

struct RemoveImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Retire des images.")
    @OptionGroup var options: RemoveImageOptions
    func run() throws { try options.remove() }
}

struct TagCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tag", abstract: "Donne un nom de plus à une image.")
    @Argument var source: String
    @Argument var target: String

    func run() throws {
        // The tag is what follows the last colon, unless that is a registry's port.
        let slash = target.lastIndex(of: "/") ?? target.startIndex
        let colon = target[slash...].lastIndex(of: ":")
        let repository = colon.map { String(target[..<$0]) } ?? target
        let tag = colon.map { String(target[target.index(after: $0)...]) } ?? "latest"
        try DockerClient().post("/images/\(source)/tag", [("repo", repository), ("tag", tag)])
    }
}

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Montre les couches d’une image, et ce qui les a faites.")
    @Flag(name: .customLong("no-trunc"), help: "Sans rien abréger.") var noTrunc = false
    @Flag(name: .shortAndLong, help: "Identifiants seulement.") var quiet = false
    @Option(name: .long, help: "json, table, ou un modèle.") var format: String?
    @Argument var image: String

    func run() throws {
        let rows: [JSON] = (try DockerClient().get("/images/\(image)/history").array ?? []).map { entry in
            var by = entry["CreatedBy"].string ?? ""
            if !noTrunc, by.count > 45 { by = by.prefix(44) + "…" }
            let id = entry["Id"].string ?? "<missing>"
            return [
                "ID": .string(noTrunc || id == "<missing>" ? id : shortID(id)),
                "CreatedSince": .string(ago(Int64(entry["Created"].int ?? 0))), "CreatedBy": .string(by),
                "Size": .string(Units.size(Int64(entry["Size"].int ?? 0))), "Comment": entry["Comment"]
            ]
        }
        if quiet { return Output.out(rows.map { ($0["ID"].string ?? "") + "\n" }.joined()) }
        let columns = [
            ("IMAGE", "ID"), ("CREATED", "CreatedSince"), ("CREATED BY", "CreatedBy"), ("SIZE", "Size"),
            ("COMMENT", "Comment")
        ]
        Output.out(
            try RowFormat(columns: columns.map { (header: $0.0, key: $0.1) }, spared: ["COMMENT", "CREATED"])
                .render(rows, format: format))
    }
}
