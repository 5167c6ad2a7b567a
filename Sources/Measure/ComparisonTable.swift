import Support

/// How a report looks in a terminal.
public struct Style: Sendable {
    public let color: Bool
    public let unicode: Bool
    public let width: Int

    public init(color: Bool, unicode: Bool, width: Int) {
        self.color = color
        self.unicode = unicode
        self.width = width
    }

    func paint(_ text: String, _ code: String) -> String { color ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}

extension ComparisonReport {
    /// A block a row: three bars to one scale, then the course's claim and what this machine says.
    public func table(_ style: Style) -> String {
        var out = style.paint("Comparaison de \(image)", "1") + " — hôte, conteneur, VM (\(accelerator))\n"
        if let acceleratorReason { out += wrap("\(accelerator) : \(acceleratorReason)", style.width) }
        for row in rows {
            out += "\n" + style.paint(row.title, "1") + "\n"
            let largest = row.figures.values.map(\.median).max() ?? 1
            for side in Side.allCases {
                guard let figure = row.figures[side] else { continue }
                out += (row.id == "kernel" ? kernel(side) : bar(side, figure, largest, style)) + "\n"
            }
            let color = row.verdict == .confirmed ? "32" : row.verdict == .nuanced ? "33" : "31"
            out += wrap("Le cours : \(row.claim)", style.width)
            out += "  " + style.paint(row.verdict.french, color) + "\n" + wrap(row.why, style.width)
        }
        out += "\n" + style.paint("Ce qui est partagé avec l’hôte", "1") + "\n"
        for item in sharing {
            let shared = { (yes: Bool) in yes ? "partagé" : "propre" }
            out +=
                "  \(pad(item.what, 32))conteneur : \(pad(shared(item.containerShares), 9)) VM : \(shared(item.vmShares))\n"
        }
        return out
    }

    /// A kernel has no length: its release and the start of its boot_id instead of a bar.
    private func kernel(_ side: Side) -> String {
        let fact = { (index: Int) in
            sharing.indices.contains(index) ? sharing[index].value(side) : "?"
        }
        let label = side == .vm ? "VM (\(accelerator))" : side.french
        return "  \(pad(label, 11)) Linux \(fact(0)), boot_id \(fact(1).prefix(8))…"
    }

    private func bar(_ side: Side, _ figure: Figure, _ largest: Double, _ style: Style) -> String {
        let label = side == .vm ? "VM (\(accelerator))" : side.french
        let value = pad(figure.text, 9, left: true)
        let runs = "n=\(figure.n)"
        let room = max(8, style.width - 14 - 11 - 7)
        let share = largest > 0 ? figure.median / largest : 0
        let eighths = Int((share * Double(room) * 8).rounded())
        var drawn = String(repeating: style.unicode ? "█" : "#", count: eighths / 8)
        if style.unicode, eighths % 8 > 0 { drawn += ["▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8 - 1] }
        if drawn.isEmpty { drawn = style.unicode ? "▏" : "|" }
        let color = side == .host ? "36" : side == .container ? "32" : "35"
        return "  \(pad(label, 11)) \(value) \(pad(runs, 5))\(style.paint(drawn, color))"
    }
}

/// French typography: no-break spaces before `: ; ! ? »` and after `«`, so that no line begins or ends with
/// them.
func typeset(_ text: String) -> String {
    var text = text
    for mark in [":", ";", "!", "?", "»"] { text = text.replacing(" \(mark)", with: "\u{A0}\(mark)") }
    return text.replacing("« ", with: "«\u{A0}")
}

func pad(_ text: String, _ width: Int, left: Bool = false) -> String {
    let fill = String(repeating: " ", count: max(0, width - text.count))
    return left ? fill + text : text + fill
}

/// Words in lines of at most `width`, two spaces in front; a no-break space never breaks.
func wrap(_ text: String, _ width: Int) -> String {
    var out = ""
    var line = " "
    for word in typeset(text).split(separator: " ") {
        if line.count + 1 + word.count > width, line.count > 1 {
            out += line + "\n"
            line = " "
        }
        line += " " + word
    }
    return out + line + "\n"
}
