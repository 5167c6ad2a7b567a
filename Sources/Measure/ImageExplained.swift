import Images
import Support

/// `escale explain image`: an image's story for people, programs and browsers.
public struct ImageExplained: Sendable {
    let name: String
    let story: ImageStory

    public init(name: String, story: ImageStory) {
        self.name = name
        self.story = story
    }

    /// Paths shown of each kind before « et n autres ».
    private static let shown = 8

    public var json: JSON {
        func changes(_ list: [ImageStory.Change]) -> JSON {
            .array(list.map { ["path": .string($0.path), "size": .int($0.size)] })
        }
        return [
            "image": .string(name), "total": .int(story.total), "wasted": .int(story.wasted),
            "waste": changes(story.waste),
            "layers": .array(
                story.layers.map { layer in
                    [
                        "diffID": .string(layer.diffID.description), "createdBy": .string(layer.createdBy),
                        "compressed": .int(layer.compressed), "bytes": .int(layer.bytes),
                        "added": changes(layer.added), "changed": changes(layer.changed),
                        "hidden": changes(layer.hidden)
                    ]
                })
        ]
    }

    // MARK: Terminal

    /// A tree, the bottom layer first, in lines of `style.width` columns at most.
    public func text(_ style: Style) -> String {
        var out =
            style.paint(name, "1") + " — \(count(story.layers.count, "couche")), \(Units.size(story.total))\n"
        for (i, layer) in story.layers.enumerated() {
            let isLast = i == story.layers.count - 1
            let (first, rest) =
                style.unicode ? (isLast ? "└─ " : "├─ ", isLast ? "   " : "│  ") : ("+- ", "|  ")
            let sizes = "\(Units.size(layer.bytes)) (\(Units.size(layer.compressed)) compressée)"
            out += first + style.paint("couche \(i + 1)", "1") + " \(layer.diffID.short)  \(sizes)\n"
            if !layer.createdBy.isEmpty { out += rest + cut(layer.createdBy, style.width - 3) + "\n" }
            for (mark, color, verb, list) in [
                ("+", "32", "ajouté", layer.added), ("~", "33", "changé", layer.changed),
                ("-", "31", "caché", layer.hidden)
            ] where !list.isEmpty {
                out += rest + style.paint("\(mark) \(count(list.count, verb))", color) + "\n"
                for change in largest(list) {
                    let size = Units.size(change.size)
                    let room = style.width - 3 - 4 - size.count - 2
                    out += "\(rest)    \(size)  \(cut(change.path, room))\n"
                }
                if list.count > Self.shown {
                    out += "\(rest)    et \(count(list.count - Self.shown, "autre"))\n"
                }
            }
        }
        out +=
            "\n" + style.paint("Octets perdus : \(Units.size(story.wasted))", story.wasted > 0 ? "33" : "32")
        out += share.isEmpty ? "\n" : " (\(share))\n"
        out += wrap(lesson, style.width)
        for change in story.waste.prefix(Self.shown) {
            let size = Units.size(change.size)
            out += "  \(size)  \(cut(change.path, style.width - size.count - 4))\n"
        }
        return typeset(out)
    }

    private var share: String {
        guard story.total > 0, story.wasted > 0 else { return "" }
        return "\(Units.fixed(Double(story.wasted) / Double(story.total) * 100, 1)) % de l’image"
    }

    private var lesson: String {
        story.wasted == 0
            ? "Aucune couche ne remplace ni ne cache de fichier d’une autre : rien n’est transporté pour rien."
            : "Ces fichiers sont dans une couche, puis remplacés ou cachés par une couche plus haute : ils ne se voient plus, mais chaque pull les télécharge. Créez et supprimez dans la même étape, ou copiez le résultat depuis une autre étape (multi-stage)."
    }

    private func largest(_ list: [ImageStory.Change]) -> [ImageStory.Change] {
        Array(list.sorted { ($1.size, $0.path) < ($0.size, $1.path) }.prefix(Self.shown))
    }

    private func count(_ n: Int, _ noun: String) -> String { "\(n) \(noun)\(n > 1 ? "s" : "")" }

    /// The end matters more in a path, the beginning in a command: both keep theirs.
    private func cut(_ text: String, _ room: Int) -> String {
        let line = text.replacing("\n", with: " ")
        guard line.count > room, room > 1 else { return line }
        return line.hasPrefix("/") ? "…" + line.suffix(room - 1) : line.prefix(room - 1) + "…"
    }
}
