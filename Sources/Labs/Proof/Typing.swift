/// A `solution.sh` or `wrong/*.sh` as things to do at a terminal. Pure.
package enum Typing {
    package enum Act: Equatable {
        /// A line to type, before its captures are put in.
        case type(String)
        /// Read a value off the screen, as the learner does: name and extended regular expression.
        case read(name: String, pattern: String)
    }

    /// Comments are not typed, except inside a here-document.
    package static func acts(_ script: String) -> [Act] {
        var acts: [Act] = []
        var end: String?
        for line in script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            let bare = Extraction.trimmed(line)
            if let mark = end {
                acts.append(.type(line))
                if bare == mark { end = nil }
                continue
            }
            if bare.isEmpty { continue }
            if bare.hasPrefix("#") {
                if let read = capture(bare) { acts.append(read) }
                continue
            }
            acts.append(.type(line))
            end = ERE.first("<<-? *['\"]?([A-Za-z_][A-Za-z0-9_]*)", in: line)
        }
        return acts
    }

    /// `# lire NAME: ERE`.
    private static func capture(_ line: String) -> Act? {
        guard let name = ERE.first("^# *lire +([A-Z][A-Z0-9_]*) *:", in: line),
            let pattern = ERE.first("^# *lire +[A-Z][A-Z0-9_]* *: *(.+)$", in: line)
        else { return nil }
        return .read(name: name, pattern: pattern)
    }

    /// The last line of the screen that matches gives the value.
    package static func value(_ pattern: String, on screen: String) -> String? {
        for line in screen.split(whereSeparator: \.isNewline).reversed() {
            if let found = ERE.first(pattern, in: Extraction.trimmed(String(line))) { return found }
        }
        return nil
    }

    /// Puts what was read in place of `@NAME@`.
    package static func fill(_ line: String, _ values: [String: String]) -> String {
        var line = line
        for (name, value) in values { line = line.replacing("@\(name)@", with: value) }
        return line
    }

    /// Names that are used before anything was read for them.
    package static func unread(_ script: String) -> [String] {
        var known: Set<String> = []
        var missing: [String] = []
        for act in acts(script) {
            switch act {
            case .read(let name, _): known.insert(name)
            case .type(let line):
                for piece in line.split(separator: "@", omittingEmptySubsequences: false).dropFirst()
                    .dropLast()
                where Identifier.isVariable(String(piece)) && !known.contains(String(piece)) {
                    missing.append(String(piece))
                }
            }
        }
        return missing
    }

    /// The script for a learner's eyes: what to read is said, not how a program finds it.
    static func forReading(_ script: String) -> String {
        script.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let bare = Extraction.trimmed(String(line))
            if bare.hasPrefix("#"), case .read(let name, _)? = capture(bare) {
                return "# lisez \(name) à l’écran"
            }
            var line = String(line)
            while let name = ERE.first("@([A-Z][A-Z0-9_]*)@", in: line) {
                line = line.replacing("@\(name)@", with: "<\(name)>")
            }
            return line
        }.joined(separator: "\n")
    }
}
