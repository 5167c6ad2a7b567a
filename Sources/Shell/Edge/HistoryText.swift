/// The history file's text: a line an entry; an entry of several lines has `\n` written out.
package enum HistoryText {
    package static func encode(_ entry: String) -> String {
        var out = ""
        for c in entry {
            switch c {
            case "\\": out += "\\\\"
            case "\n", "\r\n": out += "\\n"
            default: out.append(c)
            }
        }
        return out + "\n"
    }

    /// Entries, oldest first. Bytes that are no UTF-8 don't matter; empty lines are skipped.
    package static func decode(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map { line in
            var out = ""
            var escaped = false
            for c in line {
                if escaped {
                    out.append(c == "n" ? "\n" : c)
                    escaped = false
                } else if c == "\\" {
                    escaped = true
                } else {
                    out.append(c)
                }
            }
            return out
        }
    }

    /// Each entry once, where it was last used, and at most `limit` of them.
    package static func tidy(_ entries: [String], limit: Int) -> [String] {
        var seen = Set<String>()
        var kept: [String] = []
        for entry in entries.reversed() where kept.count < limit && seen.insert(entry).inserted {
            kept.append(entry)
        }
        return kept.reversed()
    }

    /// Is it worth keeping? A line that begins with a space is private, as in bash.
    package static func isKept(_ entry: String, last: String?) -> Bool {
        guard let first = entry.first, !first.isWhitespace else { return false }
        return entry != last
    }
}
