import Glibc

/// The time since boot that never jumps (clock_gettime(2), CLOCK_MONOTONIC), in nanoseconds.
public struct Monotonic: Comparable, Sendable {
    public let nanoseconds: UInt64

    public static var now: Monotonic {
        var t = timespec()
        clock_gettime(CLOCK_MONOTONIC, &t)
        return Monotonic(nanoseconds: UInt64(t.tv_sec) * 1_000_000_000 + UInt64(t.tv_nsec))
    }

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Milliseconds since then.
    public var elapsedMilliseconds: Double { Monotonic.now - self }

    public static func < (a: Monotonic, b: Monotonic) -> Bool { a.nanoseconds < b.nanoseconds }
    /// The difference in milliseconds.
    public static func - (a: Monotonic, b: Monotonic) -> Double {
        (Double(a.nanoseconds) - Double(b.nanoseconds)) / 1e6
    }
}

/// A moment in UTC, in nanoseconds since 1970, written as RFC 3339 with nanoseconds.
public struct Timestamp: Comparable, Hashable, Sendable {
    public let nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static var now: Timestamp {
        var t = timespec()
        clock_gettime(CLOCK_REALTIME, &t)
        return Timestamp(nanoseconds: Int64(t.tv_sec) * 1_000_000_000 + Int64(t.tv_nsec))
    }

    public var seconds: Int64 { nanoseconds / 1_000_000_000 }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// `2026-11-23T15:31:00.123456789Z`, as Docker writes times.
    public var rfc3339: String {
        var when = time_t(seconds)
        var parts = tm()
        gmtime_r(&when, &parts)
        func pad(_ n: some BinaryInteger, _ width: Int) -> String {
            let s = String(n)
            return String(repeating: "0", count: max(0, width - s.count)) + s
        }
        let day = "\(pad(parts.tm_year + 1900, 4))-\(pad(parts.tm_mon + 1, 2))-\(pad(parts.tm_mday, 2))"
        let clock = "\(pad(parts.tm_hour, 2)):\(pad(parts.tm_min, 2)):\(pad(parts.tm_sec, 2))"
        return "\(day)T\(clock).\(pad(nanoseconds % 1_000_000_000, 9))Z"
    }

    /// Reads RFC 3339 with any number of decimals and `Z` or an offset; nil for anything else.
    public init?(rfc3339 text: String) {
        let b = Array(text.utf8)
        func number(_ from: Int, _ count: Int) -> Int? {
            guard from + count <= b.count else { return nil }
            return Int(String(decoding: b[from..<from + count], as: UTF8.self))
        }
        guard b.count >= 20, let year = number(0, 4), let month = number(5, 2), let day = number(8, 2),
            let hour = number(11, 2), let minute = number(14, 2), let second = number(17, 2)
        else { return nil }
        var i = 19
        var fraction: Int64 = 0
        if b[i] == UInt8(ascii: ".") {
            i += 1
            var scale: Int64 = 100_000_000
            while i < b.count, (48...57).contains(b[i]) {
                fraction += Int64(b[i] - 48) * scale
                scale /= 10
                i += 1
            }
        }
        guard i < b.count else { return nil }
        var offset = 0
        if b[i] == UInt8(ascii: "+") || b[i] == UInt8(ascii: "-") {
            guard let h = number(i + 1, 2), let m = number(i + 4, 2) else { return nil }
            offset = (h * 60 + m) * (b[i] == UInt8(ascii: "-") ? -60 : 60)
        } else if b[i] != UInt8(ascii: "Z") {
            return nil
        }
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        parts.tm_hour = Int32(hour)
        parts.tm_min = Int32(minute)
        parts.tm_sec = Int32(second)
        nanoseconds = Int64(timegm(&parts) - offset) * 1_000_000_000 + fraction
    }
}
