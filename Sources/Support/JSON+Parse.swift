extension JSON {
    /// Parses one JSON text (RFC 8259), with a limit on nesting so that hostile input can't
    /// exhaust the stack. Throws `.invalid` with the line and column.
    public static func parse(_ bytes: [UInt8], maxDepth: Int = 128) throws(EscaleError) -> JSON {
        var parser = JSONParser(bytes: bytes, maxDepth: maxDepth)
        return try parser.document()
    }

    public static func parse(_ text: String) throws(EscaleError) -> JSON {
        try parse(Array(text.utf8))
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maxDepth: Int
    var at = 0

    init(bytes: [UInt8], maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    mutating func document() throws(EscaleError) -> JSON {
        let value = try self.value(depth: 0)
        skipSpace()
        guard at == bytes.count else { throw fail("unexpected text after the value") }
        return value
    }

    func fail(_ why: String) -> EscaleError {
        let before = bytes.prefix(at)
        let line = before.count { $0 == 10 } + 1
        let column = at - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0) + 1
        return EscaleError(.invalid, "invalid JSON at line \(line), column \(column): \(why)")
    }

    mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    mutating func value(depth: Int) throws(EscaleError) -> JSON {
        guard depth < maxDepth else { throw fail("nested deeper than \(maxDepth)") }
        skipSpace()
        guard at < bytes.count else { throw fail("unexpected end") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    mutating func word(_ text: StaticString, _ value: JSON) throws(EscaleError) -> JSON {
        let n = text.utf8CodeUnitCount
        let matches = text.withUTF8Buffer { w in bytes[at...].prefix(n).elementsEqual(w) }
        guard matches else { throw fail("unexpected character") }
        at += n
        return value
    }

    mutating func object(depth: Int) throws(EscaleError) -> JSON {
        at += 1
        var result = JSONObject()
        var seen = Set<String>()
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
            at += 1
            return .object(result)
        }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
                throw fail("expected a member name")
            }
            let key = try string()
            guard seen.insert(key).inserted else { throw fail("member \"\(key)\" given twice") }
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw fail("expected ':'") }
            at += 1
            result.append(key, try value(depth: depth + 1))
            if try listEnds(with: UInt8(ascii: "}")) { return .object(result) }
        }
    }

    mutating func array(depth: Int) throws(EscaleError) -> JSON {
        at += 1
        var result: [JSON] = []
        skipSpace()
        if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
            at += 1
            return .array(result)
        }
        while true {
            result.append(try value(depth: depth + 1))
            if try listEnds(with: UInt8(ascii: "]")) { return .array(result) }
        }
    }

    /// After an element: true at the closing bracket, false at a comma.
    mutating func listEnds(with close: UInt8) throws(EscaleError) -> Bool {
        skipSpace()
        guard at < bytes.count else { throw fail("unexpected end") }
        defer { at += 1 }
        if bytes[at] == close { return true }
        guard bytes[at] == UInt8(ascii: ",") else {
            throw fail("expected ',' or '\(Character(UnicodeScalar(close)))'")
        }
        return false
    }

    mutating func string() throws(EscaleError) -> String {
        at += 1
        let start = at
        // The common case: no escape, so the text is taken as it stands.
        while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\"),
            bytes[at] >= 0x20
        { at += 1 }
        var text = Array(bytes[start..<at])
        while true {
            guard at < bytes.count else { throw fail("unterminated string") }
            let c = bytes[at]
            at += 1
            switch c {
            case UInt8(ascii: "\""):
                guard let s = String(validating: text, as: UTF8.self) else {
                    throw fail("string is not UTF-8")
                }
                return s
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw fail("control character in string")
            default: text.append(c)
            }
        }
    }

    mutating func escape(into text: inout [UInt8]) throws(EscaleError) {
        guard at < bytes.count else { throw fail("unterminated string") }
        let c = bytes[at]
        at += 1
        switch c {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(c)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"):
            var code = try hex4()
            if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
                bytes[at + 1] == UInt8(ascii: "u")
            {
                at += 2
                let low = try hex4()
                guard (0xDC00..<0xE000).contains(low) else { throw fail("lone surrogate") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            // A lone surrogate becomes U+FFFD, as Go's decoder does.
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            text.append(contentsOf: String(Character(scalar)).utf8)
        default: throw fail("unknown escape")
        }
    }

    mutating func hex4() throws(EscaleError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw fail("unterminated escape") }
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(UnicodeScalar(bytes[at])).hexDigitValue else {
                throw fail("bad \\u escape")
            }
            code = code << 4 | UInt32(digit)
            at += 1
        }
        return code
    }

    mutating func number() throws(EscaleError) -> JSON {
        let start = at
        var whole = true
        loop: while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"): break
            case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): whole = false
            default: break loop
            }
            at += 1
        }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        guard Self.isNumber(text) else {
            at = start
            throw fail("unexpected character")
        }
        if whole {
            if let i = Int64(text) { return .int(i) }
            if let u = UInt64(text) { return .uint(u) }
        }
        guard let d = Double(text), d.isFinite else { throw fail("number out of range") }
        return .double(d)
    }

    /// The grammar of RFC 8259, section 6.
    static func isNumber(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        func digits() -> ArraySlice<UInt8> {
            let found = rest.prefix { (48...57).contains($0) }
            rest = rest.dropFirst(found.count)
            return found
        }
        func skip(_ characters: String.UTF8View) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = skip("-".utf8)
        let whole = digits()
        guard !whole.isEmpty, whole.count == 1 || whole.first != 48 else { return false }
        if skip(".".utf8), digits().isEmpty { return false }
        if skip("eE".utf8) {
            _ = skip("+-".utf8)
            if digits().isEmpty { return false }
        }
        return rest.isEmpty
    }
}
