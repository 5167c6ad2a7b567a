import Glibc
import Linux
import Support

/// Writes a tar archive: POSIX ustar, with pax headers (pax(1), "pax Interchange Format") only for what
/// ustar can't hold. The same entries always give the same bytes: numeric owners only, no names.
public final class TarWriter {
    private let sink: any ByteSink
    private var remaining: Int64 = 0
    private var padding = 0

    public init(_ sink: any ByteSink) { self.sink = sink }

    /// Adds a member whose content is at hand.
    public func add(_ entry: TarEntry, content: [UInt8] = []) throws(EscaleError) {
        var entry = entry
        entry.size = Int64(content.count)
        try begin(entry)
        if !content.isEmpty {
            try sink.write(content)
            remaining = 0
        }
        try end()
    }

    /// Adds a file of `entry.size` bytes. A source that ends early is an error; what it has beyond is
    /// left unread.
    public func add(_ entry: TarEntry, from source: any ByteSource) throws(EscaleError) {
        try begin(entry)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while remaining > 0 {
            let room = Int(min(remaining, Int64(buffer.count)))
            let n = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<room]))
            guard n > 0 else {
                throw EscaleError(.conflict, "\(entry.path): file shrank while it was read")
            }
            try sink.write(UnsafeRawBufferPointer(rebasing: buffer[..<n]))
            remaining -= Int64(n)
        }
        try end()
    }

    /// Two blocks of zeros, the archive's end; finishes the sink.
    public func finish() throws(EscaleError) {
        try sink.write([UInt8](repeating: 0, count: 1024))
        try sink.finish()
    }

    private func begin(_ entry: TarEntry) throws(EscaleError) {
        guard entry.kind != .socket else {
            throw EscaleError(.invalid, "\(entry.path): a socket can't be archived")
        }
        var entry = entry
        if entry.kind != .file { entry.size = 0 }
        if entry.kind == .directory, !entry.path.hasSuffix("/") { entry.path += "/" }
        let records = TarHeader.paxRecords(entry)
        if !records.isEmpty {
            var body: [UInt8] = []
            for (key, value) in records { body += TarHeader.paxLine(key, value) }
            let extra = TarEntry(
                path: "PaxHeaders.0/\(TarHeader.ascii(Path.name(entry.path)).prefix(80))", kind: .file,
                mode: 0o644, size: Int64(body.count), modified: Timestamp(nanoseconds: 0))
            try sink.write(TarHeader.block(extra, type: UInt8(ascii: "x")))
            try sink.write(body + [UInt8](repeating: 0, count: TarHeader.padding(Int64(body.count))))
        }
        try sink.write(TarHeader.block(entry, type: TarHeader.type(entry.kind)))
        remaining = entry.size
        padding = TarHeader.padding(entry.size)
    }

    private func end() throws(EscaleError) {
        if padding > 0 { try sink.write([UInt8](repeating: 0, count: padding)) }
        padding = 0
    }
}

/// The bytes of tar's headers.
enum TarHeader {
    static func padding(_ size: Int64) -> Int { Int((512 - size % 512) % 512) }

    static func type(_ kind: TarEntry.Kind) -> UInt8 {
        switch kind {
        case .file, .socket: UInt8(ascii: "0")
        case .hardlink: UInt8(ascii: "1")
        case .symlink: UInt8(ascii: "2")
        case .character: UInt8(ascii: "3")
        case .block: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        }
    }

    /// Largest value of an octal field of 11 digits, and of 7.
    static let limit11: Int64 = 0o77777777777
    static let limit7: Int64 = 0o7777777

    /// What ustar has no room for, in a fixed order.
    static func paxRecords(_ entry: TarEntry) -> [(String, [UInt8])] {
        var records: [(String, [UInt8])] = []
        func plain(_ text: String, _ room: Int) -> Bool {
            text.utf8.count <= room && text.utf8.allSatisfy { $0 < 0x80 }
        }
        if !plain(entry.path, 100) { records.append(("path", Array(entry.path.utf8))) }
        if !plain(entry.link, 100) { records.append(("linkpath", Array(entry.link.utf8))) }
        if entry.size > limit11 { records.append(("size", Array(String(entry.size).utf8))) }
        if Int64(entry.uid) > limit7 { records.append(("uid", Array(String(entry.uid).utf8))) }
        if Int64(entry.gid) > limit7 { records.append(("gid", Array(String(entry.gid).utf8))) }
        if entry.modified.nanoseconds < 0 || entry.modified.seconds > limit11 {
            records.append(("mtime", Array(String(entry.modified.seconds).utf8)))
        }
        for attribute in entry.attributes.sorted(by: { $0.name < $1.name }) {
            records.append(("SCHILY.xattr.\(attribute.name)", attribute.value))
        }
        return records
    }

    /// `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits.
    static func paxLine(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = 1 + key.utf8.count + 1 + value.count + 1
        var length = rest + String(rest).count
        if String(length).count != String(rest).count { length = rest + String(length).count }
        return Array("\(length) \(key)=".utf8) + value + [10]
    }

    static func ascii(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    /// The 512-byte ustar header. Values that don't fit are cut: pax records before it hold them.
    static func block(_ entry: TarEntry, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ at: Int, _ room: Int) {
            for (i, c) in ascii(text).utf8.prefix(room).enumerated() { block[at + i] = c }
        }
        func octal(_ value: Int64, _ at: Int, _ digits: Int) {
            let text = String(max(value, 0), radix: 8)
            put(String(repeating: "0", count: max(0, digits - text.count)) + text.suffix(digits), at, digits)
        }
        put(entry.path, 0, 100)
        octal(Int64(entry.mode & 0o7777), 100, 7)
        octal(min(Int64(entry.uid), limit7), 108, 7)
        octal(min(Int64(entry.gid), limit7), 116, 7)
        octal(entry.size > limit11 ? 0 : entry.size, 124, 11)
        octal(min(entry.modified.seconds, limit11), 136, 11)
        block.replaceSubrange(148..<156, with: repeatElement(0x20, count: 8))
        block[156] = type
        put(entry.link, 157, 100)
        put("ustar", 257, 6)
        put("00", 263, 2)
        octal(Int64(entry.major), 329, 7)
        octal(Int64(entry.minor), 337, 7)
        // The checksum: six octal digits, NUL, space; the field counts as spaces.
        let sum = block.reduce(0) { $0 + Int64($1) }
        octal(sum, 148, 6)
        block[154] = 0
        block[155] = 0x20
        return block
    }
}
