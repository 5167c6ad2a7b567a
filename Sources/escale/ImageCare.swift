import ArgumentParser
import DockerClient
import Images
import Linux
import OCI
import Support

struct PruneImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Retire les images sans nom, ou toutes celles qui ne servent pas.")
    @Flag(name: .shortAndLong, help: "Aussi celles qui ont un nom mais aucun conteneur.") var all = false
    @Flag(name: .shortAndLong, help: "Sans demander.") var force = false

    func run() throws {
        if !force {
            Output.out(
                all
                    ? "Les images dont aucun conteneur ne se sert vont être retirées. Continuer\u{A0}? [o/N] "
                    : "Les images sans nom vont être retirées. Continuer\u{A0}? [o/N] ")
            guard let answer = readLine(), ["o", "O", "oui", "y", "Y", "yes"].contains(answer) else { return }
        }
        let filters: JSON = ["dangling": [all ? "false" : "true"]]
        let report = try DockerClient().post("/images/prune", [("filters", filters.text())])
        let removed = report["ImagesDeleted"].array ?? []
        if !removed.isEmpty { Output.out("Deleted Images:\n") }
        for line in removed {
            if let tag = line["Untagged"].string { Output.out("untagged: \(tag)\n") }
            if let id = line["Deleted"].string { Output.out("deleted: \(id)\n") }
        }
        Output.out(
            "\(removed.isEmpty ? "" : "\n")Total reclaimed space: \(Units.size(Int64(report["SpaceReclaimed"].int ?? 0)))\n"
        )
    }
}

struct VerifyImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Relit toutes les images et compare chaque empreinte.")
    @Flag(name: .long, help: "En JSON.") var json = false
    @Flag(
        name: .long,
        help: "Retire ce qui est abîmé, puis refait les images du jeu hors ligne et télécharge les autres.")
    var repair = false

    func run() throws {
        let store = ImageStore(kit: .current)
        var problems = try store.verify()
        if repair, !problems.isEmpty {
            try store.removeDamagedBlobs()
            for problem in problems { bringAgain(problem.object) }
            problems = try store.verify()
        }
        let blobs = try store.blobs.list()
        let bytes = blobs.reduce(Int64(0)) { $0 + (store.blobs.size($1) ?? 0) }
        if json {
            let report: JSON = [
                "blobs": JSON(blobs.count), "bytes": .int(bytes),
                "problems": .array(
                    problems.map { ["object": .string($0.object), "error": .string($0.error.message)] })
            ]
            Output.out(report.text(pretty: true) + "\n")
        } else {
            for problem in problems { Output.out("✗ \(problem.object)\u{A0}: \(problem.error.message)\n") }
            if problems.isEmpty {
                Output.out(
                    "✓ \(blobs.count) objets relus (\(Units.size(bytes))), toutes les empreintes sont justes.\n"
                )
            }
        }
        if !problems.isEmpty { throw Exit(status: 1) }
    }

    /// What can't be brought is told with the command that is left.
    private func bringAgain(_ name: String) {
        do throws(EscaleError) {
            guard let reference = try? Reference(name), reference.digest == nil, !name.hasPrefix("sha256:")
            else {
                throw EscaleError(.notFound, "image sans nom", repair: "escale rmi -f \(name)")
            }
            if (OfflineImages.names + OfflineImages.optional).contains(reference.familiar) {
                try OfflineImages.prepare(kit: .current)
            } else {
                try ImagePull.run(DockerClient(), reference, quiet: json, toErrors: true)
            }
            if !json { Output.err("Réparée\u{A0}: \(name)\n") }
        } catch {
            let repair = error.repair ?? "escale rmi -f \(name), puis escale build ou escale pull"
            Output.err("Non réparée\u{A0}: \(name)\u{A0}: \(error.message) (\(repair))\n")
        }
    }
}

struct ImageTreeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tree", abstract: "Montre quelles images partagent quelles couches.")

    func run() throws {
        let store = ImageStore(kit: .current)
        Output.out(ImageTree(try store.list(), size: { store.unpackedSize($0) }).text)
    }
}

/// Images as a forest: a layer under the layer that it lies on, images at the ends.
struct ImageTree {
    private final class Node {
        var children: [(diffID: String, node: Node)] = []
        var images: [Image] = []
    }

    private let root = Node()
    private var sizes: [String: Int64] = [:]

    init(_ images: [Image], size: (Digest) -> Int64?) {
        for image in images {
            var node = root
            for (layer, diffID) in zip(image.layers, image.diffIDs) {
                let key = diffID.hex
                sizes[key] = size(diffID) ?? layer.size
                if let known = node.children.first(where: { $0.diffID == key }) {
                    node = known.node
                } else {
                    let child = Node()
                    node.children.append((key, child))
                    node = child
                }
            }
            node.images.append(image)
        }
    }

    var text: String { root.children.map { lines($0, "", "").joined(separator: "\n") + "\n" }.joined() }

    private func lines(_ child: (diffID: String, node: Node), _ first: String, _ rest: String) -> [String] {
        var out = ["\(first)\(child.diffID.prefix(12))  \(Units.size(sizes[child.diffID] ?? 0))"]
        let images = child.node.images.map { image in
            image.names.isEmpty
                ? "<none> (\(image.id.short))" : image.names.map(\.familiar).joined(separator: ", ")
        }
        let count = images.count + child.node.children.count
        for (i, name) in images.enumerated() {
            out.append("\(rest)\(i == count - 1 ? "└─" : "├─") ● \(name)")
        }
        for (i, next) in child.node.children.enumerated() {
            let isLast = images.count + i == count - 1
            out += lines(next, "\(rest)\(isLast ? "└─" : "├─") ", "\(rest)\(isLast ? "   " : "│  ")")
        }
        return out
    }
}
