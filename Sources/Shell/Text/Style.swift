/// How to draw: colours or none, accented and box characters or ASCII, how wide.
package struct Style: Sendable, Equatable {
    package var hasColour: Bool
    package var isUTF8: Bool
    /// Columns of text.
    package var width: Int
    /// Does the terminal know how to wipe the rest of a line?
    package var canErase: Bool

    package init(hasColour: Bool = false, isUTF8: Bool = true, width: Int = 80, canErase: Bool = true) {
        self.hasColour = hasColour
        self.isUTF8 = isUTF8
        self.canErase = canErase
        // Long lines are hard to read on a wide screen; a very narrow one gets what fits.
        self.width = min(max(width, 20), 100)
    }

    /// Select Graphic Rendition parameters (ECMA-48 8.3.117).
    package enum Paint: String, Sendable {
        case bold = "1"
        case dim = "2"
        case italic = "3"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case magenta = "35"
        case cyan = "36"
    }

    package func paint(_ text: String, _ paints: Paint...) -> String {
        guard hasColour, !text.isEmpty else { return text }
        return "\u{1B}[\(paints.map(\.rawValue).joined(separator: ";"))m\(text)\u{1B}[0m"
    }

    package func bold(_ text: String) -> String { paint(text, .bold) }
    package func dim(_ text: String) -> String { paint(text, .dim) }
    package func code(_ text: String) -> String { hasColour ? paint(text, .cyan) : text }

    package var tick: String { paint(isUTF8 ? "✔" : "+", .green) }
    package var cross: String { paint(isUTF8 ? "✘" : "x", .red) }
    package var blocked: String { dim(isUTF8 ? "○" : "o") }
    package var bullet: String { isUTF8 ? "•" : "-" }
    package var arrow: String { isUTF8 ? "→" : "->" }
    package var rule: String { isUTF8 ? "─" : "-" }

    /// A bar of `width` columns, filled in eighths where the terminal can draw them.
    package func bar(_ part: Double, width: Int) -> String {
        let part = part.isFinite ? min(max(part, 0), 1) : 0
        guard isUTF8 else {
            let full = Int((part * Double(width)).rounded())
            return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
                + "]"
        }
        let eighths = Int((part * Double(width) * 8).rounded())
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let filled = String(repeating: "█", count: eighths / 8) + partial
        let empty = String(repeating: "░", count: max(0, width - eighths / 8 - (partial.isEmpty ? 0 : 1)))
        return paint(filled, .green) + dim(empty)
    }
}
