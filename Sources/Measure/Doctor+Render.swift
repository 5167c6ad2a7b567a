extension Doctor {
    /// A line a finding, and below each problem what repairs it.
    public static func render(_ findings: [Finding], style: Style) -> String {
        let column = (findings.map(\.title.count).max() ?? 0) + 6
        var out = style.paint("Diagnostic de cette machine", "1") + "\n\n"
        for finding in findings {
            let lead = "  \(mark(finding.state, style)) \(pad(finding.title, column - 4))"
            for (i, line) in fold(typography(finding.detail), max(20, style.width - column)).enumerated() {
                out += (i == 0 ? lead : String(repeating: " ", count: column)) + line + "\n"
            }
            // Commands stay on one line, to be copied whole.
            if let repair = finding.repair { out += "      \(style.unicode ? "→" : "->") \(repair)\n" }
        }
        out += "\n" + typography(summary(findings)) + "\n"
        return style.unicode ? out : plain(out)
    }

    static func summary(_ findings: [Finding]) -> String {
        let warnings = findings.count { $0.state == .warn }
        let bad = findings.count { $0.state == .bad }
        let checked = "\(findings.count) points vérifiés"
        if bad > 0 {
            return "\(checked) : \(bad) à réparer, \(warnings) à savoir."
        }
        return warnings > 0
            ? "\(checked) : tout l’indispensable marche, \(warnings) à savoir." : "\(checked) : tout marche."
    }

    private static func mark(_ state: Finding.State, _ style: Style) -> String {
        switch state {
        case .ok: style.paint(style.unicode ? "✔" : "+", "32")
        case .warn: style.paint("!", "33")
        case .bad: style.paint(style.unicode ? "✘" : "x", "31")
        }
    }

    /// Lines of at most `width` characters, broken at blanks.
    static func fold(_ text: String, _ width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    /// No-break spaces before `: ; ! ?`, as French wants them.
    static func typography(_ text: String) -> String {
        var out = ""
        let characters = Array(text)
        for (i, c) in characters.enumerated() {
            let next = i + 1 < characters.count ? characters[i + 1] : "."
            out.append(c == " " && ":;!?".contains(next) ? "\u{A0}" : c)
        }
        return out
    }

    /// Without accents, for terminals that know ASCII only.
    static func plain(_ text: String) -> String {
        let letters: [Character: String] = [
            "à": "a", "â": "a", "ç": "c", "é": "e", "è": "e", "ê": "e", "ë": "e", "î": "i", "ï": "i",
            "ô": "o",
            "ù": "u", "û": "u", "É": "E", "À": "A", "œ": "oe", "’": "'", "«": "\"", "»": "\"", "…": "...",
            "\u{A0}": " "
        ]
        return text.map { letters[$0] ?? ($0.isASCII ? String($0) : "?") }.joined()
    }
}
