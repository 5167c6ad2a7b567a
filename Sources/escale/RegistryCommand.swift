import ArgumentParser
import Linux
import Registry
import Support

/// `escale registry VERB…`: a registry of one's own.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry", abstract: "Un registre d’images à soi.",
        subcommands: [RegistryServeCommand.self])
}

struct RegistryServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Sert un registre (OCI distribution-spec 1.1) jusqu’à ^C.")

    @Option(help: ArgumentHelp("Où écouter.", valueName: "hôte:port")) var addr = "127.0.0.1:5000"
    @OptionGroup var place: RegistryPlace

    func run() throws {
        let options = try RegistryServer.Options(address: addr, root: place.root)
        let root = place.root
        try RegistryServer.run(options) { url in
            Output.out("registry serving \(root) on \(url)\n")
        }
    }
}

/// Where a registry keeps its files.
struct RegistryPlace: ParsableArguments {
    @Option(name: .customLong("root"), help: ArgumentHelp("Dossier du registre.", valueName: "dossier"))
    var folder: String?

    var root: String { folder ?? "\(Kit.current.root)/registry" }
}
