/// Tells a line that goes on (a quote, a here-document, a loop) from one that is whole.
package enum Continuation {
    /// A line that can't be unfinished needs no question to bash.
    package static func mayContinue(_ text: String) -> Bool {
        if text.hasSuffix("\\") || text.hasSuffix("|") || text.hasSuffix("&&") { return true }
        if text.contains(where: { "'\"`({<\\".contains($0) }) { return true }
        let keywords: Set<Substring> = [
            "if", "for", "while", "until", "case", "select", "function", "{", "do"
        ]
        return text.split(whereSeparator: { $0 == " " || $0 == ";" || $0.isNewline }).contains {
            keywords.contains($0)
        }
    }

    /// Reads what `bash -n` (with messages in English) said of the text so far.
    /// - Returns: true when only more lines can make it right.
    package static func isUnfinished(_ text: String, bashSaid message: String) -> Bool {
        if endsWithBackslash(text) { return true }
        return message.contains("unexpected end of file")
            || message.contains("unexpected EOF while looking for matching")
            || message.contains("delimited by end-of-file")
    }

    /// An odd number of backslashes at the end joins the next line.
    private static func endsWithBackslash(_ text: String) -> Bool {
        text.reversed().prefix { $0 == "\\" }.count % 2 == 1
    }
}
