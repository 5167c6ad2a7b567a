import Dockerfile
import Golden
import Linux
import OCI
import Support
import Testing

/// `Cases/*.cases`: what is accepted and how it is understood, what is refused and in which words.
@Suite struct GoldenTests {
    private static func check(_ kind: String, _ run: (CaseFile.Case) -> String) throws -> Int {
        var count = 0
        for var file in try CaseFile.all(kind) {
            for failure in try file.check(run) {
                Issue.record("\(Path.name(file.path)), \(failure.name):\n\(failure.got)")
            }
            count += file.cases.count
        }
        return count
    }

    @Test func parsing() throws {
        let count = try Self.check("parse") { test in
            do throws(DockerfileError) {
                return try Dockerfile(parsing: Array(CaseFile.visible(test.input).utf8)).golden
            } catch {
                return error.rendered()
            }
        }
        #expect(count >= 150)
    }

    /// A Dockerfile, whose instructions are shown as its variables make them. `# build-arg NAME=VALUE` and
    /// `# base NAME=VALUE` (the base image's environment) are given in comments.
    @Test func substitution() throws {
        let count = try Self.check("scope") { test in
            do throws(DockerfileError) {
                let dockerfile = try Dockerfile(parsing: Array(CaseFile.visible(test.input).utf8))
                var arguments: [String: String] = [:]
                var base: [String] = []
                for line in dockerfile.source.lines {
                    let words = line.split(separator: " ", maxSplits: 2).map(String.init)
                    guard words.count == 3, words[0] == "#" else { continue }
                    let pair = words[2].split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                    if words[1] == "build-arg" { arguments[String(pair[0])] = String(pair[1]) }
                    if words[1] == "base" { base.append(words[2]) }
                }
                let global = try GlobalScope(
                    dockerfile, buildArguments: arguments,
                    platform: ["TARGETPLATFORM": "linux/amd64", "TARGETARCH": "amd64"])
                var out: [String] = []
                for stage in dockerfile.stages {
                    let from = try global.expand(stage)
                    out.append("from \(from.image)" + (from.platform.map { " platform=\($0)" } ?? ""))
                    var scope = StageScope(global, environment: base)
                    for instruction in stage.instructions {
                        let command = try scope.apply(instruction)
                        let missing =
                            scope.missing.isEmpty ? "" : " (not set: \(scope.missing.joined(separator: " ")))"
                        if case .run(let run) = command {
                            out.append("run with \(scope.runEnvironment.joined(separator: " "))\(missing)")
                            out += run.mounts.map { "  mount \($0.kind) \($0.target ?? "-") \($0.id ?? "-")" }
                        } else {
                            out.append(command.golden + missing)
                        }
                    }
                }
                return out.joined(separator: "\n")
            } catch {
                return error.rendered()
            }
        }
        #expect(count >= 20)
    }

    /// `.dockerignore` above, paths below a line `paths`; then what is left out, and by which line.
    @Test func ignoring() throws {
        let count = try Self.check("ignore") { test in
            let lines = CaseFile.visible(test.input).unicodeScalars
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let middle = lines.firstIndex(of: "paths") ?? lines.endIndex
            let text = lines[..<middle].joined(separator: "\n")
            do throws(DockerfileError) {
                let ignore = try IgnoreFile(parsing: Array(text.utf8))
                return lines[middle...].dropFirst().filter { !$0.isEmpty }.map { path in
                    let line = ignore.decides(String(path))?.line
                    let pruned = ignore.prunes(String(path)) ? ", whole" : ""
                    return "\(ignore.ignores(String(path)) ? "out" : "in ") \(path)"
                        + (line.map { " (line \($0)\(pruned))" } ?? "")
                }.joined(separator: "\n")
            } catch {
                return error.rendered()
            }
        }
        #expect(count >= 20)
    }

    /// What `--check` says. `# ignore PATTERN` in a comment stands for a line of `.dockerignore`.
    @Test func checking() throws {
        let count = try Self.check("check") { test in
            do throws(DockerfileError) {
                let dockerfile = try Dockerfile(parsing: Array(CaseFile.visible(test.input).utf8))
                let patterns = dockerfile.source.lines.filter { $0.hasPrefix("# ignore ") }
                    .map { String($0.dropFirst(9)) }
                let ignore = try IgnoreFile(parsing: Array(patterns.joined(separator: "\n").utf8))
                let report = Checker.run(dockerfile, ignore: patterns.isEmpty ? nil : ignore)
                return report.rendered() + (report.isError ? "error" : "")
            } catch {
                return error.rendered(explained: true)
            }
        }
        #expect(count >= Rule.allCases.count)
    }

    /// `Tests/Dockerfiles`: projects as they are written. Building them is for the integration tests.
    @Test func projects() throws {
        let folder = "\(Path.parent(Path.parent(#filePath)))/Dockerfiles"
        let names = try Files.list(folder).filter { Files.isDirectory("\(folder)/\($0)") }
        #expect(names.count >= 30)
        for name in names {
            #expect(throws: Never.self, "\(name)") {
                let dockerfile = try Dockerfile(parsing: try Files.read("\(folder)/\(name)/Dockerfile"))
                let expected = try JSON.parse(try Files.read("\(folder)/\(name)/expect.json"))
                #expect(expected["run"].array != nil && expected["output"].string != nil, "\(name)")
                for stage in dockerfile.stages where dockerfile.stage(stage.from.image) == nil {
                    #expect(
                        stage.from.image.hasPrefix("busybox") || stage.from.image == "scratch"
                            || stage.from.image.contains("$"), "\(name): only busybox is at hand offline")
                }
            }
        }
    }
}
