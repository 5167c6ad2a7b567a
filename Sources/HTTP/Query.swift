import Support

/// The query of a URL, percent-decoded, in order.
package struct Query: Sendable {
    package let pairs: [(name: String, value: String)]

    package init(_ text: Substring) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                PercentCoding.decode(parts[0], plusIsSpace: true),
                parts.count > 1 ? PercentCoding.decode(parts[1], plusIsSpace: true) : ""
            )
        }
    }

    package subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    /// A non-empty value.
    package func text(_ name: String) -> String? { self[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// As Docker reads booleans: absent, empty, `0`, `no`, `false` and `none` are false.
    package func flag(_ name: String, default fallback: Bool = false) -> Bool {
        guard let value = self[name] else { return fallback }
        return !["", "0", "no", "false", "none"].contains(value.lowercased())
    }

    package func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// An integer; nil where it is absent, an error where it is something else.
    package func integer(_ name: String) throws(EscaleError) -> Int? {
        guard let value = text(name) else { return nil }
        guard let n = Int(value) else {
            throw EscaleError(.invalid, "invalid value for \(name): \"\(value)\" is not an integer")
        }
        return n
    }

    /// A JSON parameter (`filters`); `.null` where it is absent.
    package func json(_ name: String) throws(EscaleError) -> JSON {
        guard let value = text(name) else { return .null }
        do { return try JSON.parse(value) } catch { throw error.within("invalid \(name)") }
    }
}

/// Percent-encoding (RFC 3986, section 2.1).
package enum PercentCoding {
    /// All but letters, digits, `-._~` and `/`.
    package static func encode(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126, 47:
                out.unicodeScalars.append(UnicodeScalar(byte))
            default: out += "%" + Hex.encode([byte]).uppercased()
            }
        }
        return out
    }

    package static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String {
        guard text.contains("%") || plusIsSpace && text.contains("+") else { return String(text) }
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var i = 0
        func digit(_ at: Int) -> UInt8? {
            guard at < bytes.count else { return nil }
            switch bytes[at] {
            case let c where c >= 48 && c <= 57: return c - 48
            case let c where c >= 65 && c <= 70: return c - 55
            case let c where c >= 97 && c <= 102: return c - 87
            default: return nil
            }
        }
        while i < bytes.count {
            if bytes[i] == UInt8(ascii: "%"), let high = digit(i + 1), let low = digit(i + 2) {
                out.append(high << 4 | low)
                i += 3
            } else {
                out.append(plusIsSpace && bytes[i] == UInt8(ascii: "+") ? 0x20 : bytes[i])
                i += 1
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
