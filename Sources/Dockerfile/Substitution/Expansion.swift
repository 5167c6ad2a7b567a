/// Substitutes variables in one word, as the reference's "Environment replacement" says: quotes, escapes,
/// `$x`, `${x}` and its modifiers.
struct Expansion {
    /// The value of a variable; nil where it is not set.
    let lookup: (String) -> String?
    let escape: Unicode.Scalar
    /// False in here-documents, where quotes are characters like others.
    var readsQuotes = true
    /// Bytes of the longest result: `ARG b=$a$a` doubles with every line.
    var limit = Self.wordLimit
    /// Names that were asked for, in order.
    private(set) var used: [String] = []
    /// Those of them that are not set.
    private(set) var missing: [String] = []

    /// The longest string that execve takes (MAX_ARG_STRLEN).
    static let wordLimit = 128 << 10
    static let fileLimit = 16 << 20
    private static let deepest = 64

    private var text: [Unicode.Scalar] = []
    private var next = 0
    private var depth = 0
    private var produced = 0

    init(escape: UInt8 = UInt8(ascii: "\\"), lookup: @escaping (String) -> String?) {
        self.escape = Unicode.Scalar(escape)
        self.lookup = lookup
    }

    /// The word with everything substituted, quotes and escapes gone.
    mutating func word(_ word: String) throws(Failure) -> String {
        try words(word).whole
    }

    /// As `word`, and its parts at blanks that are not quoted.
    mutating func words(_ word: String) throws(Failure) -> (whole: String, parts: [String]) {
        text = Array(word.unicodeScalars)
        next = 0
        produced = 0
        do throws(Failure) {
            var pieces = Pieces()
            try run(until: nil, keepsEscapes: false, into: &pieces)
            return (string(pieces.whole), pieces.words.map(string))
        } catch {
            // Where the word stands, the caller knows.
            throw Failure(
                .substitution, "failed to process \(quoted(word)): \(error.message)", in: word)
        }
    }

    /// The result in one piece and in words.
    private struct Pieces {
        var whole: [Unicode.Scalar] = []
        private var done: [[Unicode.Scalar]] = []
        private var current: [Unicode.Scalar] = []

        var words: [[Unicode.Scalar]] { current.isEmpty ? done : done + [current] }

        /// Blanks part words unless they are quoted or escaped.
        mutating func add(_ scalars: some Sequence<Unicode.Scalar>, isRaw: Bool) {
            for scalar in scalars {
                whole.append(scalar)
                if isRaw || !scalar.properties.isWhitespace {
                    current.append(scalar)
                } else if !current.isEmpty {
                    done.append(current)
                    current = []
                }
            }
        }
    }

    // MARK: - Scanning

    private var peek: Unicode.Scalar? { next < text.count ? text[next] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard next < text.count else { return nil }
        next += 1
        return text[next - 1]
    }

