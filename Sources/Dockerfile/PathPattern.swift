/// One path pattern with `*`, `?`, `[a-z]` and `\`: Go's `filepath.Match`. `*` and `?` stay within a folder.
/// Used by the sources of `COPY` and `ADD`; with `**` by `.dockerignore` and `--exclude`.
public struct PathPattern: Hashable, Sendable {
    enum Token: Hashable {
        case one(Unicode.Scalar)
        case any
        /// Any run of characters but `/`.
        case star
        /// `**/`: nothing, or folders and their `/`.
        case folders
        /// `**` at the end, and `**name` at the start: anything.
        case rest
        case set([ClosedRange<UInt32>], isNegated: Bool)
    }

    private let tokens: [Token]
    /// No wildcard in it: it names one path.
    public let isLiteral: Bool

    /// nil where the pattern is malformed: an open `[`, an escape at the end. `deep` reads `**` as moby does.
    public init?(_ text: String, deep: Bool = false) {
        var tokens: [Token] = []
        let scalars = Array(text.unicodeScalars)
        var i = 0
        while i < scalars.count {
            let scalar = scalars[i]
            i += 1
            switch scalar {
            case "*":
                let isDouble = deep && i < scalars.count && scalars[i] == "*"
                guard isDouble else {
                    if tokens.last != .star { tokens.append(.star) }
                    continue
                }
                i += 1
                if i < scalars.count, scalars[i] == "/" { i += 1 }
                let token: Token = i == scalars.count ? .rest : .folders
                if tokens.last != token { tokens.append(token) }
            case "?": tokens.append(.any)
            case "\\":
                guard i < scalars.count else { return nil }
                tokens.append(.one(scalars[i]))
                i += 1
            case "[":
                guard let set = Self.set(scalars, &i) else { return nil }
                tokens.append(set)
            default: tokens.append(.one(scalar))
            }
        }
        // `**name`, without a slash and other wildcards, is a suffix to moby.
        if tokens.first == .folders, !text.hasPrefix("**/"), tokens.dropFirst().allSatisfy(Self.isLiteral) {
            tokens[0] = .rest
        }
        self.tokens = tokens
        isLiteral = tokens.allSatisfy(Self.isLiteral)
    }

    private static func isLiteral(_ token: Token) -> Bool {
        if case .one = token { true } else { false }
    }

    /// `[^a-z_]`, after its `[`.
    private static func set(_ scalars: [Unicode.Scalar], _ i: inout Int) -> Token? {
        let isNegated = i < scalars.count && scalars[i] == "^"
        if isNegated { i += 1 }
        var ranges: [ClosedRange<UInt32>] = []
        func bound() -> UInt32? {
            guard i < scalars.count, scalars[i] != "-", scalars[i] != "]" else { return nil }
            if scalars[i] == "\\" { i += 1 }
            guard i < scalars.count else { return nil }
            defer { i += 1 }
            return scalars[i].value
        }
        while true {
            if i < scalars.count, scalars[i] == "]", !ranges.isEmpty {
                i += 1
                return .set(ranges, isNegated: isNegated)
            }
            guard let low = bound() else { return nil }
            var high = low
            if i < scalars.count, scalars[i] == "-" {
                i += 1
                guard let end = bound() else { return nil }
                high = end
            }
            // A range upside down holds nothing.
            ranges.append(low <= high ? low...high : UInt32.max...UInt32.max)
        }
    }

    /// True where it matches the whole path. All ways are tried side by side: time grows with the product of the
    /// lengths, never faster.
    public func matches(_ path: String) -> Bool {
        matches(Array(path.unicodeScalars))
    }

    /// `orAbove`: true too where it matches a folder above.
    func matches(_ path: [Unicode.Scalar], orAbove: Bool = false) -> Bool {
        let none = [Bool](repeating: false, count: tokens.count + 1)
        var states = none
        arrive(0, &states)
        for (at, scalar) in path.enumerated() {
            if orAbove, at > 0, scalar == "/", states[tokens.count] { return true }
            var next = none
            for (i, token) in tokens.enumerated() where states[i] {
                switch token {
                case .one(let wanted): if wanted == scalar { arrive(i + 1, &next) }
                case .any: if scalar != "/" { arrive(i + 1, &next) }
                case .star: if scalar != "/" { arrive(i, &next) }
                case .rest: arrive(i, &next)
                case .folders:
                    next[i] = true
                    if scalar == "/" { arrive(i + 1, &next) }
                case .set(let ranges, let isNegated):
                    if scalar != "/", ranges.contains(where: { $0.contains(scalar.value) }) != isNegated {
                        arrive(i + 1, &next)
                    }
                }
            }
            states = next
        }
        return states[tokens.count]
    }

    /// A state that was just reached; wildcards may stand for nothing, so those after them are too.
    private func arrive(_ state: Int, _ states: inout [Bool]) {
        var i = state
        states[i] = true
        while i < tokens.count, tokens[i] == .star || tokens[i] == .rest || tokens[i] == .folders {
            i += 1
            states[i] = true
        }
    }
}
