import Support

/// A number as people write it in France or in a terminal: `1,25`, `12 345`, `64 Mio`, `1.5 s`, `3 ×`.
public struct Quantity: Sendable, Equatable {
    public enum Dimension: Sendable { case none, bytes, seconds }
    /// The number in front of the unit.
    public let raw: Double
    /// What one unit is in bytes or seconds; 1 without a dimension.
    public let factor: Double
    public let dimension: Dimension

    private static let units: [String: (Double, Dimension)] = [
        "": (1, .none), "%": (1, .none), "×": (1, .none), "x": (1, .none), "fois": (1, .none),
        "o": (1, .bytes), "octet": (1, .bytes), "octets": (1, .bytes), "b": (1, .bytes),
        "bytes": (1, .bytes),
        "ko": (1e3, .bytes), "mo": (1e6, .bytes), "go": (1e9, .bytes),
        "kb": (1e3, .bytes), "mb": (1e6, .bytes), "gb": (1e9, .bytes),
        "kio": (1024, .bytes), "mio": (1_048_576, .bytes), "gio": (1_073_741_824, .bytes),
        "kib": (1024, .bytes), "mib": (1_048_576, .bytes), "gib": (1_073_741_824, .bytes),
        "k": (1024, .bytes), "m": (1_048_576, .bytes), "g": (1_073_741_824, .bytes),
        "ns": (1e-9, .seconds), "µs": (1e-6, .seconds), "us": (1e-6, .seconds), "ms": (1e-3, .seconds),
        "s": (1, .seconds), "min": (60, .seconds)
    ]

    /// Nil where the text is not one number with a known unit.
    public init?(_ text: String) {
        let spaces: Set<Character> = [" ", "\u{A0}", "\u{202F}", "\t", "\n"]
        var number = ""
        var unit = ""
        for c in text {
            if spaces.contains(c) { continue }
            if unit.isEmpty, c.isASCII, c.isNumber || ".,+-".contains(c) {
                number.append(c == "," ? "." : c)
            } else {
                unit.append(c)
            }
        }
        guard let first = number.first, first.isNumber || (number.count > 1 && "+-.".contains(first)),
            let raw = Double(number), raw.isFinite,
            let (factor, dimension) = Self.units[unit] ?? Self.units[unit.lowercased()]
        else { return nil }
        // « 12 34 » is two words, not 1234: digits are grouped by three or not at all.
        guard Self.groupsAreThousands(text, spaces) else { return nil }
        self.raw = raw
        self.factor = factor
        self.dimension = dimension
    }

    private static func groupsAreThousands(_ text: String, _ spaces: Set<Character>) -> Bool {
        let groups = text.split { spaces.contains($0) }.map(String.init)
        let digits = groups.prefix { group in group.allSatisfy { $0.isNumber || ".,+-".contains($0) } }
        return digits.dropFirst().allSatisfy { $0.prefix { $0.isNumber }.count == 3 }
    }

    /// Both numbers on one scale. A bare number beside bytes is in bytes; beside a time it is in the
    /// time's own unit, for learners note « 27 » under the heading « ms ».
    public static func aligned(_ a: Quantity, _ b: Quantity) -> (Double, Double) {
        switch (a.dimension, b.dimension) {
        case (.none, .seconds), (.seconds, .none): (a.raw, b.raw)
        default: (a.raw * a.factor, b.raw * b.factor)
        }
    }

    /// The number in its base unit: bytes, seconds, or as it stands.
    public var base: Double { raw * factor }

    /// A computed number as a text that reads back: no exponent, no needless decimals.
    public static func text(_ value: Double, unit: String = "") -> String {
        let digits = abs(value) >= 1000 ? 1 : abs(value) >= 1 ? 3 : 6
        var text =
            value == value.rounded() && abs(value) < 9e15 ? "\(Int64(value))" : Units.fixed(value, digits)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return unit.isEmpty ? text : "\(text) \(unit)"
    }
}
