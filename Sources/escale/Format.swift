import DockerClient
import Glibc
import Support

/// `--format`: `json`, `table TEMPLATE`, or a Go template for each row.
struct RowFormat {
    let columns: [(header: String, key: String)]
    /// Headers of columns that a narrow terminal does without.
    var spared: [String] = []

    /// - Parameters:
    ///   - rows: each object's members by the names that templates use (`.ID`, `.Names`, ...).
    ///   - headers: what a `table` template shows above each field.
    func render(_ rows: [JSON], format: String?, headers: [String: String] = [:]) throws(EscaleError)
        -> String
    {
        guard let format, format != "table" else {
            // As Docker prints it, but for what a terminal has no room for.
            return Table.render(
                columns.map(\.header), rows.map { row in columns.map { row[$0.key].string ?? "" } },
                width: isatty(1) == 1 ? Terminal.size?.width : nil, spared: spared, cut: "COMMAND")
        }
        if format == "json" { return rows.map { $0.text() + "\n" }.joined() }
        if format.hasPrefix("table ") {
            let source = String(format.dropFirst(6)).replacing("\\t", with: "\t")
            let template = try GoTemplate(source)
            let titles = JSON.object(JSONObject(columns.map { ($0.key, .string($0.header)) }))
            let lines = try ([titles] + rows).map { row throws(EscaleError) in
                try template.render(row).split(separator: "\t", omittingEmptySubsequences: false).map(
                    String.init)
            }
            return Table.render(lines[0], Array(lines.dropFirst()))
        }
        let template = try GoTemplate(format.replacing("\\t", with: "\t").replacing("\\n", with: "\n"))
        return try rows.map { row throws(EscaleError) in try template.render(row) + "\n" }.joined()
    }
}

/// The short form of an id: 12 characters, without `sha256:`.
func shortID(_ id: String) -> String {
    String((id.hasPrefix("sha256:") ? id.dropFirst(7) : Substring(id)).prefix(12))
}

/// `3 minutes ago`, for a moment in seconds since 1970.
func ago(_ seconds: Int64) -> String { Units.duration(max(0, Timestamp.now.seconds - seconds)) + " ago" }

/// `--filter key=value` as the API takes them: `{"key":["value"]}`.
func filterQuery(_ filters: [String]) throws(EscaleError) -> [(String, String)] {
    if filters.isEmpty { return [] }
    var all = JSONObject()
    for filter in filters {
        guard let equal = filter.firstIndex(of: "=") else {
            throw EscaleError(.invalid, "invalid filter '\(filter)'", repair: "--filter status=running")
        }
        let key = String(filter[..<equal])
        let value = String(filter[filter.index(after: equal)...])
        all[key] = .array((all[key]?.array ?? []) + [.string(value)])
    }
    return [("filters", JSON.object(all).text())]
}
