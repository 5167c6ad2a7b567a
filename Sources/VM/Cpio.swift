import Support

/// Writes a cpio archive in the "newc" format that Linux unpacks as an initramfs (kernel documentation,
/// driver-api/early-userspace/buffer-format). The same entries always give the same bytes: owner root,
/// time 0, inodes in order.
public struct CpioWriter: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var inode: UInt32 = 1

    public init() {}

    public mutating func folder(_ path: String, mode: UInt32 = 0o755) {
        entry(path, mode: 0o040000 | mode, content: [], links: 2)
    }

    public mutating func file(_ path: String, mode: UInt32 = 0o644, _ content: [UInt8]) {
        entry(path, mode: 0o100000 | mode, content: content)
    }

    public mutating func link(_ path: String, to target: String) {
        entry(path, mode: 0o120777, content: Array(target.utf8))
    }

    public mutating func character(_ path: String, mode: UInt32 = 0o600, major: UInt32, minor: UInt32) {
        entry(path, mode: 0o020000 | mode, content: [], major: major, minor: minor)
    }

    /// Ends the archive; nothing may be added after.
    public mutating func finish() {
        inode = 0
        entry("TRAILER!!!", mode: 0, content: [])
    }

    private mutating func entry(
        _ path: String, mode: UInt32, content: [UInt8], links: UInt32 = 1, major: UInt32 = 0,
        minor: UInt32 = 0
    ) {
        let name = Array(path.utf8) + [0]
        let fields: [UInt32] = [
            inode, mode, 0, 0, links, 0, UInt32(content.count), 0, 0, major, minor, UInt32(name.count), 0
        ]
        inode += 1
        bytes += Array("070701".utf8)
        for field in fields { bytes += Array(Self.hex(field).utf8) }
        bytes += name
        pad()
        bytes += content
        pad()
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    private static func hex(_ value: UInt32) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}