    /// Up to `stop`, which is consumed, or the end. Escapes stay where a pattern still needs them.
    private mutating func run(
        until stop: Unicode.Scalar?, keepsEscapes: Bool, into pieces: inout Pieces
    ) throws(Failure) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw bad("substitutions are nested too deeply") }
        while let scalar = peek {
            if scalar == stop {
                next += 1
                return
            }
            switch scalar {
            case "$": pieces.add(try dollar(keepsEscapes), isRaw: false)
            case "'" where readsQuotes: pieces.add(try singleQuoted(), isRaw: true)
            case "\"" where readsQuotes: pieces.add(try doubleQuoted(keepsEscapes), isRaw: true)
            case escape:
                next += 1
                if keepsEscapes { pieces.add([scalar], isRaw: true) }
                // An escape at the very end escapes nothing.
                if let escaped = take() { pieces.add([escaped], isRaw: true) }
            default:
                next += 1
                pieces.add([scalar], isRaw: false)
            }
        }
        if let stop { throw bad("unexpected end of statement while looking for matching \(stop)") }
    }

    private mutating func singleQuoted() throws(Failure) -> [Unicode.Scalar] {
        next += 1
        guard let end = text[next...].firstIndex(of: "'") else {
            throw bad("unexpected end of statement while looking for matching single-quote")
        }
        defer { next = end + 1 }
        return Array(text[next..<end])
    }

    private mutating func doubleQuoted(_ keepsEscapes: Bool) throws(Failure) -> [Unicode.Scalar] {
        next += 1
        var out: [Unicode.Scalar] = []
        while let scalar = peek {
            switch scalar {
            case "\"":
                next += 1
                return out
            case "$": out += try dollar(keepsEscapes)
            case escape:
                next += 1
                guard let escaped = peek else { continue }
                // Only these lose their meaning; before others the escape is a character.
                let isSpecial = escaped == "\"" || escaped == "$" || escaped == escape
                if keepsEscapes || !isSpecial { out.append(scalar) }
                if isSpecial {
                    out.append(escaped)
                    next += 1
                }
            default:
                out.append(scalar)
                next += 1
            }
        }
        throw bad("unexpected end of statement while looking for matching double-quote")
    }

    // MARK: - Variables

    private mutating func dollar(_ keepsEscapes: Bool) throws(Failure) -> [Unicode.Scalar] {
        next += 1
        let out = peek == "{" ? try braces() : plain()
        produced += out.count
        guard produced <= limit else { throw bad("the result is longer than \(limit) bytes") }
        return out
    }

    private mutating func plain() -> [Unicode.Scalar] {
        let name = name()
        return name.isEmpty ? ["$"] : Array((value(name) ?? "").unicodeScalars)
    }

    /// `${…}`
    private mutating func braces() throws(Failure) -> [Unicode.Scalar] {
        next += 1
        switch peek {
        case nil: throw bad("syntax error: missing '}'")
        case "{", "}", ":": throw bad("syntax error: bad substitution")
        default: break
        }
        let name = name()
        let modifier = take()
        switch modifier {
        case "}": return Array((value(name) ?? "").unicodeScalars)
        case ":":
            let second = take()
            guard let second, "-+?".unicodeScalars.contains(second) else {
                throw bad("unsupported modifier (:\(second.map(String.init) ?? "")) in substitution")
            }
            return try conditional(second, name, emptyIsUnset: true)
        case "-", "+", "?": return try conditional(modifier ?? "-", name, emptyIsUnset: false)
        case "#", "%":
            let isSuffix = modifier == "%"
            var pattern = try argument(until: "}", keepsEscapes: true)
            let isGreedy = pattern.first == modifier
            if isGreedy { pattern.removeFirst() }
            let value = Array((value(name) ?? "").unicodeScalars)
            let glob = try self.pattern(pattern)
            return isSuffix
                ? glob.withoutSuffix(value, isGreedy: isGreedy)
                : glob.withoutPrefix(value, isGreedy: isGreedy)
        case "/":
            let isAll = peek == "/"
            if isAll { next += 1 }
            let pattern = try argument(until: "/", keepsEscapes: true)
            let replacement = try argument(until: "}", keepsEscapes: true)
            let value = Array((value(name) ?? "").unicodeScalars)
            return try self.pattern(pattern).replace(in: value, by: replacement, all: isAll, limit: limit)
        case nil: throw bad("syntax error: missing '}'")
        case let other?: throw bad("unsupported modifier (\(other)) in substitution")
        }
    }

    /// `-`: a default; `+`: an alternative; `?`: must be set.
    private mutating func conditional(
        _ kind: Unicode.Scalar, _ name: String, emptyIsUnset: Bool
    ) throws(Failure) -> [Unicode.Scalar] {
        let word = try argument(until: "}", keepsEscapes: false)
        // Who gives a default or an alternative knows that it may not be set.
        used.append(name)
        let value = lookup(name)
        let isSet = value.map { !$0.isEmpty || !emptyIsUnset } ?? false
        switch kind {
        case "-": return isSet ? Array((value ?? "").unicodeScalars) : word
        case "+": return isSet ? word : []
        default:
            if isSet { return Array((value ?? "").unicodeScalars) }
            let reason = value == nil ? "is not allowed to be unset" : "is not allowed to be empty"
            throw bad("\(name): \(word.isEmpty ? reason : string(word))")
        }
    }

    private mutating func argument(
        until stop: Unicode.Scalar, keepsEscapes: Bool
    ) throws(Failure) -> [Unicode.Scalar] {
        var pieces = Pieces()
        do throws(Failure) {
            try run(until: stop, keepsEscapes: keepsEscapes, into: &pieces)
        } catch {
            guard next >= text.count, !error.message.contains("nested") else { throw error }
            throw bad(stop == "/" ? "syntax error: missing '/' in ${}" : "syntax error: missing '}'")
        }
        return pieces.whole
    }

    private func pattern(_ scalars: [Unicode.Scalar]) throws(Failure) -> ShellPattern {
        switch ShellPattern.parse(scalars) {
        case .success(let pattern): return pattern
        case .failure(let problem):
            throw bad("invalid pattern (\(string(scalars))) in substitution: \(problem.message)")
        }
    }

    /// Letters, digits and `_`; or digits alone; or one of the shell's special parameters.
    private mutating func name() -> String {
        let start = next
        guard let first = peek else { return "" }
        if Self.isDigit(first) {
            while let digit = peek, Self.isDigit(digit) { next += 1 }
        } else if "@*#?-$!".unicodeScalars.contains(first) {
            next += 1
        } else {
            while let scalar = peek, scalar == "_" || Self.isLetter(scalar) || Self.isDigit(scalar) {
                next += 1
            }
        }
        return string(Array(text[start..<next]))
    }

    private mutating func value(_ name: String) -> String? {
        used.append(name)
        let value = lookup(name)
        if value == nil { missing.append(name) }
        return value
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        default: false
        }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .decimalNumber
    }

    private func bad(_ message: String) -> Failure { Failure(.substitution, message, at: 0) }
}

func string(_ scalars: [Unicode.Scalar]) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
}
