/// Tables drawn with lines, their cells wrapped so that the whole fits the width.
package enum DrawnTable {
    package static func render(header: [String], rows: [[String]], _ style: Style) -> String {
        let count = max(header.count, rows.map(\.count).max() ?? 0)
        guard count > 0 else { return "" }
        func full(_ row: [String]) -> [String] { row + Array(repeating: "", count: count - row.count) }
        let all = ([header] + rows).map(full)
        let widths = columns(all, count: count, available: style.width - 3 * (count - 1) - 2)
        let bar = style.dim(style.isUTF8 ? "│" : "|")
        var out = ""
        for (i, row) in all.enumerated() {
            let cells = row.enumerated().map { Wrap.lines($1, width: widths[$0]) }
            for line in 0..<(cells.map(\.count).max() ?? 1) {
                let parts = cells.enumerated().map { column, lines in
                    let text = line < lines.count ? lines[line] : ""
                    return Width.pad(i == 0 ? style.bold(text) : text, to: widths[column])
                }
                var drawn = " " + parts.joined(separator: " \(bar) ")
                while drawn.hasSuffix(" ") { drawn.removeLast() }
                out += drawn + "\n"
            }
            if i == 0 {
                let line = style.isUTF8 ? "─" : "-"
                let cross = style.isUTF8 ? "┼" : "+"
                let rule = widths.map { String(repeating: line, count: $0 + 2) }.joined(separator: cross)
                out += style.dim(rule) + "\n"
            }
        }
        return out
    }

    /// Each column as wide as its widest cell; the widest ones shrink until all fit, though not below
    /// their longest word while that can be helped.
    private static func columns(_ rows: [[String]], count: Int, available: Int) -> [Int] {
        var widths = Array(repeating: 1, count: count)
        var words = Array(repeating: 1, count: count)
        for row in rows {
            for (i, cell) in row.enumerated() {
                for line in cell.split(whereSeparator: \.isNewline) {
                    widths[i] = max(widths[i], Width.of(line))
                }
                for word in cell.split(whereSeparator: { $0 == " " || $0.isNewline }) {
                    words[i] = max(words[i], Width.of(word))
                }
            }
        }
        while widths.reduce(0, +) > available {
            let shrinkable = widths.indices.filter { widths[$0] > words[$0] }
            guard let widest = (shrinkable.max { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
        }
        return widths
    }
}
