/// Comparing words the way a learner means them: accents and case don't count.
package enum Fold {
    /// Lower case, without accents: `Précédent` and `precedent` fold alike.
    package static func key(_ word: some StringProtocol) -> String {
        var out = String.UnicodeScalarView()
        for scalar in word.lowercased().unicodeScalars {
            switch scalar {
            case "à", "â", "ä", "á", "ã": out.append("a")
            case "ç": out.append("c")
            case "é", "è", "ê", "ë": out.append("e")
            case "î", "ï", "í": out.append("i")
            case "ô", "ö", "ó": out.append("o")
            case "ù", "û", "ü", "ú": out.append("u")
            case "ÿ": out.append("y")
            case "œ": out.append(contentsOf: "oe".unicodeScalars)
            case "æ": out.append(contentsOf: "ae".unicodeScalars)
            case "’": out.append("'")
            // A decomposed accent (macOS keyboards, some editors).
            case "\u{300}"..."\u{36F}": continue
            default: out.append(scalar)
            }
        }
        return String(out)
    }

    /// How many letters to insert, drop, replace or swap with their neighbour (optimal string
    /// alignment distance).
    package static func distance(_ a: String, _ b: String) -> Int {
        let a = Array(a.unicodeScalars)
        let b = Array(b.unicodeScalars)
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var before: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var row = [i]
            for j in 1...b.count {
                let replace = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                var best = min(replace, previous[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    best = min(best, before[j - 2] + 1)
                }
                row.append(best)
            }
            before = previous
            previous = row
        }
        return previous[b.count]
    }

    /// The candidate that a mistyped word most likely stands for; nil when none is near enough
    /// (one slip up to four letters, two up to eight, three beyond).
    package static func nearest(_ word: String, among candidates: [String]) -> String? {
        let key = key(word)
        let allowed = key.count <= 2 ? 0 : key.count <= 4 ? 1 : key.count <= 8 ? 2 : 3
        var best: (word: String, distance: Int)?
        for candidate in candidates {
            let d = distance(key, self.key(candidate))
            if d <= allowed, d < (best?.distance ?? .max) { best = (candidate, d) }
        }
        return best?.word
    }
}
