import Support

/// What a value must be. `Operand` is `Value` as written, `String` once read.
public indirect enum Expectation<Operand: Sendable & Equatable>: Sendable, Equatable {
    case equal(Operand)
    case oneOf([Operand])
    case not(Expectation)
    case above(Operand)
    case below(Operand)
    case atLeast(Operand)
    case atMost(Operand)
    case near(Operand, Tolerance)
    case contains(Operand)
    case match(String)
    /// The words, in any order.
    case set([Operand])
    /// The words, in this order.
    case sequence([Operand])
    case all([Expectation])

    public enum Tolerance: Sendable, Equatable {
        /// Of the expected value: 20 for 20 %.
        case percent(Double)
        case absolute(Double)
    }

    public var operands: [Operand] {
        switch self {
        case .equal(let x), .above(let x), .below(let x), .atLeast(let x), .atMost(let x), .near(let x, _),
            .contains(let x):
            [x]
        case .oneOf(let list), .set(let list), .sequence(let list): list
        case .not(let inner): inner.operands
        case .match: []
        case .all(let list): list.flatMap(\.operands)
        }
    }

    public func map<T, E: Error>(_ read: (Operand) throws(E) -> T) throws(E) -> Expectation<T> {
        switch self {
        case .equal(let x): .equal(try read(x))
        case .oneOf(let list): .oneOf(try list.map(read))
        case .not(let inner): .not(try inner.map(read))
        case .above(let x): .above(try read(x))
        case .below(let x): .below(try read(x))
        case .atLeast(let x): .atLeast(try read(x))
        case .atMost(let x): .atMost(try read(x))
        case .near(let x, .percent(let p)): .near(try read(x), .percent(p))
        case .near(let x, .absolute(let a)): .near(try read(x), .absolute(a))
        case .contains(let x): .contains(try read(x))
        case .match(let pattern): .match(pattern)
        case .set(let list): .set(try list.map(read))
        case .sequence(let list): .sequence(try list.map(read))
        case .all(let list):
            .all(try list.map { inner throws(E) -> Expectation<T> in try inner.map(read) })
        }
    }
}

extension Expectation where Operand == String {
    /// Whether a text that was read is what was expected.
    public func holds(_ got: String) -> Bool {
        switch self {
        case .equal(let x): Self.same(got, x)
        case .oneOf(let list): list.contains { Self.same(got, $0) }
        case .not(let inner): !inner.holds(got)
        case .above(let x): Self.compare(got, x) { $0 > $1 }
        case .below(let x): Self.compare(got, x) { $0 < $1 }
        case .atLeast(let x): Self.compare(got, x) { $0 >= $1 }
        case .atMost(let x): Self.compare(got, x) { $0 <= $1 }
        case .near(let x, .percent(let p)): Self.compare(got, x) { abs($0 - $1) <= abs($1) * p / 100 + 1e-12 }
        case .near(let x, .absolute(let a)): Self.compare(got, x) { abs($0 - $1) <= a + 1e-12 }
        case .contains(let x): got.contains(x)
        case .match(let pattern): ERE.first(pattern, in: got) != nil
        case .set(let list): Self.folded(got).sorted() == list.flatMap(Self.folded).sorted()
        case .sequence(let list): Self.folded(got) == list.flatMap(Self.folded)
        case .all(let list): list.allSatisfy { $0.holds(got) }
        }
    }

    /// As numbers when both are, else as texts whatever their case.
    static func same(_ a: String, _ b: String) -> Bool {
        if let x = Quantity(a), let y = Quantity(b) {
            let (p, q) = Quantity.aligned(x, y)
            return abs(p - q) <= max(abs(p), abs(q)) * 1e-9
        }
        return plain(a) == plain(b)
    }

    /// Without case, French accents and outer spaces.
    private static func plain(_ text: String) -> String {
        Learner.unaccented(Extraction.trimmed(text).lowercased())
    }

    private static func compare(_ a: String, _ b: String, _ holds: (Double, Double) -> Bool) -> Bool {
        guard let x = Quantity(a), let y = Quantity(b) else { return false }
        let (p, q) = Quantity.aligned(x, y)
        return holds(p, q)
    }

    /// Words, separated by spaces, commas or semicolons.
    private static func folded(_ text: String) -> [String] {
        Learner.unaccented(text.lowercased()).split { $0.isWhitespace || $0 == "," || $0 == ";" }.map(
            String.init)
    }

    /// True where numbers are compared: a text that is none deserves its own reason.
    var isNumeric: Bool {
        switch self {
        case .above, .below, .atLeast, .atMost, .near: true
        case .all(let list): list.contains { $0.isNumeric }
        default: false
        }
    }
}

extension Expectation where Operand == Value {
    /// In French. Operands that are read are named, not told.
    public var described: String {
        switch self {
        case .equal(let x): x.described
        case .oneOf(let list): Typography.list(list.map(\.described))
        case .not(let inner): "autre chose que \(inner.described)"
        case .above(let x): "plus de \(x.described)"
        case .below(let x): "moins de \(x.described)"
        case .atLeast(let x): "au moins \(x.described)"
        case .atMost(let x): "au plus \(x.described)"
        case .near(let x, .percent(let p)): "\(x.described), à \(Quantity.text(p)) % près"
        case .near(let x, .absolute(let a)): "\(x.described), à \(Quantity.text(a)) près"
        case .contains(let x): "un texte qui contient « \(x.described) »"
        case .match(let pattern): "un texte de la forme « \(pattern) »"
        case .set(let list): "\(Typography.list(list.map(\.described), "et")), dans n’importe quel ordre"
        case .sequence(let list): list.map(\.described).joined(separator: ", puis ")
        case .all(let list): list.map(\.described).joined(separator: " et ")
        }
    }

    /// True where saying it would give the answer away.
    var tellsAnswer: Bool {
        switch self {
        case .equal, .oneOf, .set, .sequence, .contains, .match: operands.allSatisfy { $0.literal != nil }
        case .not: false
        case .all(let list): list.contains { $0.tellsAnswer }
        case .near: operands.allSatisfy { $0.literal != nil }
        case .above, .below, .atLeast, .atMost: false
        }
    }
}
