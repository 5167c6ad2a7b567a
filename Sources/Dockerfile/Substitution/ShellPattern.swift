/// `*` and `?` of a shell, without brackets: the patterns of `${x#p}`, `${x%p}` and `${x/p/r}`. Matching takes
/// time in proportion to pattern and value, whatever they hold.
struct ShellPattern {
    private enum Part: Equatable {
        case one(Unicode.Scalar)
        case any
        case star
    }

    private var parts: [Part]

    struct Problem: Error {
        var message: String
    }

    static func parse(_ pattern: [Unicode.Scalar]) -> Result<ShellPattern, Problem> {
        var parts: [Part] = []
        var i = 0
        while i < pattern.count {
            let scalar = pattern[i]
            i += 1
            switch scalar {
            case "*": if parts.last != .star { parts.append(.star) }
            case "?": parts.append(.any)
            case "\\":
                guard i < pattern.count else { return .failure(Problem(message: "invalid escape '\\'")) }
                guard "*?\\}/".unicodeScalars.contains(pattern[i]) else {
                    return .failure(Problem(message: "invalid escape '\\\(pattern[i])'"))
                }
                parts.append(.one(pattern[i]))
                i += 1
            default: parts.append(.one(scalar))
            }
        }
        return .success(ShellPattern(parts: parts))
    }

    func withoutPrefix(_ value: [Unicode.Scalar], isGreedy: Bool) -> [Unicode.Scalar] {
        guard let end = prefix(value, isGreedy: isGreedy) else { return value }
        return Array(value[end...])
    }

    func withoutSuffix(_ value: [Unicode.Scalar], isGreedy: Bool) -> [Unicode.Scalar] {
        let mirrored = ShellPattern(parts: parts.reversed())
        return mirrored.withoutPrefix(value.reversed(), isGreedy: isGreedy).reversed()
    }

    /// Where the shortest or longest match from the start ends.
    private func prefix(_ value: [Unicode.Scalar], isGreedy: Bool) -> Int? {
        match(value, from: 0, isAnchored: true, isGreedy: isGreedy)?.upperBound
    }

    /// The leftmost match at or after `start`; of those the longest, or the shortest.
    ///
    /// All states run side by side; each keeps the earliest start that led to it.
    private func match(
        _ value: [Unicode.Scalar], from start: Int, isAnchored: Bool, isGreedy: Bool
    ) -> Range<Int>? {
        let none = Int.max
        var states = [Int](repeating: none, count: parts.count + 1)
        var best: Range<Int>?
        for i in start...value.count {
            if best == nil, !isAnchored || i == start { states[0] = min(states[0], i) }
            for (j, part) in parts.enumerated() where part == .star {
                states[j + 1] = min(states[j + 1], states[j])
            }
            let origin = states[parts.count]
            if origin != none, origin <= best?.lowerBound ?? none {
                best = origin..<i
                if !isGreedy { return best }
            }
            guard i < value.count else { break }
            var isAlive = false
            for j in stride(from: parts.count, through: 0, by: -1) {
                var reached = none
                if j < parts.count, parts[j] == .star { reached = states[j] }
                if j > 0, states[j - 1] != none, accepts(parts[j - 1], value[i]) {
                    reached = min(reached, states[j - 1])
                }
                // Once something matched, what begins later can't win.
                if let best, reached > best.lowerBound { reached = none }
                states[j] = reached
                if reached != none { isAlive = true }
            }
            if !isAlive, best != nil || isAnchored { break }
        }
        return best
    }

    private func accepts(_ part: Part, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .one(let wanted): wanted == scalar
        case .any: true
        case .star: false
        }
    }

    func replace(
        in value: [Unicode.Scalar], by replacement: [Unicode.Scalar], all: Bool, limit: Int
    ) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        var from = 0
        while let found = match(value, from: from, isAnchored: false, isGreedy: true), out.count <= limit {
            out += value[from..<found.lowerBound] + replacement
            from = found.upperBound
            guard all else { break }
            if found.isEmpty {
                guard from < value.count else { return out }
                out.append(value[from])
                from += 1
            }
        }
        return out + value[from...]
    }
}
