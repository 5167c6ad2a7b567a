extension DockerfileError {
    /// The sentence, the line with a caret, and, if asked for, why in French. At most `width` columns.
    ///
    ///     dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)
    ///      --> Dockerfile:2:1
    ///       |
    ///     2 | RUNN true
    ///       | ^^^^
    public func rendered(width: Int = 80, explained: Bool = false) -> String {
        var out = summary + "\n" + Excerpt(position, length: length, in: source).text(width: width)
        if explained {
            out +=
                "\n"
                + Excerpt.wrapped(Explanations.text(reason), width: width, indent: "  ").joined(
                    separator: "\n")
        }
        return out
    }
}

/// One source line with a caret below it.
struct Excerpt {
    let position: Position
    let length: Int
    let source: SourceText

    init(_ position: Position, length: Int, in source: SourceText) {
        self.position = position
        self.length = length
        self.source = source
    }

    func text(width: Int) -> String {
        let number = String(position.line)
        let margin = String(repeating: " ", count: number.count)
        let place = "\(margin)--> \(source.name):\(position.line):\(position.column)"
        guard let line = source.line(position.line) else { return place }
        // In characters, since that is what the caret counts; a tabulator is shown as one blank.
        let bytes = Array(line.utf8)
        let start = min(max(0, position.column - 1), bytes.count)
        let end = min(start + length, bytes.count)
        var shown = Self.characters(bytes[...])
        var column = Self.characters(bytes[..<start]).count
        var marked = max(1, Self.characters(bytes[start..<end]).count)
        // A long line is cut around the caret.
        let room = max(20, width - number.count - 3)
        if shown.count > room {
            let first = max(0, min(column - room / 3, shown.count - room))
            shown = Array(shown[first..<min(first + room, shown.count)])
            if first > 0 { shown[0] = "…" }
            if first + room < shown.count + first { shown[shown.count - 1] = "…" }
            column -= first
        }
        marked = min(marked, max(1, room - column))
        let caret = String(repeating: " ", count: column) + String(repeating: "^", count: marked)
        return [place, "\(margin) |", "\(number) | \(String(shown))", "\(margin) | \(caret)"]
            .joined(separator: "\n")
    }

    private static func characters(_ bytes: ArraySlice<UInt8>) -> [Character] {
        String(decoding: bytes, as: UTF8.self).map {
            $0.unicodeScalars.allSatisfy { $0.value < 32 } ? " " : $0
        }
    }

    /// Lines of at most `width` columns.
    static func wrapped(_ text: String, width: Int, indent: String) -> [String] {
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            if line.count > indent.count, line.count + 1 + word.count > width {
                lines.append(line)
                line = indent
            }
            line += (line.count > indent.count ? " " : "") + word
        }
        lines.append(line)
        return lines
    }
}
