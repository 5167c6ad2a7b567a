/// Joins the lines of a file to instructions: directives, comments, continuations and here-documents.
struct LineReader {
    /// One instruction's text before it is understood.
    struct Entry {
        var line: LogicalLine
        var lines: ClosedRange<Int>
        var comments: [String]
        var heredocs: [Heredoc] = []
    }

    let source: SourceText
    private(set) var directives = Dockerfile.Directives()
    private(set) var emptyContinuations: [Int] = []

    /// Each with its end.
    private let raw: [ArraySlice<UInt8>]
    private var next = 0
    private var seen: Set<String> = []
    private var mayBeDirective = true

    init(_ bytes: [UInt8], name: String) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
        raw = Self.split(text)
        source = SourceText(
            name: name, lines: raw.map { String(decoding: Self.trimEnd($0), as: UTF8.self) })
    }

    /// The next instruction; nil at the end.
    mutating func entry() throws(DockerfileError) -> Entry? {
        var comments: [String] = []
        while next < raw.count {
            let number = next + 1
            let line = Self.trimEnd(raw[next])
            next += 1
            let content = line.drop(while: isSpace)
            if content.first == UInt8(ascii: "#") {
                if try directive(content, line: number) { continue }
                mayBeDirective = false
                let comment = Self.trim(content.dropFirst())
                if comment.isEmpty {
                    comments = []
                } else {
                    comments.append(String(decoding: comment, as: UTF8.self))
                }
                continue
            }
            mayBeDirective = false
            if content.isEmpty {
                comments = []
                continue
            }
            let joined = join(content, of: line, number: number)
            return Entry(line: joined, lines: number...next, comments: comments)
        }
        return nil
    }

    /// How many lines were read.
    var lineNumber: Int { next }

    // MARK: - Continuations

    /// The first line of an instruction and those that continue it.
    private mutating func join(_ first: ArraySlice<UInt8>, of whole: ArraySlice<UInt8>, number: Int)
        -> LogicalLine
    {
        var line = LogicalLine()
        var (part, goesOn) = continued(first)
        line.append(part, at: Position(line: number, column: first.startIndex - whole.startIndex + 1))
        while goesOn, next < raw.count {
            let content = Self.trimEnd(raw[next])
            next += 1
            let rest = content.drop(while: isSpace)
            if rest.first == UInt8(ascii: "#") { continue }
            if rest.isEmpty {
                emptyContinuations.append(next)
                continue
            }
            (part, goesOn) = continued(content)
            line.append(part, at: Position(line: next, column: 1))
        }
        return line
    }

    /// Without the escape at its end where the line goes on. An escape before it takes that meaning away.
    private func continued(_ line: ArraySlice<UInt8>) -> (part: ArraySlice<UInt8>, goesOn: Bool) {
        var end = line.endIndex
        while end > line.startIndex, line[end - 1] == 32 || line[end - 1] == 9 { end -= 1 }
        guard end > line.startIndex, line[end - 1] == directives.escape else { return (line, false) }
        end -= 1
        if end > line.startIndex, line[end - 1] == directives.escape { return (line, false) }
        return (line[..<end], true)
    }

    // MARK: - Here-documents

    /// Reads the bodies that a line asks for, in order.
    mutating func heredocs(_ names: [HeredocName], for entry: inout Entry) throws(DockerfileError) {
        for name in names {
            let terminator = Array(name.word.utf8)
            var content: [UInt8] = []
            var isDone = false
            while !isDone {
                guard next < raw.count else {
                    throw DockerfileError(
                        .heredoc, "unterminated heredoc", line: entry.lines.lowerBound,
                        at: entry.line.position(name.offset), length: name.length, in: source)
                }
                var line = Self.trimEnd(raw[next])
                if name.stripsTabs { line = line.drop { $0 == 9 } }
                isDone = line.elementsEqual(terminator)
                if !isDone { content += raw[next] }
                next += 1
            }
            entry.heredocs.append(
                Heredoc(
                    name: name.word, content: String(decoding: content, as: UTF8.self), expands: name.expands,
                    stripsTabs: name.stripsTabs))
        }
        entry.lines = entry.lines.lowerBound...max(next, entry.lines.upperBound)
    }

    // MARK: - Directives

    /// `# name=value`, of the first lines only. False: it is a comment.
    private mutating func directive(_ line: ArraySlice<UInt8>, line number: Int) throws(DockerfileError)
        -> Bool
    {
        guard mayBeDirective else { return false }
        let text = line.dropFirst().drop(while: isSpace)
        guard let equals = text.firstIndex(of: UInt8(ascii: "=")) else { return false }
        let key = Self.trim(text[..<equals])
        let name = String(decoding: key, as: UTF8.self).lowercased()
        let value = Self.trim(text[(equals + 1)...])
        guard ["syntax", "escape", "check"].contains(name), !value.isEmpty else { return false }
        let start = Position(line: number, column: key.startIndex - raw[number - 1].startIndex + 1)
        guard seen.insert(name).inserted else {
            throw DockerfileError(
                .directive, "only one \(name) parser directive can be used", at: start, length: key.count,
                in: source)
        }
        let written = String(decoding: value, as: UTF8.self)
        switch name {
        case "syntax": directives.syntax = String(written.prefix { $0 != " " })
        case "check": directives.check = written
        default:
            guard written == "\\" || written == "`", let byte = value.first else {
                throw DockerfileError(
                    .directive, "invalid escape token '\(written)' does not match ` or \\",
                    at: Position(line: number, column: value.startIndex - raw[number - 1].startIndex + 1),
                    length: value.count, in: source)
            }
            directives.escape = byte
        }
        return true
    }

    // MARK: - Bytes

    private static func split(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(bytes[start...end])
            start = end + 1
        }
        if start < bytes.endIndex { lines.append(bytes[start...]) }
        return lines
    }

    private static func trimEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var line = line
        while let last = line.last, last == 10 || last == 13 { line.removeLast() }
        return line
    }

    static func trim(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
