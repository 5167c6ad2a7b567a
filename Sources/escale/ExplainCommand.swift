import ArgumentParser
import DockerClient
import Measure
import Support

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Montre, pas à pas, ce que fait le noyau.",
        subcommands: [ExplainRun.self, ExplainBuild.self, ExplainImage.self])
}

struct ExplainRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Démarre un conteneur et montre chaque étape du départ, avec sa durée.",
        usage: "escale explain run [--json] IMAGE [COMMANDE…]")
    @Flag(name: .long, help: "En JSON.") var json = false
    @Argument(parsing: .captureForPassthrough, help: "IMAGE [COMMANDE]") var words: [String]

    func run() throws {
        if ["--help", "-h"].contains(words.first) { throw CleanExit.helpRequest(ExplainRun.self) }
        guard let image = words.first, !image.hasPrefix("-") else {
            throw ValidationError("unknown flag: \(words[0])")
        }
        let explained = try Explain.run(
            client: DockerClient(), image: image, command: Array(words.dropFirst()))
        Output.out(json ? explained.json.text(pretty: true) + "\n" : explained.text(.terminal))
    }
}
