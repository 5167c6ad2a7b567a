extension JSON {
    /// The JSON text on one line, or indented by two spaces.
    public func text(pretty: Bool = false) -> String {
        String(decoding: bytes(pretty: pretty), as: UTF8.self)
    }

    public func bytes(pretty: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        write(into: &out, indent: pretty ? 0 : nil)
        return out
    }

    private func write(into out: inout [UInt8], indent: Int?) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let b): out.append(contentsOf: (b ? "true" : "false").utf8)
        case .int(let i): out.append(contentsOf: String(i).utf8)
        case .uint(let u): out.append(contentsOf: String(u).utf8)
        case .double(let d): out.append(contentsOf: Self.number(d).utf8)
        case .string(let s): Self.quote(s, into: &out)
        case .array(let a):
            Self.list(a, "[", "]", into: &out, indent: indent) { value, out, inner in
                value.write(into: &out, indent: inner)
            }
        case .object(let o):
            Self.list(o.members, "{", "}", into: &out, indent: indent) { member, out, inner in
                Self.quote(member.key, into: &out)
                out.append(contentsOf: (inner == nil ? ":" : ": ").utf8)
                member.value.write(into: &out, indent: inner)
            }
        }
    }

    private static func list<T>(
        _ items: [T], _ open: Character, _ close: Character, into out: inout [UInt8], indent: Int?,
        write: (T, inout [UInt8], Int?) -> Void
    ) {
        out.append(contentsOf: String(open).utf8)
        let inner = indent.map { $0 + 1 }
        for (i, item) in items.enumerated() {
            if i > 0 { out.append(UInt8(ascii: ",")) }
            newline(inner, into: &out)
            write(item, &out, inner)
        }
        if !items.isEmpty { newline(indent, into: &out) }
        out.append(contentsOf: String(close).utf8)
    }

    private static func newline(_ indent: Int?, into out: inout [UInt8]) {
        guard let indent else { return }
        out.append(10)
        out.append(contentsOf: repeatElement(0x20, count: indent * 2))
    }

    /// JSON has no infinity or NaN: they become null. Whole numbers lose their `.0`.
    private static func number(_ d: Double) -> String {
        guard d.isFinite else { return "null" }
        if let whole = Int64(exactly: d) { return String(whole) }
        return "\(d)"
    }

    private static func quote(_ s: String, into out: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for c in s.utf8 {
            switch c {
            case UInt8(ascii: "\""): out.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): out.append(contentsOf: "\\\\".utf8)
            case 10: out.append(contentsOf: "\\n".utf8)
            case 13: out.append(contentsOf: "\\r".utf8)
            case 9: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                out.append(contentsOf: "\\u00".utf8)
                out.append(hex[Int(c >> 4)])
                out.append(hex[Int(c & 15)])
            default: out.append(c)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
