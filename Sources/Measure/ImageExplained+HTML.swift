import Images
import Support

extension ImageExplained {
    /// One self-contained page: no script, no network, plots in SVG.
    public var html: String { typeset(page) }

    private var page: String {
        """
        <!doctype html>
        <html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Les couches de \(escape(name))</title>
        <style>
        body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
        h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin:2rem 0 .3rem}
        .meta{color:#5b6b7b}code{font-size:.9em;overflow-wrap:anywhere}
        svg{width:100%;height:auto;display:block}svg text{font:14px system-ui,sans-serif;fill:#1c2733}
        table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border-bottom:1px solid #d8dfe6;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        td:first-child,th:first-child,td:nth-child(2),th:nth-child(2){white-space:nowrap;overflow-wrap:normal}
        .a{color:#2b7a4b}.c{color:#a86a00}.h{color:#b3362b}
        @media(prefers-color-scheme:dark){body{background:#12181f;color:#dfe7ef}svg text{fill:#dfe7ef}td,th{border-color:#33404d}.meta{color:#9aa9b8}.a{color:#6cc792}.c{color:#e0a94a}.h{color:#ef7d72}}
        </style></head><body>
        <h1>Les couches de \(escape(name))</h1>
        <p class="meta">\(story.layers.count) couche\(story.layers.count > 1 ? "s" : ""), \(Units.size(story.total)) de fichiers, dont <b>\(Units.size(story.wasted))</b> que plus personne ne voit.</p>
        <h2>Taille de chaque couche</h2>
        \(plot(story.layers.enumerated().map { ("Couche \($0 + 1)", $1.bytes) }, "Taille de chaque couche"))
        <h2>Visible et perdu</h2>
        \(plot([("Visible", story.total - story.wasted), ("Perdu", story.wasted)], "Octets visibles et perdus"))
        \(table(story.waste.prefix(30).map { ("", "", $0) }))
        \(story.layers.enumerated().map(section).joined(separator: "\n"))
        </body></html>

        """
    }

    private func section(_ i: Int, _ layer: ImageStory.Layer) -> String {
        let kinds = [
            ("a", "ajouté", layer.added), ("c", "changé", layer.changed), ("h", "caché", layer.hidden)
        ]
        let rows = kinds.flatMap { kind in
            kind.2.sorted { ($1.size, $0.path) < ($0.size, $1.path) }.prefix(40).map { (kind.0, kind.1, $0) }
        }
        let counts = kinds.map { "\($0.2.count) \($0.1)\($0.2.count > 1 ? "s" : "")" }.joined(separator: ", ")
        return """
            <h2>Couche \(i + 1)</h2>
            <p><code>\(escape(layer.createdBy.isEmpty ? layer.diffID.description : layer.createdBy))</code></p>
            <p class="meta">\(Units.size(layer.bytes)) de fichiers, \(Units.size(layer.compressed)) compressée : \(counts).</p>
            \(table(rows))
            """
    }

    private func table(_ rows: [(String, String, ImageStory.Change)]) -> String {
        if rows.isEmpty { return "" }
        let lines = rows.map { kind, word, change in
            "<tr><td class=\"\(kind)\">\(word.isEmpty ? "perdu" : word)</td><td>\(Units.size(change.size))</td>"
                + "<td><code>\(escape(change.path))</code></td></tr>"
        }
        return
            "<table><tr><th></th><th>Taille</th><th>Chemin</th></tr>\(lines.joined(separator: "\n"))</table>"
    }

    private func plot(_ bars: [(String, Int64)], _ title: String) -> String {
        let largest = Double(max(bars.map(\.1).max() ?? 1, 1))
        var y = 4
        var out = ""
        for (label, bytes) in bars {
            let width = max(2, Double(bytes) / largest * 480)
            out += """
                <text x="0" y="\(y + 17)">\(label)</text>\
                <rect x="100" y="\(y)" width="\(Units.fixed(width, 1))" height="24" rx="3" fill="\(label == "Perdu" ? "#b3362b" : "#2f7fb8")"/>\
                <text x="\(Units.fixed(108 + width, 1))" y="\(y + 17)">\(Units.size(bytes))</text>
                """
            y += 32
        }
        let summary = bars.map { "\($0.0) \(Units.size($0.1))" }.joined(separator: ", ")
        return "<svg viewBox=\"0 0 740 \(y)\" role=\"img\" aria-label=\"\(title) : \(summary)\">\(out)</svg>"
    }

    private func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
