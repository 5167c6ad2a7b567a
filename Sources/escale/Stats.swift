import ArgumentParser
import DockerClient
import Glibc
import Linux
import Support

struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Montre les processus d’un conteneur.",
        usage: "escale top CONTENEUR [OPTIONS DE ps]")
    @Argument(parsing: .captureForPassthrough, help: "CONTENEUR [options de ps]") var words: [String]

    func run() throws {
        if words.first == "--help" { throw CleanExit.helpRequest(TopCommand.self) }
        let query = words.count > 1 ? [("ps_args", words.dropFirst().joined(separator: " "))] : []
        let answer = try DockerClient().get(container(words[0], "top"), query)
        let cells: (JSON) -> [String] = { ($0.array ?? []).map { $0.string ?? "" } }
        Output.out(Table.render(cells(answer["Titles"]), (answer["Processes"].array ?? []).map(cells)))
    }
}

struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port", abstract: "Montre les ports publiés d’un conteneur.")
    @Argument var name: String
    @Argument var port: String?

    func run() throws {
        let ports =
            try DockerClient().get(container(name, "json"))["NetworkSettings"]["Ports"].object?.members ?? []
        let wanted = port.map { $0.contains("/") ? $0 : $0 + "/tcp" }
        var shown = false
        for (key, bindings) in ports where wanted == nil || wanted == key {
            for binding in bindings.array ?? [] {
                let ip = binding["HostIp"].string ?? "0.0.0.0"
                let address = "\(ip.contains(":") ? "[\(ip)]" : ip):\(binding["HostPort"].string ?? "")"
                Output.out(wanted == nil ? "\(key) -> \(address)\n" : address + "\n")
                shown = true
            }
        }
        if let port, !shown {
            throw EscaleError(.notFound, "Error: No public port '\(port)' published for \(name)")
        }
    }
}

struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Processeur, mémoire et processus, en direct.")
    @Flag(name: .customLong("no-stream"), help: "Une seule fois.") var noStream = false
    @Flag(name: .shortAndLong, help: "Même ceux qui sont arrêtés.") var all = false
    @Flag(name: .customLong("no-trunc"), help: "Sans rien abréger.") var noTrunc = false
    @Option(name: .long, help: "json, table, ou un modèle.") var format: String?
    @Argument var containers: [String] = []

    func run() throws {
        let client = DockerClient()
        let live = isatty(1) == 1 && !noStream
        let format = RowFormat(
            columns: [
                ("CONTAINER ID", "ID"), ("NAME", "Name"), ("CPU %", "CPUPerc"),
                ("MEM USAGE / LIMIT", "MemUsage"),
                ("MEM %", "MemPerc"), ("NET I/O", "NetIO"), ("BLOCK I/O", "BlockIO"), ("PIDS", "PIDs")
            ].map { (header: $0.0, key: $0.1) })
        while true {
            let names =
                try containers.isEmpty
                ? (client.get("/containers/json", [("all", all ? "1" : "0")]).array ?? []).compactMap {
                    $0["Id"].string
                }
                : containers
            var rows: [JSON] = []
            for name in names {
                do {
                    let stats = try client.get(container(name, "stats"), [("stream", "0")])
                    rows.append(StatsRow.make(stats, truncate: !noTrunc))
                } catch {
                    // One that ends meanwhile drops out of a list of all, but not out of a list by name.
                    if !containers.isEmpty || error.code != .notFound { throw error }
                }
            }
            let text = try format.render(rows, format: self.format)
            Output.out(live ? "\u{1B}[H\u{1B}[2J" + text : text)
            if noStream { return }
            if names.isEmpty { sleep(1) }
        }
    }
}

enum StatsRow {
    /// The arithmetic of Docker's client: CPU time over the host's, memory without the file cache.
    static func make(_ s: JSON, truncate: Bool) -> JSON {
        let (cpu, before) = (s["cpu_stats"], s["precpu_stats"])
        func total(_ c: JSON) -> Double { c["cpu_usage"]["total_usage"].double ?? 0 }
        let used = total(cpu) - total(before)
        let system = (cpu["system_cpu_usage"].double ?? 0) - (before["system_cpu_usage"].double ?? 0)
        let cores = cpu["online_cpus"].double ?? 1
        let percent = system > 0 && used > 0 ? used / system * cores * 100 : 0
        let memory = s["memory_stats"]
        let cache =
            memory["stats"]["total_inactive_file"].double ?? memory["stats"]["inactive_file"].double ?? 0
        let usage = max(0, (memory["usage"].double ?? 0) - cache)
        let limit = memory["limit"].double ?? 0
        var net = (0.0, 0.0)
        for (_, n) in s["networks"].object?.members ?? [] {
            net.0 += n["rx_bytes"].double ?? 0
            net.1 += n["tx_bytes"].double ?? 0
        }
        var io = (0.0, 0.0)
        for entry in s["blkio_stats"]["io_service_bytes_recursive"].array ?? [] {
            if entry["op"].string?.lowercased() == "read" { io.0 += entry["value"].double ?? 0 }
            if entry["op"].string?.lowercased() == "write" { io.1 += entry["value"].double ?? 0 }
        }
        let name = s["name"].string ?? ""
        let id = s["id"].string ?? ""
        return [
            "ID": .string(truncate ? shortID(id) : id), "Container": .string(id),
            "Name": .string(name.hasPrefix("/") ? String(name.dropFirst()) : name),
            "CPUPerc": .string(Units.fixed(percent, 2) + "%"),
            "MemUsage": .string("\(Units.binarySize(Int64(usage))) / \(Units.binarySize(Int64(limit)))"),
            "MemPerc": .string(Units.fixed(limit > 0 ? usage / limit * 100 : 0, 2) + "%"),
            "NetIO": .string("\(Units.size(Int64(net.0))) / \(Units.size(Int64(net.1)))"),
            "BlockIO": .string("\(Units.size(Int64(io.0))) / \(Units.size(Int64(io.1)))"),
            "PIDs": .string("\(s["pids_stats"]["current"].int ?? 0)")
        ]
    }
}
