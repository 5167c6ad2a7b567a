import Labs

/// The words of the course.
enum GlossaryScreen {
    /// All terms, in columns.
    static func list(_ terms: [String], _ style: Style) -> String {
        let terms = terms.sorted { Fold.key($0) < Fold.key($1) }
        let width = (terms.map { Width.of($0) }.max() ?? 1) + 2
        let columns = max(1, (style.width - 2) / width)
        let rows = (terms.count + columns - 1) / columns
        var out = "\n"
        for row in 0..<rows {
            var line = "  "
            for column in 0..<columns {
                let i = column * rows + row
                if i < terms.count { line += Width.pad(terms[i], to: width) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            out += line + "\n"
        }
        return out + "\n" + Markdown.render(French.set("`glossaire TERME` donne une définition."), style)
    }

    static func entry(_ entry: Glossary.Entry, _ style: Style) -> String {
        var out = "\n" + style.paint(entry.term, .bold, .blue) + "\n"
        out += Markdown.render(French.set(entry.definition), style)
        if !entry.see.isEmpty {
            out +=
                style.dim(
                    Wrap.text(
                        French.set("Voir aussi : \(entry.see.joined(separator: ", "))"), width: style.width
                    ).trimmingNewline) + "\n"
        }
        if !entry.course.isEmpty { out += style.dim(French.set("Cours : \(entry.course)")) + "\n" }
        return out
    }
}
