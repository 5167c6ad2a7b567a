import Support

extension ComparisonReport {
    /// One self-contained page: no script, no network, plots in SVG.
    public var html: String { typeset(page) }

    private var page: String {
        """
        <!doctype html>
        <html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Conteneurs et VM : mesures de \(escape(image))</title>
        <style>
        body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;color:#1c2733;background:#fff}
        h1{font-size:1.6rem;margin-bottom:.2rem}h2{font-size:1.15rem;margin:2rem 0 .3rem}
        .meta{color:#5b6b7b}.claim{color:#5b6b7b;margin:.2rem 0}
        .verdict{display:inline-block;padding:.05rem .6rem;border-radius:1rem;font-size:.85rem;color:#fff}
        .confirmed{background:#2b7a4b}.nuanced{background:#a86a00}.contradicted{background:#b3362b}
        svg{width:100%;height:auto;display:block}svg text{font:14px system-ui,sans-serif;fill:#1c2733}
        table{border-collapse:collapse;width:100%;font-size:.9rem}td,th{border-bottom:1px solid #d8dfe6;padding:.35rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
        @media(prefers-color-scheme:dark){body{background:#12181f;color:#dfe7ef}svg text{fill:#dfe7ef}td,th{border-color:#33404d}.meta,.claim{color:#9aa9b8}}
        </style></head><body>
        <h1>Hôte, conteneur, machine virtuelle</h1>
        <p class="meta">Image <b>\(escape(image))</b>, mesurée le \(date.rfc3339.prefix(10)) sur cette machine.
        Chaque valeur est une médiane ; <i>n</i> est le nombre de mesures. La VM tourne avec <b>\(accelerator)</b>\(acceleratorReason.map { " : " + escape($0) } ?? "").</p>
        \(rows.map(section).joined(separator: "\n"))
        <h2>Ce qui est partagé avec l’hôte</h2>
        <table><tr><th></th><th>Hôte</th><th>Conteneur</th><th>VM</th></tr>
        \(sharing.map(sharingRow).joined(separator: "\n"))
        </table></body></html>

        """
    }

    private func section(_ row: ComparisonRow) -> String {
        """
        <h2>\(escape(row.title))</h2>
        \(row.id == "kernel" ? kernels : plot(row))
        <p class="claim">Le cours : « \(escape(row.claim)) »</p>
        <p><span class="verdict \(row.verdict.rawValue)">\(row.verdict.french)</span> \(escape(row.why))</p>
        """
    }

    private var kernels: String {
        let cells = sharing.prefix(2).map(sharingRow).joined()
        return
            "<table><tr><th></th><th>Hôte</th><th>Conteneur</th><th>VM (\(accelerator))</th></tr>\(cells)</table>"
    }

    private func plot(_ row: ComparisonRow) -> String {
        let sides = Side.allCases.filter { row.figures[$0] != nil }
        let largest = max(row.figures.values.map(\.median).max() ?? 1, .leastNonzeroMagnitude)
        let colors: [Side: String] = [.host: "#2f7fb8", .container: "#2b9a66", .vm: "#8a5cc2"]
        var y = 4
        var bars = ""
        for side in sides {
            guard let figure = row.figures[side] else { continue }
            let width = max(2, figure.median / largest * 480)
            let label = side == .vm ? "VM (\(accelerator))" : side.french
            bars += """
                <text x="0" y="\(y + 17)">\(label)</text>\
                <rect x="100" y="\(y)" width="\(Units.fixed(width, 1))" height="24" rx="3" fill="\(colors[side] ?? "#888")"/>\
                <text x="\(Units.fixed(108 + width, 1))" y="\(y + 17)">\(figure.text) (n = \(figure.n))</text>
                """
            y += 32
        }
        let summary = sides.map { "\($0.french) \(row.figures[$0]?.text ?? "")" }.joined(separator: ", ")
        return
            "<svg viewBox=\"0 0 740 \(y)\" role=\"img\" aria-label=\"\(escape(row.title)) : \(summary)\">\(bars)</svg>"
    }

    private func sharingRow(_ item: Sharing) -> String {
        let cells = [item.what, item.host, item.container, item.vm].map { "<td>\(escape($0))</td>" }.joined()
        return "<tr>\(cells)</tr>"
    }

    private func escape(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
