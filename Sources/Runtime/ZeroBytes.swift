import Glibc
import Support

/// C ends a text at its first zero byte: what the kernel is told would not be what was checked.
package enum ZeroBytes {
    /// - Parameter bytes: what `json` was read from.
    package static func refuse(in json: JSON, from bytes: [UInt8]) throws(EscaleError) {
        guard hasEscape(bytes), let (field, text) = find(in: json, "") else { return }
        throw EscaleError(
            .invalid, "\(field): \(JSON.string(text).text()): a zero byte ends a name for the kernel")
    }

    /// In JSON a zero byte can only be written `\u0000`, and never is: a look at the backslashes says so.
    private static func hasEscape(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { all in
            guard var at = all.baseAddress else { return false }
            let end = at + all.count
            while let backslash = memchr(at, 0x5C, end - at) {
                if end - UnsafeRawPointer(backslash) >= 6, memcmp(backslash, #"\u0000"#, 6) == 0 {
                    return true
                }
                at = UnsafeRawPointer(backslash) + 1
            }
            return false
        }
    }

    /// The first text that has one, and its field.
    private static func find(in json: JSON, _ field: String) -> (String, String)? {
        switch json {
        case .string(let text):
            return text.utf8.contains(0) ? (field.isEmpty ? "document" : field, text) : nil
        case .array(let elements):
            for (i, element) in elements.enumerated() {
                if let found = find(in: element, "\(field)[\(i)]") { return found }
            }
        case .object(let object):
            for (key, value) in object.members {
                if key.utf8.contains(0) { return (field, key) }
                if let found = find(in: value, field.isEmpty ? key : "\(field).\(key)") { return found }
            }
        default: break
        }
        return nil
    }
}
