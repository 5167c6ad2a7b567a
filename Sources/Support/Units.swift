/// Sizes and durations as Docker reads and prints them.
public enum Units {
    /// `64m`, `1.5g`, `1024`, `10MiB` to bytes; powers of 1024, as Docker's memory flags.
    public static func bytes(_ text: String) throws(EscaleError) -> Int64 {
        var lower = Substring(text.lowercased())
        for suffix in ["ib", "b"] where lower.hasSuffix(suffix) {
            lower = lower.dropLast(suffix.count)
            break
        }
        var factor = 1.0
        if let unit = lower.last, let power = ["k", "m", "g", "t", "p"].firstIndex(of: String(unit)) {
            lower = lower.dropLast()
            for _ in 0...power { factor *= 1024 }
        }
        while lower.last == " " { lower = lower.dropLast() }
        // No sign, exponent or hexadecimal, which Double would take.
        guard lower.allSatisfy({ $0.isNumber || $0 == "." }), let number = Double(lower),
            number * factor < 9.2e18
        else {
            throw EscaleError(.invalid, "invalid size: '\(text)'", repair: "64m, 1g, 1.5g...")
        }
        return Int64(number * factor)
    }

    /// `1.24MB`: three significant digits, powers of 1000, as `docker images`.
    public static func size(_ bytes: Int64) -> String {
        scaled(Double(bytes), 1000, ["B", "kB", "MB", "GB", "TB", "PB"])
    }

    /// `15.2MiB`: powers of 1024, as `docker stats`.
    public static func binarySize(_ bytes: Int64) -> String {
        scaled(Double(bytes), 1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"])
    }

    private static func scaled(_ value: Double, _ base: Double, _ units: [String]) -> String {
        var value = value
        var unit = 0
        while value >= base, unit < units.count - 1 {
            value /= base
            unit += 1
        }
        return significant(value) + units[unit]
    }

    /// C's `%.4g`: four significant digits, no trailing zeros.
    private static func significant(_ value: Double) -> String {
        let digits = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 10 ? 2 : 3
        var text = fixed(value, digits)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }

    /// C's `%.<decimals>f`.
    public static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (abs(value) * scale).rounded()
        guard scaled < 9.2e18 else { return "\(value)" }
        let whole = Int64(scaled)
        let sign = value < 0 && whole != 0 ? "-" : ""
        if decimals == 0 { return "\(sign)\(whole)" }
        let digits = String(whole)
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
    }

    /// `About a minute`, `3 hours`: Docker's words for a length of time in seconds.
    public static func duration(_ seconds: Int64) -> String {
        let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600)
        switch true {
        case seconds < 1: return "Less than a second"
        case seconds == 1: return "1 second"
        case seconds < 60: return "\(seconds) seconds"
        case minutes == 1: return "About a minute"
        case minutes < 60: return "\(minutes) minutes"
        case hours == 1: return "About an hour"
        case hours < 48: return "\(hours) hours"
        case hours < 24 * 7 * 2: return "\(hours / 24) days"
        case hours < 24 * 30 * 2: return "\(hours / 24 / 7) weeks"
        case hours < 24 * 365 * 2: return "\(hours / 24 / 30) months"
        default: return "\(hours / 24 / 365) years"
        }
    }
}
