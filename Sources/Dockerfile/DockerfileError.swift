import Support

/// What is wrong with a Dockerfile, where, and what was probably meant.
public struct DockerfileError: Error, Hashable, Sendable {
    /// The kind: its French explanation is in `Explanations`.
    public var reason: Reason
    /// English, as BuildKit words it: `unknown instruction: RUNN`.
    public var message: String
    /// What was probably meant: `RUN`.
    public var suggestion: String?
    /// Where its instruction begins: what BuildKit says.
    public var line: Int
    /// The very place.
    public var position: Position
    /// How many bytes the caret underlines; at least 1.
    public var length: Int
    public var source: SourceText

    /// `Dockerfile:3:5`
    public var place: String { "\(source.name):\(position.line):\(position.column)" }

    public enum Reason: String, Sendable, CaseIterable {
        case unknownInstruction, unknownFlag, flagValue, arguments, stageName, json, keyValue, heredoc
        case directive, noStage, empty, mount, onbuild, healthcheck, port, substitution, ignoreFile, pattern
    }

    public init(
        _ reason: Reason, _ message: String, suggestion: String? = nil, line: Int? = nil,
        at position: Position, length: Int = 1, in source: SourceText
    ) {
        self.reason = reason
        self.message = message
        self.suggestion = suggestion
        self.line = line ?? position.line
        self.position = position
        self.length = max(1, length)
        self.source = source
    }

    /// `dockerfile parse error on line 3: unknown instruction: RUNN (did you mean RUN?)`
    public var summary: String {
        let hint = suggestion.map { " (did you mean \($0)?)" } ?? ""
        if reason == .ignoreFile { return "\(source.name) line \(line): \(message)" }
        return "dockerfile parse error on line \(line): \(message)\(hint)"
    }

    /// For those who only need the sentence.
    public var escaleError: EscaleError { EscaleError(.invalid, summary) }
}
