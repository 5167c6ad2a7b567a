/// The patterns of a `.dockerignore` or of `--exclude`, as moby's pattern matcher reads them: the last one that
/// matches decides, `!` takes back, and what is below an ignored folder is ignored with it.
public struct IgnoreFile: Hashable, Sendable {
    public struct Pattern: Hashable, Sendable {
        /// Cleaned, without `!`: relative to the context, no slash at either end.
        public var text: String
        /// `!pattern`: what matches is kept.
        public var isException: Bool
        /// Of the file, from 1; 0 for a pattern of the command line.
        public var line: Int
        let pattern: PathPattern
    }

    public private(set) var patterns: [Pattern] = []

    public var hasExceptions: Bool { patterns.contains(where: \.isException) }

    /// Reads a `.dockerignore`.
    public init(parsing bytes: [UInt8], name: String = ".dockerignore") throws(DockerfileError) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let source = SourceText(name: name, lines: lines.map { String(decoding: $0, as: UTF8.self) })
        for (index, line) in lines.enumerated() where line.first != UInt8(ascii: "#") {
            guard let problem = add(String(decoding: line, as: UTF8.self), line: index + 1) else { continue }
            throw DockerfileError(
                .ignoreFile, problem, at: Position(line: index + 1, column: 1), length: line.count,
                in: source)
        }
    }

    /// The patterns of `--exclude`; `instruction` says where they stand.
    public init(_ patterns: [String], of instruction: Instruction, in source: SourceText)
        throws(DockerfileError)
    {
        for pattern in patterns {
            guard let problem = add(pattern, line: 0) else { continue }
            throw Failure(.pattern, problem, in: pattern).placed(in: instruction.line, source: source)
        }
    }

    /// What is wrong with a pattern, nil where it was taken.
    private mutating func add(_ written: String, line: Int) -> String? {
        var text = Self.trim(written)
        guard !text.isEmpty else { return nil }
        let isException = text.hasPrefix("!")
        if isException { text = Self.trim(String(text.dropFirst())) }
        if text.isEmpty { return "illegal exclusion pattern: \"!\"" }
        text = PathText.clean(text)
        if text.count > 1, text.hasPrefix("/") { text.removeFirst() }
        guard let pattern = PathPattern(text, deep: true) else {
            return "syntax error in pattern: \(quoted(text))"
        }
        patterns.append(Pattern(text: text, isException: isException, line: line, pattern: pattern))
        return nil
    }

    private static func trim(_ text: String) -> String {
        InstructionParser.string(LineReader.trim(Array(text.utf8)[...]))
    }

    /// Whether a path (relative, with `/`) is left out, itself or through a folder above it.
    public func ignores(_ path: String) -> Bool {
        decides(path).map { !$0.isException } ?? false
    }

    /// The pattern that decided over a path; nil where none did.
    public func decides(_ path: String) -> Pattern? {
        let path = PathText.clean(path)
        guard path != "." else { return nil }
        let scalars = Array(path.unicodeScalars)
        var last: Pattern?
        var isIgnored = false
        for pattern in patterns where pattern.isException == isIgnored {
            guard pattern.pattern.matches(scalars, orAbove: true) else { continue }
            last = pattern
            isIgnored = !pattern.isException
        }
        return last
    }

    /// Whether nothing below an ignored folder can be taken back, so that it need not be walked.
    public func prunes(_ folder: String) -> Bool {
        guard ignores(folder) else { return false }
        let prefix = PathText.clean(folder) + "/"
        return !patterns.contains { pattern in
            guard pattern.isException else { return false }
            guard pattern.pattern.isLiteral else { return true }
            return pattern.text.hasPrefix(prefix)
        }
    }
}

/// Paths as text.
public enum PathText {
    /// Go's `filepath.Clean`: no `.`, no `..` that can be resolved, no doubled or trailing slash; "." for nothing.
    public static func clean(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        return isAbsolute ? "/" + joined : joined.isEmpty ? "." : joined
    }
}
