/// The help that the argument parser writes, with its own English words put into French.
package enum UsageText {
    /// - Parameter text: a whole help page, or an error with its usage.
    package static func french(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line($0) }
            .joined(separator: "\n")
    }

    private static func line(_ line: Substring) -> String {
        if line.hasPrefix("OVERVIEW: ") { return String(line.dropFirst(10)) }
        for (word, french) in [("USAGE: ", "USAGE\u{A0}: "), ("Usage: ", "Usage\u{A0}: ")]
        where line.hasPrefix(word) { return french + names(String(line.dropFirst(7))) }
        if line.hasSuffix(":"), !line.hasPrefix(" ") {
            let title = line.dropLast()
            if title == "SUBCOMMANDS" { return "COMMANDES\u{A0}:" }
            return (title.hasSuffix(" SUBCOMMANDS") ? title.dropLast(12) : title) + "\u{A0}:"
        }
        if let command = quoted(line, before: " for detailed help.") {
            return "  «\u{A0}\(names(command))\u{A0}» en dit plus."
        }
        if let command = quoted(line, before: " for more information.") {
            return "  «\u{A0}\(command)\u{A0}» en dit plus."
        }
        return values(line.hasPrefix("  ") ? element(line) : String(line))
    }

    /// `  See 'escale help <subcommand>' for detailed help.`: what is between the quotes.
    private static func quoted(_ line: Substring, before end: String) -> String? {
        let body = line.drop { $0 == " " }
        guard body.hasPrefix("See '"), body.hasSuffix("'" + end) else { return nil }
        return String(body.dropFirst(5).dropLast(end.count + 1))
    }

    /// `  <names>     Text`: the label is translated, the text stays in its column.
    private static func element(_ line: Substring) -> String {
        let indent = line.prefix { $0 == " " }
        let body = line.dropFirst(indent.count)
        guard !body.isEmpty, indent.count == 2 else { return String(line) }
        var label = ""
        var gap = 0
        for c in body {
            if c == " " {
                gap += 1
                if gap == 2 { break }
            } else {
                label += (gap == 1 ? " " : "") + String(c)
                gap = 0
            }
        }
        let text = body.dropFirst(label.count).drop { $0 == " " }
        let french = names(label).replacing("(default)", with: "(par défaut)")
        if text.isEmpty { return indent + french }
        let column = line.count - text.count
        return Width.pad(indent + french, to: max(column, indent.count + french.count + 1)) + text
    }

    private static func values(_ line: String) -> String {
        line.replacing("Show help information.", with: "Affiche cette aide.")
            .replacing("(default:", with: "(par défaut\u{A0}:")
            .replacing("(values: ", with: "(au choix\u{A0}: ")
            .replacing("; default: ", with: "\u{A0}; par défaut\u{A0}: ")
    }

    /// `<names>` as `<nom>`.
    private static func names(_ text: String) -> String {
        var out = text
        for (english, french) in [
            ("names", "nom"), ("name", "nom"), ("containers", "conteneur"), ("container", "conteneur"),
            ("images", "image"), ("repository", "dépôt"), ("subcommand", "commande"),
            ("new-name", "nouveau-nom"), ("words", "arguments"), ("target", "cible"), ("size", "taille"),
            ("labs", "lab"), ("step", "étape"), ("choice", "choix"), ("time", "secondes"),
            ("file", "fichier")
        ] {
            out = out.replacing("<\(english)>", with: "<\(french)>")
        }
        return out
    }
}
