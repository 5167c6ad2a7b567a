import Support

/// One component of a path with wildcards, as Go's filepath.Match: `*`, `?`, `[a-z]`, `[^a-z]`, `\c`.
package struct Glob: Sendable {
    private let parts: [Part]

    private enum Part: Sendable {
        case any
        case one
        case scalar(Unicode.Scalar)
        case set([ClosedRange<UInt32>], negated: Bool)
    }

    package static func isPattern(_ text: String) -> Bool { text.contains { "*?[\\".contains($0) } }

    /// Throws `.invalid`: `syntax error in pattern`.
    package init(_ text: String) throws(EscaleError) {
        let malformed = EscaleError(.invalid, "\"\(text)\": syntax error in pattern")
        var parts: [Part] = []
        var rest = Array(text.unicodeScalars)[...]
        func literal() throws(EscaleError) -> Unicode.Scalar {
            guard var c = rest.popFirst() else { throw malformed }
            if c == "\\" {
                guard let escaped = rest.popFirst() else { throw malformed }
                c = escaped
            }
            return c
        }
        while let c = rest.first {
            switch c {
            case "*":
                rest.removeFirst()
                parts.append(.any)
            case "?":
                rest.removeFirst()
                parts.append(.one)
            case "[":
                rest.removeFirst()
                let negated = rest.first == "^"
                if negated { rest.removeFirst() }
                var ranges: [ClosedRange<UInt32>] = []
                while rest.first != "]" || ranges.isEmpty {
                    guard rest.first != "-", rest.first != "]" else { throw malformed }
                    let low = try literal()
                    var high = low
                    if rest.first == "-" {
                        rest.removeFirst()
                        high = try literal()
                    }
                    if low <= high { ranges.append(low.value...high.value) }
                    guard !rest.isEmpty else { throw malformed }
                }
                rest.removeFirst()
                parts.append(.set(ranges, negated: negated))
            default: parts.append(.scalar(try literal()))
            }
        }
        self.parts = parts
    }

    package func matches(_ name: String) -> Bool { Self.match(parts[...], Array(name.unicodeScalars)[...]) }

    private static func match(_ parts: ArraySlice<Part>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        guard let part = parts.first else { return text.isEmpty }
        if case .any = part {
            return (text.startIndex...text.endIndex).contains { match(parts.dropFirst(), text[$0...]) }
        }
        guard let c = text.first else { return false }
        let fits =
            switch part {
            case .any, .one: true
            case .scalar(let wanted): wanted == c
            case .set(let ranges, let negated): ranges.contains { $0.contains(c.value) } != negated
            }
        return fits && match(parts.dropFirst(), text.dropFirst())
    }
}
