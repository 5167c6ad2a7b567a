/// Durations as Go writes them: `1h30m`, `1.5s`, `300ms`.
enum GoDuration {
    struct Problem: Error {
        var message: String
    }

    private static let units: [String: Double] = [
        "ns": 1, "us": 1e3, "µs": 1e3, "μs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9
    ]

    /// In nanoseconds.
    static func parse(_ text: String) -> Result<Int64, Problem> {
        let invalid = Problem(message: "time: invalid duration \(quoted(text))")
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest = rest.dropFirst() }
        if rest == "0" { return .success(0) }
        guard !rest.isEmpty else { return .failure(invalid) }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "." }
            guard digits != ".", let number = Double(digits.hasSuffix(".") ? digits + "0" : digits) else {
                return .failure(invalid)
            }
            rest = rest.dropFirst(digits.count)
            let unit = String(rest.prefix { $0 != "." && !($0.isASCII && $0.isNumber) })
            if unit.isEmpty {
                return .failure(Problem(message: "time: missing unit in duration \(quoted(text))"))
            }
            guard let factor = units[unit] else {
                return .failure(
                    Problem(message: "time: unknown unit \(quoted(unit)) in duration \(quoted(text))"))
            }
            rest = rest.dropFirst(unit.count)
            total += number * factor
        }
        guard total < 9.2e18 else { return .failure(invalid) }
        return .success(Int64(total.rounded()) * (isNegative ? -1 : 1))
    }
}
