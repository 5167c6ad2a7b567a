/// A table in a text file: Markdown (`| a | b |`) or separated by `;`, tab or `,`.
enum TextTable {
    /// The cell of a row (by its first cell) and a column (by title, or by rank from 1).
    static func cell(row: String, column: String, in text: String) -> Result<String, Unread> {
        let rows = rows(text)
        guard let header = rows.first else { return .failure(Unread("le tableau est vide")) }
        guard let line = rows.first(where: { $0.first.map(plain) == plain(row) }) else {
            return .failure(
                Unread(
                    "il n’y a pas de ligne « \(row) »",
                    help: "Ajoutez au tableau une ligne dont la première case est « \(row) »."))
        }
        guard let i = Int(column).map({ $0 - 1 }) ?? header.firstIndex(where: { plain($0) == plain(column) })
        else {
            return .failure(
                Unread(
                    "il n’y a pas de colonne « \(column) »",
                    help: "Titres présents : \(header.joined(separator: ", "))."))
        }
        guard line.indices.contains(i), !line[i].isEmpty else {
            return .failure(Unread("la case « \(row) » / « \(column) » est vide", help: "Remplissez-la."))
        }
        return .success(line[i])
    }

    static func rows(_ text: String) -> [[String]] {
        let lines = text.split(whereSeparator: \.isNewline).map { Extraction.trimmed(String($0)) }
        if lines.contains(where: { $0.hasPrefix("|") }) {
            return lines.filter { $0.hasPrefix("|") }.map { line in
                var cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst()
                if line.hasSuffix("|") { cells = cells.dropLast() }
                return cells.map { Extraction.trimmed(String($0)) }
            }.filter { row in !row.allSatisfy { cell in cell.allSatisfy { "-: ".contains($0) } } }
        }
        let separator = [Character(";"), "\t", ","].first { c in lines.first?.contains(c) == true } ?? ";"
        return lines.filter { !$0.hasPrefix("#") }.map { line in
            line.split(separator: separator, omittingEmptySubsequences: false).map {
                Extraction.trimmed(String($0))
            }
        }
    }

    /// Without Markdown emphasis and case: what people mean by a title.
    private static func plain(_ text: String) -> String {
        Extraction.trimmed(text.filter { !"*_`".contains($0) }).lowercased()
    }
}
