/// Breaking text into lines at ordinary spaces: never inside a word, never at the non-breaking spaces
/// that French typography puts before `:`, `;`, `!`, `?` and inside quotation marks.
package enum Wrap {
    /// - Parameters:
    ///   - first: put before the first line, as a bullet.
    ///   - rest: put before the others.
    /// - Returns: lines at most `width` columns wide, but for a word that is wider by itself.
    package static func lines(
        _ text: String, width: Int, first: String = "", rest: String = ""
    ) -> [String] {
        var lines: [String] = []
        for paragraph in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            var line = lines.isEmpty ? first : rest
            var used = Width.of(line)
            var isEmpty = true
            for word in paragraph.split(separator: " ") {
                let w = Width.of(word)
                if !isEmpty, used + 1 + w > width {
                    lines.append(line)
                    line = rest
                    used = Width.of(rest)
                    isEmpty = true
                }
                if !isEmpty {
                    line += " "
                    used += 1
                }
                line += word
                used += w
                isEmpty = false
            }
            lines.append(line)
        }
        return lines
    }

    package static func text(_ text: String, width: Int, first: String = "", rest: String = "") -> String {
        lines(text, width: width, first: first, rest: rest).joined(separator: "\n") + "\n"
    }
}
