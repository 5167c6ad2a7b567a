import Support

/// A measured quantity: every run's value, never a single one without its number of runs.
public struct Figure: Sendable, Equatable {
    public enum Unit: String, Sendable {
        case milliseconds = "ms"
        case bytes
        case count
    }

    public let values: [Double]
    public let unit: Unit

    public init(_ values: [Double], _ unit: Unit) {
        self.values = values
        self.unit = unit
    }

    public var n: Int { values.count }

    /// The middle value; the mean of the two middle ones for an even number of runs.
    public var median: Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    public var json: JSON {
        [
            "median": .double(median), "n": JSON(n), "unit": .string(unit.rawValue),
            "values": .array(values.map { .double($0) })
        ]
    }

    /// `12,3 ms`, `4,1 Mo`: in French, three significant digits.
    public var text: String { Self.text(median, unit) }

    public static func text(_ value: Double, _ unit: Unit) -> String {
        switch unit {
        case .milliseconds:
            return value < 1000 ? "\(short(value)) ms" : "\(short(value / 1000)) s"
        case .bytes:
            let units = ["o", "ko", "Mo", "Go", "To"]
            var value = value
            var i = 0
            while value >= 1000, i < units.count - 1 {
                value /= 1000
                i += 1
            }
            return "\(short(value)) \(units[i])"
        case .count: return short(value)
        }
    }

    /// Three significant digits with a French comma.
    public static func short(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1000 { return "\(Int(value))" }
        let decimals = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        return Units.fixed(value, decimals).replacing(".", with: ",")
    }
}
