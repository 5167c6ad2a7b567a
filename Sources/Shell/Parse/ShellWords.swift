/// One word of a line, as bash would split it.
package struct ShellWord: Equatable, Sendable {
    /// The word without its quotes.
    package var text: String
    /// False when bash would expand it first: `$X`, `*.txt`, `~`.
    package var isLiteral: Bool
    /// Where it begins in the line, in characters.
    package var start: Int
    /// Was any part of it quoted?
    package var isQuoted: Bool

    package init(_ text: String, isLiteral: Bool = true, start: Int = 0, isQuoted: Bool = false) {
        self.text = text
        self.isLiteral = isLiteral
        self.start = start
        self.isQuoted = isQuoted
    }
}

/// A line split by the shell's quoting rules (POSIX 2.2), without expanding anything.
package struct ShellWords: Equatable, Sendable {
    package var words: [ShellWord] = []
    /// False with a pipe, a list, a redirection, a substitution or a second line: bash's business.
    package var isSimple = true
    /// A quote or a backslash is still open at the end.
    package var isOpen = false

    package var texts: [String] { words.map(\.text) }

    package init(_ line: String) {
        var splitter = Splitter(line: Array(line))
        splitter.run()
        words = splitter.words
        isSimple = splitter.isSimple
        isOpen = splitter.isOpen
    }

    /// A word so that bash reads it back as it is.
    package static func quote(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy { c in
            switch c {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", "=", "@", "%", "+", ",": true
            default: false
            }
        }
        if plain, !text.isEmpty { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}

private struct Splitter {
    let line: [Character]
    var words: [ShellWord] = []
    var isSimple = true
    var isOpen = false
    private var at = 0
    private var current: ShellWord?

    init(line: [Character]) { self.line = line }

    mutating func run() {
        while at < line.count {
            let c = line[at]
            switch c {
            case " ", "\t": finish()
            case "\n", "\r\n":
                finish()
                if line[at...].contains(where: { !$0.isWhitespace }) { isSimple = false }
            case "'": single()
            case "\"": double()
            case "\\": backslash()
            case "#" where current == nil: return
            case "|", "&", ";", "<", ">", "(", ")", "`":
                isSimple = false
                finish()
            case "$":
                if at + 1 < line.count, line[at + 1] == "(" { isSimple = false }
                if at + 1 < line.count, line[at + 1] == "'" {
                    at += 1
                    ansi()
                } else {
                    append(c, literal: at + 1 == line.count || line[at + 1].isWhitespace)
                }
            case "*", "?", "[": append(c, literal: false)
            case "~" where current == nil: append(c, literal: false)
            default: append(c)
            }
            at += 1
        }
        finish()
    }

    private mutating func append(_ c: Character, literal: Bool = true) {
        if current == nil { current = ShellWord("", start: at) }
        current?.text.append(c)
        if !literal { current?.isLiteral = false }
    }

    private mutating func quoted() {
        if current == nil { current = ShellWord("", start: at) }
        current?.isQuoted = true
    }

    private mutating func finish() {
        if let word = current { words.append(word) }
        current = nil
    }

    private mutating func single() {
        quoted()
        at += 1
        while at < line.count, line[at] != "'" {
            append(line[at])
            at += 1
        }
        if at >= line.count { isOpen = true }
    }

    /// `$'…'`, as bash's `${x@Q}` writes control characters.
    private mutating func ansi() {
        quoted()
        at += 1
        while at < line.count, line[at] != "'" {
            if line[at] == "\\", at + 1 < line.count {
                at += 1
                switch line[at] {
                case "n": append("\n")
                case "t": append("\t")
                case "E", "e": append("\u{1B}")
                default: append(line[at])
                }
            } else {
                append(line[at])
            }
            at += 1
        }
        if at >= line.count { isOpen = true }
    }

    private mutating func double() {
        quoted()
        at += 1
        while at < line.count, line[at] != "\"" {
            let c = line[at]
            if c == "\\", at + 1 < line.count, "\"\\$`\n".contains(line[at + 1]) {
                at += 1
                if line[at] != "\n" { append(line[at]) }
            } else {
                if c == "`" || (c == "$" && at + 1 < line.count && line[at + 1] == "(") { isSimple = false }
                append(c, literal: c != "$" && c != "`")
            }
            at += 1
        }
        if at >= line.count { isOpen = true }
    }

    private mutating func backslash() {
        guard at + 1 < line.count else {
            isOpen = true
            return
        }
        quoted()
        at += 1
        if line[at] != "\n" { append(line[at]) }
    }
}
