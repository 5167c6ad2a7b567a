import ArgumentParser
import DockerClient
import Support

/// `escale builder VERB…`, as `docker builder`.
struct BuilderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builder", abstract: "Les verbes sur la construction et son cache.",
        subcommands: [BuildCommand.self, PruneBuilderCommand.self])
}

struct PruneBuilderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Vide le cache de construction.")
    @Flag(name: .shortAndLong, help: "Aussi ce dont des images se servent.") var all = false
    @Flag(name: .shortAndLong, help: "Sans demander.") var force = false
    @Option(name: .customLong("keep-storage"), help: "Garde autant d’octets des plus récents.") var keep:
        String?
    @Option(name: .long, help: "until=24h, id=…") var filter: [String] = []

    func run() throws {
        var query = [("all", all ? "1" : "0")] + (try filterQuery(filter))
        if let keep { query.append(("keep-storage", "\(try Units.bytes(keep))")) }
        let result = try DockerClient().post("/build/prune", query)
        for id in result["CachesDeleted"].array ?? [] { Output.out("\(id.string?.prefix(25) ?? "")\n") }
        Output.out("Total reclaimed space: \(Units.size(Int64(result["SpaceReclaimed"].int ?? 0)))\n")
    }
}
