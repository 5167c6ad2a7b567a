/// The Markdown that labs are written in, as blocks.
package enum MarkdownBlock: Equatable, Sendable {
    case heading(level: Int, String)
    case paragraph(String)
    /// `marker` is `-` or a number with its point; `depth` counts from 0.
    case item(marker: String, depth: Int, String)
    case quote(String)
    case code(language: String, [String])
    case table(header: [String], rows: [[String]])
    case rule
}

package enum Markdown {
    /// Splits a text into blocks (a subset of CommonMark and of GitHub's tables).
    package static func blocks(_ text: String) -> [MarkdownBlock] {
        var blocks: [MarkdownBlock] = []
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        var at = 0
        var isOpen = false  // The last paragraph, item or quote goes on.
        while at < lines.count {
            let line = lines[at]
            let body = line.trimmingSpaces
            at += 1
            if body.isEmpty {
                isOpen = false
            } else if body.hasPrefix("```") {
                let indent = line.prefix { $0 == " " }.count
                var code: [String] = []
                while at < lines.count, !lines[at].trimmingSpaces.hasPrefix("```") {
                    code.append(
                        String(lines[at].dropFirst(min(indent, lines[at].prefix { $0 == " " }.count))))
                    at += 1
                }
                at += 1
                blocks.append(.code(language: String(body.dropFirst(3)).trimmingSpaces, code))
                isOpen = false
            } else if let heading = heading(body) {
                blocks.append(heading)
                isOpen = false
            } else if body.count >= 3, Set(body).count == 1, let c = body.first, "-*_".contains(c) {
                blocks.append(.rule)
                isOpen = false
            } else if body.hasPrefix("|"), at < lines.count, isDelimiter(lines[at]) {
                var rows: [[String]] = []
                at += 1
                while at < lines.count, lines[at].trimmingSpaces.hasPrefix("|") {
                    rows.append(cells(lines[at]))
                    at += 1
                }
                blocks.append(.table(header: cells(body), rows: rows))
                isOpen = false
            } else if let item = item(line) {
                blocks.append(item)
                isOpen = true
            } else if body.hasPrefix(">") {
                let text = String(body.dropFirst()).trimmingSpaces
                if isOpen, case .quote(let before)? = blocks.last {
                    blocks[blocks.count - 1] = .quote(join(before, text))
                } else {
                    blocks.append(.quote(text))
                }
                isOpen = true
            } else if isOpen, let last = blocks.last {
                switch last {
                case .paragraph(let before): blocks[blocks.count - 1] = .paragraph(join(before, line))
                case .item(let marker, let depth, let before):
                    blocks[blocks.count - 1] = .item(marker: marker, depth: depth, join(before, line))
                case .quote(let before): blocks[blocks.count - 1] = .quote(join(before, line))
                default: blocks.append(.paragraph(body))
                }
            } else {
                blocks.append(.paragraph(paragraphStart(line)))
                isOpen = true
            }
        }
        return blocks
    }

    /// Two spaces or a backslash at a line's end break it; otherwise lines flow together.
    private static func join(_ before: String, _ line: String) -> String {
        if before.hasSuffix("\\") { return before.dropLast() + "\n" + paragraphStart(line) }
        if before.hasSuffix("  ") { return before.trimmingSpaces + "\n" + paragraphStart(line) }
        return before.trimmingSpaces + " " + paragraphStart(line)
    }

    /// Without its indentation; its end may matter to `join`.
    private static func paragraphStart(_ line: String) -> String { String(line.drop { $0 == " " }) }

    private static func heading(_ body: String) -> MarkdownBlock? {
        let level = body.prefix { $0 == "#" }.count
        guard (1...6).contains(level), body.dropFirst(level).first == " " else { return nil }
        return .heading(level: level, String(body.dropFirst(level)).trimmingSpaces)
    }

    private static func item(_ line: String) -> MarkdownBlock? {
        let indent = line.prefix { $0 == " " }.count
        let body = line.dropFirst(indent)
        if let c = body.first, "-*+".contains(c), body.dropFirst().first == " " {
            return .item(marker: "-", depth: indent / 2, String(body.dropFirst(2)).trimmingSpaces)
        }
        let digits = body.prefix { $0.isASCII && $0.isNumber }
        guard (1...3).contains(digits.count), let point = body.dropFirst(digits.count).first,
            point == "." || point == ")", body.dropFirst(digits.count + 1).first == " "
        else { return nil }
        return .item(
            marker: "\(digits).", depth: indent / 2,
            String(body.dropFirst(digits.count + 2)).trimmingSpaces)
    }

    private static func isDelimiter(_ line: String) -> Bool {
        let body = line.trimmingSpaces
        return body.hasPrefix("|") && body.contains("-") && body.allSatisfy { "|-: \t".contains($0) }
    }

    private static func cells(_ line: String) -> [String] {
        var cells: [String] = []
        var cell = ""
        var inCode = false
        var escaped = false
        var body = Substring(line.trimmingSpaces).dropFirst()
        if body.hasSuffix("|"), !body.hasSuffix("\\|") { body = body.dropLast() }
        for c in body {
            if escaped {
                cell += c == "|" ? "|" : "\\" + String(c)
                escaped = false
            } else if c == "\\" {
                escaped = true
            } else if c == "|", !inCode {
                cells.append(cell.trimmingSpaces)
                cell = ""
            } else {
                if c == "`" { inCode.toggle() }
                cell.append(c)
            }
        }
        cells.append(cell.trimmingSpaces)
        return cells
    }
}

extension StringProtocol {
    /// Without spaces and tabs at both ends; non-breaking spaces stay.
    package var trimmingSpaces: String {
        var s = Substring(self)
        while let c = s.first, c == " " || c == "\t" { s.removeFirst() }
        while let c = s.last, c == " " || c == "\t" { s.removeLast() }
        return String(s)
    }
}
