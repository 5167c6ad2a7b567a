import Support

/// The keys that leave an attached terminal without ending its program: `ctrl-p,ctrl-q`.
package struct DetachKeys: Sendable, Equatable {
    private let sequence: [UInt8]
    private var matched = 0

    /// - Parameter text: `ctrl-X` and single characters, separated by commas; nil or empty for Docker's.
    package init(_ text: String?) throws(EscaleError) {
        let text = text.flatMap { $0.isEmpty ? nil : $0 } ?? "ctrl-p,ctrl-q"
        var keys: [UInt8] = []
        for key in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bytes = Array(key.utf8)
            if bytes.count == 1 {
                keys.append(bytes[0])
            } else if key.hasPrefix("ctrl-"), bytes.count == 6, let code = Self.control(bytes[5]) {
                keys.append(code)
            } else {
                throw EscaleError(.invalid, "Invalid escape keys (\(text)) provided")
            }
        }
        sequence = keys
    }

    /// `a`-`z` and `@[\]^_`.
    private static func control(_ c: UInt8) -> UInt8? {
        switch c {
        case 97...122: c - 96
        case 64, 91...95: c - 64
        default: nil
        }
    }

    /// What of the input goes on to the program, and whether the sequence is complete. The beginning of
    /// a sequence is held back until it is clear that it is none.
    package mutating func filter(_ input: [UInt8]) -> (bytes: [UInt8], detach: Bool) {
        var out: [UInt8] = []
        for byte in input {
            if byte == sequence[matched] {
                matched += 1
                if matched == sequence.count {
                    matched = 0
                    return (out, true)
                }
                continue
            }
            out.append(contentsOf: sequence[..<matched])
            matched = byte == sequence[0] ? 1 : 0
            if matched == 0 { out.append(byte) }
        }
        return (out, false)
    }
}
