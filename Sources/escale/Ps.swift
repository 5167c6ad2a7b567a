import ArgumentParser
import DockerClient
import Support

struct PsOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Même ceux qui sont arrêtés.") var all = false
    @Flag(name: .shortAndLong, help: "Identifiants seulement.") var quiet = false
    @Flag(name: .shortAndLong, help: "Le plus récent.") var latest = false
    @Option(name: [.customShort("n"), .long], help: "Les N plus récents.") var last: Int?
    @Flag(name: .shortAndLong, help: "Avec les tailles.") var size = false
    @Flag(name: .customLong("no-trunc"), help: "Sans rien abréger.") var noTrunc = false
    @Option(name: [.customShort("f"), .long], help: "status=, name=, label=, id=, ancestor=") var filter:
        [String] = []
    @Option(name: .long, help: "json, table, ou un modèle.") var format: String?

    func print() throws {
        var query = [("all", all ? "1" : "0"), ("size", size ? "1" : "0")] + (try filterQuery(filter))
        if let limit = latest ? 1 : last { query.append(("limit", "\(limit)")) }
        let containers = try DockerClient().get("/containers/json", query).array ?? []
        let rows = containers.map { PsRow.make($0, truncate: !noTrunc) }
        if quiet { return Output.out(rows.map { ($0["ID"].string ?? "") + "\n" }.joined()) }
        var columns = [
            ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("CREATED", "RunningFor"),
            ("STATUS", "Status"), ("PORTS", "Ports"), ("NAMES", "Names")
        ]
        if size { columns.append(("SIZE", "Size")) }
        // STATUS tells the age too; PORTS are often empty.
        let format = RowFormat(
            columns: columns.map { (header: $0.0, key: $0.1) },
            spared: ["CREATED"] + (rows.allSatisfy { $0["Ports"].string == "" } ? ["PORTS"] : []))
        Output.out(try format.render(rows, format: self.format))
    }
}

struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ps", abstract: "Liste les conteneurs.")
    @OptionGroup var options: PsOptions
    func run() throws { try options.print() }
}

struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Liste les conteneurs.", aliases: ["list", "ps"])
    @OptionGroup var options: PsOptions
    func run() throws { try options.print() }
}

enum PsRow {
    /// The API's summary as template fields, as `docker ps --format` has them.
    static func make(_ c: JSON, truncate: Bool) -> JSON {
        let id = c["Id"].string ?? ""
        var command = c["Command"].string ?? ""
        if truncate, command.count > 20 { command = command.prefix(19) + "…" }
        let created = Int64(c["Created"].int ?? 0)
        let names = (c["Names"].array ?? []).compactMap(\.string).map {
            $0.hasPrefix("/") ? String($0.dropFirst()) : $0
        }
        let labels = (c["Labels"].object?.members ?? []).map { "\($0.key)=\($0.value.string ?? "")" }
        let networks = (c["NetworkSettings"]["Networks"].object?.members ?? []).map(\.key)
        return [
            "ID": .string(truncate ? shortID(id) : id), "Image": c["Image"],
            "Command": .string("\"\(command)\""),
            "CreatedAt": .string(Timestamp(nanoseconds: created * 1_000_000_000).rfc3339),
            "RunningFor": .string(ago(created)), "Status": c["Status"], "State": c["State"],
            "Ports": .string(ports(c["Ports"].array ?? [])), "Names": .string(names.joined(separator: ",")),
            "Labels": .string(labels.joined(separator: ",")),
            "Networks": .string(networks.joined(separator: ",")),
            "Mounts": .string(
                (c["Mounts"].array ?? []).compactMap { $0["Source"].string }.joined(separator: ",")),
            "Size": .string(size(c))
        ]
    }

    private static func size(_ c: JSON) -> String {
        guard let written = c["SizeRw"].int ?? (c["SizeRootFs"].int != nil ? 0 : nil) else { return "" }
        return "\(Units.size(Int64(written))) (virtual \(Units.size(Int64(c["SizeRootFs"].int ?? 0))))"
    }

    /// `0.0.0.0:8080->80/tcp, 443/tcp`.
    static func ports(_ ports: [JSON]) -> String {
        ports.map { p in
            let inside = "\(p["PrivatePort"].int ?? 0)/\(p["Type"].string ?? "tcp")"
            guard let outside = p["PublicPort"].int else { return inside }
            let ip = p["IP"].string ?? "0.0.0.0"
            return "\(ip.contains(":") ? "[\(ip)]" : ip):\(outside)->\(inside)"
        }.joined(separator: ", ")
    }
}
