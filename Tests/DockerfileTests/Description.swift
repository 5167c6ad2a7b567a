import Dockerfile
import Support

/// A Dockerfile as the golden files show it: everything that was understood, an instruction a line.
extension Dockerfile {
    var golden: String {
        var out: [String] = []
        if let syntax = directives.syntax { out.append("syntax \(syntax)") }
        if directives.escape != UInt8(ascii: "\\") {
            out.append("escape \(Unicode.Scalar(directives.escape))")
        }
        if let check = directives.check { out.append("check \(check)") }
        if !emptyContinuations.isEmpty { out.append("empty continuation \(emptyContinuations)") }
        out += metaArguments.map(\.golden)
        for stage in stages {
            out.append(
                "stage \(stage.index) \(stage.from.image)" + option("platform", stage.from.platform)
                    + option("name", stage.name))
            out += stage.instructions.map { "  " + $0.golden }
        }
        return out.joined(separator: "\n")
    }
}

private func option(_ name: String, _ value: String?) -> String { value.map { " \(name)=\($0)" } ?? "" }

extension Instruction {
    var golden: String { "\(lines.lowerBound)-\(lines.upperBound) \(command.golden)" }
}

extension Command {
    var golden: String { "\(name.rawValue.lowercased())\(details)" }

    private var details: String {
        switch self {
        case .from(let from): " \(from.image)"
        case .arg(let arguments):
            arguments.map { " \($0.name)" + ($0.value.map { "=\($0)" } ?? "") }.joined()
        case .env(let pairs), .label(let pairs):
            pairs.map { " \($0.name)=\($0.value)" + ($0.isLegacy ? " (old form)" : "") }.joined()
        case .run(let run):
            " " + run.line.golden + run.mountFlags.map { " mount=\($0)" }.joined()
                + (run.network == .default ? "" : " network=\(run.network)")
                + (run.security == .sandbox ? "" : " security=\(run.security)")
                + run.devices.map { " device=\($0.name)\($0.isRequired ? " required" : "")" }.joined()
                + run.heredocs.map { " " + $0.golden }.joined() + scriptGolden(run)
        case .copy(let copy):
            copy.transfer.golden + option("from", copy.from) + (copy.parents ? " parents" : "")
        case .add(let add):
            add.transfer.golden + option("checksum", add.checksum)
                + option("keep-git-dir", add.keepGitDir.map { "\($0)" })
                + option("unpack", add.unpack.map { "\($0)" })
        case .cmd(let line), .entrypoint(let line): " " + line.golden
        case .healthcheck(.none): " none"
        case .healthcheck(.check(let check)):
            " " + check.line.golden
                + [
                    ("interval", check.interval), ("timeout", check.timeout),
                    ("start-period", check.startPeriod), ("start-interval", check.startInterval),
                    ("retries", Int64(check.retries))
                ].filter { $0.1 != 0 }.map { " \($0.0)=\($0.1)" }.joined()
        case .expose(let words), .volume(let words), .shell(let words): " " + JSON(words).text()
        case .user(let word), .workdir(let word), .stopsignal(let word), .maintainer(let word):
            " " + JSON.string(word).text()
        case .onbuild(let expression, let command):
            " \(JSON.string(expression).text()) = \(command.golden)"
        }
    }

    /// What is executed, where here-documents change it.
    private func scriptGolden(_ run: Run) -> String {
        guard !run.heredocs.isEmpty else { return "" }
        switch run.script {
        case .shell(let text): return " runs shell \(JSON.string(text).text())"
        case .exec(let words): return " runs \(JSON(words).text())"
        case .file(let name, let content): return " runs file \(name) \(JSON.string(content).text())"
        }
    }
}

extension CommandLine {
    var golden: String {
        switch self {
        case .shell(let text): "shell \(JSON.string(text).text())"
        case .exec(let words): "exec \(JSON(words).text())"
        }
    }
}

extension Heredoc {
    var golden: String {
        "<<\(name) \(JSON.string(content).text())" + (expands ? "" : " literal")
            + (stripsTabs ? " without tabs" : "")
    }
}

extension Transfer {
    var golden: String {
        sources.map {
            switch $0 {
            case .path(let path): " \(JSON.string(path).text())"
            case .inline(let heredoc): " \(heredoc.golden)"
            }
        }.joined() + " -> \(JSON.string(destination).text())" + option("chown", chown)
            + option("chmod", chmod) + (link ? " link" : "") + excludes.map { " exclude=\($0)" }.joined()
    }
}
