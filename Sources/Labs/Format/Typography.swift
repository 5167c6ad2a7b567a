/// French typography for texts that are put together by the program.
public enum Typography {
    /// Puts no-break spaces where French wants them: before `: ; ! ? %` and inside « ».
    public static func french(_ text: String) -> String {
        var out = ""
        let characters = Array(text)
        for (i, c) in characters.enumerated() {
            if c == " " {
                let next = i + 1 < characters.count ? characters[i + 1] : "."
                let previous = i > 0 ? characters[i - 1] : "."
                if previous == "«" || ":;!?»%".contains(next) {
                    out.append("\u{A0}")
                    continue
                }
            }
            out.append(c)
        }
        return out
    }

    /// `a, b ou c`.
    public static func list(_ words: [String], _ conjunction: String = "ou") -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
    }
}
