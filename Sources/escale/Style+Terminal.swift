import Glibc
import Linux
import Measure

extension Style {
    /// Colour only on a terminal that wants it (NO_COLOR, TERM), block characters only in UTF-8.
    static var terminal: Style {
        let locale = Environment["LC_ALL"] ?? Environment["LC_CTYPE"] ?? Environment["LANG"] ?? ""
        let upper = locale.uppercased()
        return Style(
            color: isatty(1) == 1 && Environment["NO_COLOR"] == nil && Environment["TERM"] != "dumb",
            unicode: upper.contains("UTF-8") || upper.contains("UTF8") || locale.isEmpty,
            width: min(100, Terminal.size?.width ?? 80))
    }
}
