/// What a registry asks for: one challenge of `WWW-Authenticate` (RFC 9110, section 11.6.1; for bearer
/// the distribution project's token specification).
package struct Challenge: Equatable, Sendable {
    /// Lower case: `basic`, `bearer`.
    package var scheme: String
    /// Names in lower case.
    package var parameters: [String: String]

    package init(scheme: String, parameters: [String: String] = [:]) {
        self.scheme = scheme
        self.parameters = parameters
    }

    /// All challenges of a header; several headers may be joined by commas. What is malformed ends it.
    package static func parse(_ header: String) -> [Challenge] {
        var scanner = HeaderScanner(header)
        var found: [Challenge] = []
        while true {
            scanner.skip { $0 == UInt8(ascii: ",") || HeaderScanner.isSpace($0) }
            guard let word = scanner.token() else { return found }
            scanner.skip(HeaderScanner.isSpace)
            // `name=` belongs to the challenge before it, any other word begins one.
            if scanner.take(UInt8(ascii: "=")) {
                scanner.skip(HeaderScanner.isSpace)
                guard !found.isEmpty, let value = scanner.value() else { return found }
                found[found.count - 1].parameters[word.lowercased()] = value
            } else {
                found.append(Challenge(scheme: word.lowercased()))
            }
        }
    }
}

/// Reads the words of a header's value (RFC 9110, section 5.6).
struct HeaderScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    static func isSpace(_ c: UInt8) -> Bool { c == 32 || c == 9 }

    private static func isTokenByte(_ c: UInt8) -> Bool {
        switch c {
        case 48...57, 65...90, 97...122: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(c)
        }
    }

    mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while at < bytes.count, isSkipped(bytes[at]) { at += 1 }
    }

    mutating func take(_ c: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == c else { return false }
        at += 1
        return true
    }

    mutating func token() -> String? {
        let start = at
        skip(Self.isTokenByte)
        return at > start ? String(decoding: bytes[start..<at], as: UTF8.self) : nil
    }

    /// Up to a byte, which is taken too; nil where it does not come.
    mutating func upTo(_ c: UInt8) -> String? {
        guard let end = bytes[at...].firstIndex(of: c) else { return nil }
        defer { at = end + 1 }
        return String(decoding: bytes[at..<end], as: UTF8.self)
    }

    /// A token, or a quoted string with its escapes taken off.
    mutating func value() -> String? {
        guard take(UInt8(ascii: "\"")) else {
            // Some registries forget the quotes around an address.
            let start = at
            skip { $0 != UInt8(ascii: ",") && !Self.isSpace($0) }
            return at > start ? String(decoding: bytes[start..<at], as: UTF8.self) : nil
        }
        var out: [UInt8] = []
        while at < bytes.count {
            let c = bytes[at]
            at += 1
            if c == UInt8(ascii: "\"") { return String(decoding: out, as: UTF8.self) }
            if c == UInt8(ascii: "\\"), at < bytes.count {
                out.append(bytes[at])
                at += 1
            } else {
                out.append(c)
            }
        }
        return nil
    }
}
