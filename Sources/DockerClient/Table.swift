/// Columns as Docker prints them: each as wide as its widest cell, three spaces between.
public enum Table {
    /// The same in a width: first the columns that can be spared go, in the order given, then the gaps
    /// narrow, then the column named last is cut.
    /// - Parameters:
    ///   - width: columns of the terminal; nil leaves everything as it is.
    ///   - spared: headers that may go.
    ///   - cut: the header whose cells may end with `…`, down to eight columns.
    public static func render(
        _ header: [String], _ rows: [[String]], width: Int?, spared: [String], cut: String
    ) -> String {
        var all = [header] + rows
        func widths() -> [Int] { all[0].indices.map { i in all.map { $0[i].count }.max() ?? 0 } }
        func total(_ gap: Int) -> Int { widths().reduce(0, +) + gap * (all[0].count - 1) }
        guard let width, total(3) > width else { return render(header, rows) }
        for name in spared where total(2) > width {
            guard let at = all[0].firstIndex(of: name) else { continue }
            for i in all.indices { all[i].remove(at: at) }
        }
        if let at = all[0].firstIndex(of: cut), total(2) > width {
            let room = max(8, widths()[at] - (total(2) - width))
            for i in all.indices where all[i][at].count > room {
                all[i][at] = all[i][at].prefix(room - 1) + "…"
            }
        }
        let columns = widths()
        return all.map { row in
            var line = ""
            for (cell, column) in zip(row, columns) {
                line += cell + String(repeating: " ", count: column - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    public static func render(_ header: [String], _ rows: [[String]]) -> String {
        let all = [header] + rows
        let widths = header.indices.map { i in all.map { $0[i].count }.max() ?? 0 }
        return all.map { row in
            var line = ""
            for (i, cell) in row.enumerated() {
                line += cell
                if i < row.count - 1 { line += String(repeating: " ", count: widths[i] - cell.count + 3) }
            }
            return line + "\n"
        }.joined()
    }
}
