/// French typography for the shell's own messages.
package enum French {
    /// No-break spaces where French wants them: before `: ; ! ? %` and inside « »; a curved apostrophe
    /// between letters. What is between backquotes is to be typed, and stays as it is.
    package static func set(_ text: String) -> String {
        var out = ""
        var inCode = false
        let characters = Array(text)
        for (i, c) in characters.enumerated() {
            if c == "`" { inCode.toggle() }
            if !inCode, isApostrophe(characters, i) {
                out.append("’")
                continue
            }
            out.append(!inCode && isBound(characters, i) ? "\u{A0}" : c)
        }
        return out
    }

    /// A space at which no line may break.
    static func isBound(_ text: [Character], _ i: Int) -> Bool {
        guard text[i] == " " else { return false }
        return i > 0 && text[i - 1] == "«" || i + 1 < text.count && ":;!?»%".contains(text[i + 1])
    }

    /// A straight apostrophe that elides a vowel, as in `l'hôte`, and quotes nothing.
    static func isApostrophe(_ text: [Character], _ i: Int) -> Bool {
        guard text[i] == "'", i > 0, i + 1 < text.count, text[i - 1].isLetter else { return false }
        return text[i + 1].isLetter || "«`*\u{A0}".contains(text[i + 1])
    }

    /// `1 point`, `2 points`, `0 point`.
    package static func count(_ n: Int, _ word: String, _ plural: String? = nil) -> String {
        "\(n)\u{A0}\(n > 1 ? plural ?? word + "s" : word)"
    }

    /// `2026-11-30` as `30 novembre`.
    package static func day(_ date: String) -> String {
        let parts = date.prefix(10).split(separator: "-").compactMap { Int($0) }
        let months = [
            "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
            "novembre", "décembre"
        ]
        guard parts.count == 3, months.indices.contains(parts[1] - 1) else { return date }
        return "\(parts[2] == 1 ? "1er" : String(parts[2])) \(months[parts[1] - 1])"
    }
}
