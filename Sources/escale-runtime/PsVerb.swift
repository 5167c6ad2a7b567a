import Linux
import Runtime
import Support

/// `ps [--format table|json] ID [ps options]`: the processes in a container.
enum PsVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var format = "table"
        var arguments = Arguments(words)
        var id: String?
        var options: [String] = []
        while let word = arguments.next() {
            switch word {
            case .flag("format", let v), .flag("f", let v): format = try arguments.format(v)
            case .flag(let name, _): throw Arguments.unknown(name)
            case .word(let text):
                id = text
                options = arguments.remaining()
            }
        }
        guard let id else { throw EscaleError(.invalid, "ps: \"<container-id>\" is required") }
        let pids = try global.store.processes(id)
        if format == "json" {
            Output.out(JSON.array(pids.map { .int(Int64($0)) }).text() + "\n")
            return 0
        }
        let result = try Spawn.run("ps", options.isEmpty ? ["-ef"] : options)
        let lines = result.text.split(separator: "\n")
        guard result.status == 0, let header = lines.first else {
            throw EscaleError(.unavailable, "ps: \(result.errorText)")
        }
        let titles = header.split(separator: " ")
        guard let column = titles.firstIndex(of: "PID") else {
            throw EscaleError(.invalid, "couldn't find PID field in ps output")
        }
        let wanted = Set(pids)
        Output.out(header + "\n")
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ")
            if fields.count > column, let pid = Int32(fields[column]), wanted.contains(pid) {
                Output.out(line + "\n")
            }
        }
        return 0
    }
}
