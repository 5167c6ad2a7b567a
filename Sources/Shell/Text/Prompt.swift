/// What the prompt shows.
package struct Prompt: Equatable, Sendable {
    package var lab: String?
    /// Rank of the step and how many there are.
    package var step: (number: Int, count: Int)?
    package var points: (earned: Int, total: Int)?
    package var isSolved = false
    /// The folder, when bash is not in the workspace.
    package var folder: String?
    package var status: Int32 = 0
    /// `docker` is not ours.
    package var foreignEngine = false

    package init() {}

    package static func == (a: Prompt, b: Prompt) -> Bool {
        a.lab == b.lab && a.step?.number == b.step?.number && a.step?.count == b.step?.count
            && a.points?.earned == b.points?.earned && a.points?.total == b.points?.total
            && a.isSolved == b.isSolved && a.folder == b.folder && a.status == b.status
            && a.foreignEngine == b.foreignEngine
    }

    /// `conteneurs-vs-vm 2/11 · 20/110 pts ❯ `. Colours are between the marks by which readline knows
    /// what takes no room.
    package func text(_ style: Style) -> String {
        func paint(_ text: String, _ code: String) -> String {
            style.hasColour ? "\u{01}\u{1B}[\(code)m\u{02}\(text)\u{01}\u{1B}[0m\u{02}" : text
        }
        let dot = style.isUTF8 ? "·" : "-"
        var parts: [String] = []
        if let lab {
            parts.append(paint(Width.cut(lab, to: 30), "1;34"))
            if let step {
                let tick = isSolved ? (style.isUTF8 ? "✔" : "+") : ""
                parts.append(paint("\(step.number)/\(step.count)\(tick)", isSolved ? "32" : "33"))
            }
            // A narrow terminal keeps its columns for what is typed.
            if let points, style.width >= 60 {
                parts.append(paint("\(dot) \(points.earned)/\(points.total) pts", "2"))
            }
        } else {
            parts.append(paint("escale", "1;34"))
        }
        if foreignEngine { parts.append(paint("[moteur docker]", "35")) }
        if let folder { parts.append(paint(shortened(folder, style), "36")) }
        if status != 0 { parts.append(paint("[\(status)]", "31")) }
        return parts.joined(separator: " ") + " " + (style.isUTF8 ? "❯" : ">") + " "
    }

    /// Puts the prompt at the beginning of a line whatever was left on the last one (`printf x`, the
    /// `^C` that a terminal echoes): a mark where something is, then spaces up to the edge. At the
    /// beginning of a line these stay on it and are wiped; anywhere else they reach the next.
    package static func freshLine(_ style: Style, columns: Int) -> String {
        guard style.canErase, columns > 1 else { return "" }
        return style.dim(style.isUTF8 ? "⏎" : "%") + String(repeating: " ", count: columns - 1)
            + "\r\u{1B}[K"
    }

    private func shortened(_ path: String, _ style: Style) -> String {
        guard path.count > 24 else { return path }
        return (style.isUTF8 ? "…" : "...") + path.suffix(22)
    }
}
