import Runtime
import Support

/// `list [--format table|json] [--quiet]`.
enum ListVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var format = "table"
        var quiet = false
        var arguments = Arguments(words)
        while let word = arguments.next() {
            switch word {
            case .flag("format", let v), .flag("f", let v): format = try arguments.format(v)
            case .flag("quiet", let v), .flag("q", let v): quiet = try Arguments.isOn("quiet", v)
            case .flag(let name, _): throw Arguments.unknown(name)
            case .word(let text): throw EscaleError(.invalid, "list: unexpected argument \"\(text)\"")
            }
        }
        let all = try global.store.list()
        if quiet {
            Output.out(all.map { $0.id + "\n" }.joined())
        } else if format == "json" {
            Output.out(JSON.array(all.map(describe)).text() + "\n")
        } else {
            let rows =
                [["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]]
                + all.map { row in
                    let state = row.state()
                    return [
                        row.id, "\(state.pid ?? 0)", state.status.rawValue, row.bundle, row.created,
                        "\(row.owner)"
                    ]
                }
            Output.out(table(rows))
        }
        return 0
    }

    private static func describe(_ stored: StoredState) -> JSON {
        let state = stored.state()
        return [
            "ociVersion": .string(state.ociVersion), "id": .string(stored.id),
            "pid": .int(Int64(state.pid ?? 0)),
            "status": .string(state.status.rawValue), "bundle": .string(stored.bundle),
            "created": .string(stored.created), "owner": .string("\(stored.owner)")
        ]
    }

    static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { i in rows.map { $0[i].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width + 4 - cell.count)
            }
            return cells.joined() + "\n"
        }.joined()
    }
}
