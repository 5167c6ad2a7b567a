import ArgumentParser
import Dockerfile
import Linux
import Support

/// `escale dockerfile check FILE`
struct DockerfileCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dockerfile", abstract: "Relit un Dockerfile sans le construire.",
        subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Dit ce qui peut être amélioré dans un Dockerfile, pourquoi, et comment l’écrire.")

        @ArgumentParser.Argument(help: "Le Dockerfile.") var file = "Dockerfile"
        @Flag(help: "Le même rapport en JSON.") var json = false

        func run() throws {
            do {
                let dockerfile = try Dockerfile(parsing: try Files.read(file), name: file)
                let ignore = try ignoreFile().map {
                    try IgnoreFile(parsing: try Files.read($0), name: $0)
                }
                let report = Checker.run(dockerfile, ignore: ignore)
                Output.out(json ? report.json.text(pretty: true) + "\n" : report.rendered())
                if report.isError { throw Exit(status: 1) }
            } catch let error as DockerfileError {
                Output.err(error.rendered(explained: true) + "\n")
                throw Exit(status: 1)
            }
        }

        /// `FILE.dockerignore`, or else `.dockerignore` beside it.
        private func ignoreFile() -> String? {
            let folder = file.contains("/") ? Path.parent(file) : "."
            return ["\(file).dockerignore", "\(folder)/.dockerignore"].first(where: Files.exists)
        }
    }
}
