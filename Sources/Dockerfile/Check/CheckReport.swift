import Support

/// What `--check` found, for people and for programs.
public struct CheckReport: Hashable, Sendable {
    public var findings: [Finding]
    public var source: SourceText
    /// `error=true` was asked for and something was found.
    public var isError: Bool

    /// What a build warns of: no more than Docker would, since all of it may end the build.
    public var ofBuildKit: CheckReport {
        let some = findings.filter(\.rule.isBuildKit)
        return CheckReport(findings: some, source: source, isError: isError && !some.isEmpty)
    }

    /// At most `width` columns: the finding, its line with a caret, why, and the mended line.
    public func rendered(width: Int = 80) -> String {
        guard !findings.isEmpty else { return "\(source.name) : rien à redire.\n" }
        var out = ""
        for finding in findings {
            let title = "\(finding.rule.rawValue): \(finding.message)"
            out += Excerpt.wrapped(title, width: width, indent: "").joined(separator: "\n") + "\n"
            out += Excerpt(finding.position, length: finding.length, in: source).text(width: width) + "\n"
            out +=
                Excerpt.wrapped(finding.rule.reason, width: width, indent: "  ").joined(separator: "\n")
                + "\n"
            if let mended = finding.mended { out += "  → \(mended)\n" }
            out += "\n"
        }
        return out + "\(source.name) : \(findings.count) remarque\(findings.count > 1 ? "s" : "").\n"
    }

    /// `{"file": …, "error": …, "findings": [{"rule", "line", "column", "message", "reason", "mended"}]}`
    public var json: JSON {
        [
            "file": .string(source.name), "error": JSON(isError),
            "findings": .array(
                findings.map { finding in
                    [
                        "rule": .string(finding.rule.rawValue), "line": JSON(finding.position.line),
                        "column": JSON(finding.position.column), "message": .string(finding.message),
                        "reason": .string(finding.rule.reason), "mended": JSON(finding.mended)
                    ]
                })
        ]
    }
}
