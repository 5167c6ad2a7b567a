import Glibc
import Linux
import Support

/// A container's output as lines of JSON, as Docker's json-file driver keeps them.
struct LogFile: ~Copyable {
    private let fd: FD
    private var stdout = LogLines()
    private var stderr = LogLines()

    init(_ path: String) throws(EscaleError) {
        fd = try Sys.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
    }

    mutating func append(_ bytes: ArraySlice<UInt8>, stream: UInt8) {
        let lines = stream == 2 ? stderr.add(bytes) : stdout.add(bytes)
        write(lines, stream)
    }

    /// The last line may have no end.
    mutating func finish() {
        write(stdout.rest(), 1)
        write(stderr.rest(), 2)
    }

    private func write(_ lines: [ArraySlice<UInt8>], _ stream: UInt8) {
        guard !lines.isEmpty else { return }
        var out: [UInt8] = []
        out.reserveCapacity(lines.reduce(0) { $0 + $1.count + 80 })
        // Read together, so written with one time.
        let time = Timestamp.now.rfc3339
        for line in lines {
            LogLines.encode(line, stream: stream == 2 ? "stderr" : "stdout", time: time, into: &out)
        }
        // A full disk must not stop the container: the line is lost, as with Docker.
        try? Sys.writeAll(fd.raw, out)
    }
}

/// Cuts a stream into lines of at most 16 KiB, never inside a UTF-8 character.
package struct LogLines {
    /// Docker's limit; longer lines are kept as several entries, of which only the last ends in `\n`.
    package static let limit = 16384
    private var pending: [UInt8] = []

    package init() {}

    /// The entries that these bytes complete.
    package mutating func add(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        pending.append(contentsOf: bytes)
        var entries: [ArraySlice<UInt8>] = []
        var start = 0
        while start < pending.count {
            let window = pending[start..<min(start + Self.limit, pending.count)]
            if let newline = window.firstIndex(of: 10) {
                entries.append(pending[start...newline])
                start = newline + 1
            } else if window.count == Self.limit {
                let end = Self.boundary(window)
                entries.append(pending[start..<end])
                start = end
            } else {
                break
            }
        }
        // The entries share the old storage; only the rest is kept.
        pending = Array(pending[start...])
        return entries
    }

    package mutating func rest() -> [ArraySlice<UInt8>] {
        defer { pending = [] }
        return pending.isEmpty ? [] : [pending[...]]
    }

    /// Where to cut so that a character begun at the end stays whole; the end for what is no UTF-8.
    private static func boundary(_ window: ArraySlice<UInt8>) -> Int {
        for back in 1...3 {
            let i = window.endIndex - back
            let byte = window[i]
            if byte & 0xC0 == 0x80 { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? i : window.endIndex
        }
        return window.endIndex
    }

    package static func encode(
        _ line: ArraySlice<UInt8>, stream: String, time: String, into out: inout [UInt8]
    ) {
        out.append(contentsOf: "{\"log\":".utf8)
        if line.allSatisfy({ $0 < 0x80 }) {
            quoteASCII(line, into: &out)
        } else {
            out.append(contentsOf: JSON.string(String(decoding: line, as: UTF8.self)).bytes())
        }
        out.append(contentsOf: ",\"stream\":\"\(stream)\",\"time\":\"\(time)\"}\n".utf8)
    }

    /// What most output is, without a detour over strings.
    private static func quoteASCII(_ line: ArraySlice<UInt8>, into out: inout [UInt8]) {
        let hex = Array("0123456789abcdef".utf8)
        out.append(UInt8(ascii: "\""))
        for c in line {
            switch c {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(contentsOf: [UInt8(ascii: "\\"), c])
            case 10: out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "n")])
            case 13: out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "r")])
            case 9: out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "t")])
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
