extension Markdown {
    /// The text as a terminal shows it, at most `style.width` columns wide.
    package static func render(_ text: String, _ style: Style) -> String {
        var out = ""
        var previous: MarkdownBlock?
        for block in blocks(text) {
            if let previous, !isTight(previous, block) { out += "\n" }
            out += render(block, style)
            previous = block
        }
        return out
    }

    /// Items of a list follow each other without an empty line.
    private static func isTight(_ a: MarkdownBlock, _ b: MarkdownBlock) -> Bool {
        if case .item = a, case .item = b { return true }
        return false
    }

    private static func render(_ block: MarkdownBlock, _ style: Style) -> String {
        switch block {
        case .heading(let level, let text):
            let plain = inline(text, Style(isUTF8: style.isUTF8, width: style.width))
            let lines = Wrap.lines(plain, width: style.width)
            let title = lines.map { style.paint($0, .bold, .blue) }.joined(separator: "\n") + "\n"
            guard level == 1 else { return title }
            let longest = lines.map { Width.of($0) }.max() ?? 0
            return title + style.paint(String(repeating: style.rule, count: longest), .blue) + "\n"
        case .paragraph(let text): return Wrap.text(inline(text, style), width: style.width)
        case .item(let marker, let depth, let text):
            let sign = (marker == "-" ? style.bullet : marker) + " "
            let indent = String(repeating: "  ", count: depth + 1)
            return Wrap.text(
                inline(text, style), width: style.width, first: indent + sign,
                rest: indent + String(repeating: " ", count: Width.of(sign)))
        case .quote(let text):
            let edge = style.dim(style.isUTF8 ? "│" : "|") + " "
            return Wrap.text(inline(text, style), width: style.width, first: edge, rest: edge)
        case .code(_, let lines):
            // As it is to be typed: never wrapped.
            return lines.map { "    " + style.code($0) + "\n" }.joined()
        case .table(let header, let rows):
            return DrawnTable.render(
                header: header.map { inline($0, style) }, rows: rows.map { $0.map { inline($0, style) } },
                style)
        case .rule:
            return style.dim(String(repeating: style.rule, count: min(style.width, 40))) + "\n"
        }
    }

    /// `**bold**`, `*italic*`, `` `code` ``, `[text](address)`, curved apostrophes, spaces at which no
    /// line may break. Without
    /// colours, code keeps its backquotes, so that one sees where a command begins and ends.
    package static func inline(_ text: String, _ style: Style) -> String {
        var out = ""
        let chars = Array(text)
        var at = 0
        func end(of mark: [Character], from: Int) -> Int? {
            guard from < chars.count, !chars[from].isWhitespace else { return nil }
            var i = from
            while i + mark.count <= chars.count {
                if Array(chars[i..<i + mark.count]) == mark, i > from, !chars[i - 1].isWhitespace { return i }
                i += 1
            }
            return nil
        }
        while at < chars.count {
            let c = chars[at]
            if c == "`", let close = chars[(at + 1)...].firstIndex(of: "`") {
                let code = String(chars[(at + 1)..<close])
                out += style.hasColour ? spans(code) { style.code($0) } : "`\(code)`"
                at = close + 1
            } else if c == "*", at + 1 < chars.count, chars[at + 1] == "*",
                let close = end(of: ["*", "*"], from: at + 2)
            {
                out += spans(inline(String(chars[(at + 2)..<close]), style)) { style.bold($0) }
                at = close + 2
            } else if c == "*", let close = end(of: ["*"], from: at + 1) {
                out += spans(inline(String(chars[(at + 1)..<close]), style)) { style.paint($0, .italic) }
                at = close + 1
            } else if c == "[", let close = chars[at...].firstIndex(of: "]"), close + 1 < chars.count,
                chars[close + 1] == "(", let last = chars[close...].firstIndex(of: ")")
            {
                let label = String(chars[(at + 1)..<close])
                let address = String(chars[(close + 2)..<last])
                out += inline(label, style)
                if address != label { out += " (\(address))" }
                at = last + 1
            } else if c == "\\", at + 1 < chars.count,
                chars[at + 1].isPunctuation || "`*|<>".contains(chars[at + 1])
            {
                out.append(chars[at + 1])
                at += 2
            } else {
                out.append(
                    French.isApostrophe(chars, at) ? "’" : French.isBound(chars, at) ? "\u{A0}" : c)
                at += 1
            }
        }
        return out
    }

    /// Paints word by word, so that a line break leaves no colour open.
    private static func spans(_ text: String, _ paint: (String) -> String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { paint(String($0)) }
            .joined(separator: " ")
    }
}
