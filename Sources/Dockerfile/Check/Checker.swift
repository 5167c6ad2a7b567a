import OCI
import Support

/// `build --check`: reads a Dockerfile as a careful colleague would.
public struct Checker {
    let dockerfile: Dockerfile
    let ignore: IgnoreFile?
    private let options: CheckOptions
    private(set) var findings: [Finding] = []

    /// - Parameters:
    ///   - ignore: the context's `.dockerignore`, where there is one.
    ///   - options: in place of the file's `# check=`.
    public static func run(
        _ dockerfile: Dockerfile, ignore: IgnoreFile? = nil, options: String? = nil
    ) -> CheckReport {
        var checker = Checker(dockerfile, ignore, options ?? dockerfile.directives.check)
        checker.lines()
        checker.names()
        checker.casing()
        checker.stages()
        return CheckReport(
            findings: checker.findings.sorted {
                ($0.position, $0.rule.rawValue) < ($1.position, $1.rule.rawValue)
            },
            source: dockerfile.source, isError: checker.options.isError && !checker.findings.isEmpty)
    }

    private init(_ dockerfile: Dockerfile, _ ignore: IgnoreFile?, _ options: String?) {
        self.dockerfile = dockerfile
        self.ignore = ignore
        self.options = options.flatMap(CheckOptions.init) ?? CheckOptions()
    }

    /// Notes a finding unless the file or the comment above skips its rule. `text` is what the caret shows.
    mutating func add(
        _ rule: Rule, _ message: String, mended: String? = nil, _ text: String? = nil,
        at instruction: Instruction
    ) {
        let own = instruction.comments.compactMap { comment -> CheckOptions? in
            comment.lowercased().hasPrefix("check=") ? CheckOptions(String(comment.dropFirst(6))) : nil
        }.first
        // An option of one instruction can only skip more, or allow an experiment.
        let isAllowed =
            rule.isExperimental
            ? options.allows(rule) || own?.allows(rule) ?? false
            : options.allows(rule) && own?.allows(rule) ?? true
        guard isAllowed else { return }
        findings.append(
            Finding(
                rule: rule, message: message, mended: mended,
                position: text.map { instruction.line.position(of: $0) } ?? instruction.position,
                length: (text ?? instruction.keyword).utf8.count))
    }

    var all: [Instruction] {
        dockerfile.metaArguments + dockerfile.stages.flatMap { [$0.instruction] + $0.instructions }
    }

    // MARK: - The file as a whole

    private mutating func lines() {
        guard options.allows(.noEmptyContinuation) else { return }
        for line in dockerfile.emptyContinuations {
            findings.append(
                Finding(
                    rule: .noEmptyContinuation, message: "Empty continuation line",
                    position: Position(line: line, column: 1), length: 1))
        }
    }

    private mutating func names() {
        var seen: Set<String> = []
        for stage in dockerfile.stages {
            let words = stage.instruction.text.split { $0 == " " || $0 == "\t" }.map(String.init)
            guard let name = stage.name, let written = words.last, words.count > 2 else { continue }
            let keyword = words[words.count - 2]
            let from = stage.instruction.keyword
            if written != name {
                add(
                    .stageNameCasing, "Stage name '\(written)' should be lowercase",
                    mended: words.dropLast().joined(separator: " ") + " " + name, written,
                    at: stage.instruction)
            }
            let isLower = from == from.lowercased()
            let wanted = isLower ? keyword.lowercased() : keyword.uppercased()
            if isLower || from == from.uppercased(), keyword != wanted {
                add(
                    .fromAsCasing, "'\(keyword)' and '\(from)' keywords' casing do not match",
                    mended: words.dropLast(2).joined(separator: " ") + " \(wanted) \(written)",
                    " \(keyword) ",
                    at: stage.instruction)
            }
            if ["scratch", "context"].contains(name) {
                add(
                    .reservedStageName,
                    "Stage name should not use the same name as reserved stage \(quoted(name))", written,
                    at: stage.instruction)
            }
            if !seen.insert(name).inserted {
                add(
                    .duplicateStageName,
                    "Duplicate stage name \(quoted(name)), stage names should be unique", written,
                    at: stage.instruction)
            }
            describe(stage.instruction, [name])
        }
        for instruction in all {
            if case .arg(let arguments) = instruction.command { describe(instruction, arguments.map(\.name)) }
        }
    }

    private mutating func describe(_ instruction: Instruction, _ names: [String]) {
        guard let comment = instruction.comments.last, let first = comment.split(separator: " ").first,
            !names.contains(String(first))
        else { return }
        let example = names.count == 1 ? names[0] : "<arg_key>"
        add(
            .invalidDefinitionDescription,
            "Comment for \(instruction.keyword.uppercased()) should follow the format: `# \(example) <description>`",
            mended: "# \(example) \(comment)", at: instruction)
    }

    private mutating func casing() {
        let keywords = dockerfile.stages.flatMap { [$0.instruction] + $0.instructions }
        let lower = keywords.count { $0.keyword == $0.keyword.lowercased() }
        let upper = keywords.count { $0.keyword == $0.keyword.uppercased() }
        let isLower = lower > upper
        for instruction in keywords {
            let wanted = isLower ? instruction.keyword.lowercased() : instruction.keyword.uppercased()
            guard instruction.keyword != wanted else { continue }
            add(
                .consistentInstructionCasing,
                "Command '\(instruction.keyword)' should match the case of the command majority "
                    + "(\(isLower ? "lowercase" : "uppercase"))",
                mended: wanted + instruction.text.dropFirst(instruction.keyword.count), at: instruction)
        }
    }
}
