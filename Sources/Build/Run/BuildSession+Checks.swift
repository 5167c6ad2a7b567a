import Dockerfile
import Linux
import Support

extension BuildSession {
    /// The checks that BuildKit does before a build. Throws where the file wants them to end it.
    static func check(_ file: Dockerfile, _ request: BuildRequest, _ context: String)
        throws(BuildFailure) -> [Finding]
    {
        let ignore = "\(context)/.dockerignore"
        let patterns = (try? Files.read(ignore)).flatMap {
            try? IgnoreFile(parsing: $0, name: ".dockerignore")
        }
        let report = Checker.run(
            file, ignore: patterns, options: request.arguments["BUILDKIT_DOCKERFILE_CHECK"]
        ).ofBuildKit
        if report.isError, let first = report.findings.first {
            let rules = Set(report.findings.map(\.rule.rawValue)).sorted().joined(separator: ", ")
            throw BuildFailure(
                EscaleError(
                    .invalid, "lint violation found for rules: \(rules)", repair: "escale build --check …"),
                at: first, in: file.source)
        }
        return report.findings
    }
}
