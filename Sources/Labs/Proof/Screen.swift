/// What a terminal's output says, without its escape sequences, cut at the shell's "ready" marks. Pure.
package struct ScreenReader {
    private var bytes: [UInt8] = []

    package init() {}

    package mutating func feed(_ more: [UInt8]) { bytes += more }

    /// Everything before the next mark and the status it carries (`ESC ] 777 ; escale ; ready ; STATUS BEL`), taken
    /// out of the buffer; nil until one has come.
    package mutating func next() -> (text: String, status: Int)? {
        let mark = Array("\u{1B}]777;escale;ready;".utf8)
        guard let start = Self.find(mark, in: bytes),
            let end = bytes[(start + mark.count)...].firstIndex(of: 7)
        else { return nil }
        let status = Int(String(decoding: bytes[(start + mark.count)..<end], as: UTF8.self)) ?? 0
        let text = Self.plain(Array(bytes[..<start]))
        bytes.removeFirst(end + 1)
        return (text, status)
    }

    /// What has come since the last mark.
    package var rest: String { Self.plain(bytes) }

    private static func find(_ needle: [UInt8], in bytes: [UInt8]) -> Int? {
        guard bytes.count >= needle.count else { return nil }
        return (0...(bytes.count - needle.count)).first {
            bytes[$0..<$0 + needle.count].elementsEqual(needle)
        }
    }

    /// Text as it would stand on the screen: no CSI or OSC sequences, carriage returns undone.
    package static func plain(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        var i = 0
        while i < bytes.count {
            let c = bytes[i]
            if c == 0x1B {
                i = skip(bytes, i + 1)
                continue
            }
            if c == 8 {
                if out.last != 10, !out.isEmpty { out.removeLast() }
            } else if c >= 0x20 || c == 10 || c == 9 {
                out.append(c)
            }
            i += 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Past an escape sequence (ECMA-48): CSI to its final byte, OSC to BEL or ST, else two bytes.
    private static func skip(_ bytes: [UInt8], _ from: Int) -> Int {
        guard from < bytes.count else { return bytes.count }
        var i = from
        switch bytes[i] {
        case UInt8(ascii: "["):
            i += 1
            while i < bytes.count, !(0x40...0x7E).contains(bytes[i]) { i += 1 }
            return i + 1
        case UInt8(ascii: "]"):
            while i < bytes.count, bytes[i] != 7, bytes[i] != 0x1B { i += 1 }
            return i < bytes.count && bytes[i] == 0x1B ? i + 2 : i + 1
        case UInt8(ascii: "("), UInt8(ascii: ")"): return i + 2
        default: return i + 1
        }
    }
}
