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
            commandName: "check",
            abstract: "Dit ce qui peut être amélioré dans un Dockerfile, pourquoi, et comment l’écrire.")

        @ArgumentParser.Argument(help: "Le Dockerfile.") var file = "Dockerfile"
        @Flag(help: "Le même rapport en JSON.") var json = false

        func run() throws {
            // `FILE.dockerignore`, or else `.dockerignore` beside it.
            let folder = file.contains("/") ? Path.parent(file) : "."
            let ignore = ["\(file).dockerignore", "\(folder)/.dockerignore"].first(where: Files.exists)
            let report = try DockerfileReport.make(try Files.read(file), name: file, ignore: ignore)
            DockerfileReport.show(report, json: json)
            if report.isError { throw Exit(status: 1) }
        }
    }
}

/// What the checks say of a Dockerfile: `dockerfile check` and `build --check`.
enum DockerfileReport {
    /// Shows what can't be read, with its place, and ends.
    /// - Parameter ignore: the `.dockerignore` that counts.
    static func make(_ text: [UInt8], name: String, ignore: String?, options: String? = nil) throws
        -> CheckReport
    {
        do {
            let dockerfile = try Dockerfile(parsing: text, name: name)
            let patterns = try ignore.map { try IgnoreFile(parsing: try Files.read($0), name: $0) }
            return Checker.run(dockerfile, ignore: patterns, options: options)
        } catch let error as DockerfileError {
            Output.err(error.rendered(explained: true) + "\n")
            throw Exit(status: 1)
        }
    }

    static func show(_ report: CheckReport, json: Bool) {
        Output.out(json ? report.json.text(pretty: true) + "\n" : report.rendered())
    }
}
