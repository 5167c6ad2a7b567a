import Support

/// Draws the values of a step's variables: the same for a learner, step and attempt whatever restarts, others
/// for a neighbour.
public enum Variables {
    /// - Parameters:
    ///   - seed: learner's id, lab, step and attempt.
    public static func draw(_ variables: [Variable], seed: String) -> [String: String] {
        var generator = SeededGenerator(seed: seed)
        var result: [String: String] = [:]
        /// Values already given out of one list, so that equal lists never give a value twice.
        var used: [[String]: [String]] = [:]
        for variable in variables {
            switch variable.range {
            case .choice(let list):
                var left = list.filter { !(used[list] ?? []).contains($0) }
                if left.isEmpty { left = list }
                let value = left[Int(generator.next() % UInt64(left.count))]
                used[list, default: []].append(value)
                result[variable.name] = value
            case .integers(let range):
                result[variable.name] = "\(range.lowerBound + Int(generator.next() % UInt64(range.count)))"
            }
        }
        return result
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014) seeded by FNV-1a of a text: small, and the same on every machine,
/// which the standard library's hashes are not.
struct SeededGenerator {
    private var state: UInt64

    init(seed: String) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in seed.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        state = hash
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// `${NAME}` in texts; `$${NAME}` stands for a literal `${NAME}`.
enum Substitution {
    enum Piece: Equatable {
        case text(String)
        case variable(String)
    }

    /// Cuts a text at its variables. Only capital names (and `OBTENU:id`) count: `${x}` is bash's own.
    static func pieces(_ text: String) -> [Piece] {
        var pieces: [Piece] = []
        var plain = ""
        let c = Array(text)
        var i = 0
        while i < c.count {
            if c[i] == "$", i + 2 < c.count, c[i + 1] == "$", c[i + 2] == "{" {
                plain += "${"
                i += 3
            } else if c[i] == "$", i + 1 < c.count, c[i + 1] == "{",
                let end = c[(i + 2)...].firstIndex(of: "}"), isName(String(c[(i + 2)..<end]))
            {
                if !plain.isEmpty { pieces.append(.text(plain)) }
                plain = ""
                pieces.append(.variable(String(c[(i + 2)..<end])))
                i = end + 1
            } else {
                plain.append(c[i])
                i += 1
            }
        }
        if !plain.isEmpty { pieces.append(.text(plain)) }
        return pieces
    }

    private static func isName(_ text: String) -> Bool {
        if text.hasPrefix("OBTENU:") { return Identifier.isValid(String(text.dropFirst(7))) }
        return Identifier.isVariable(text)
    }

    /// Names a text uses.
    static func names(_ text: String) -> [String] {
        pieces(text).compactMap { if case .variable(let name) = $0 { name } else { nil } }
    }

    /// Unknown names stay as they are.
    static func apply(_ values: [String: String], to text: String) -> String {
        guard text.contains("${") else { return text }
        return pieces(text).map {
            switch $0 {
            case .text(let s): s
            case .variable(let name): values[name] ?? "${\(name)}"
            }
        }.joined()
    }
}
