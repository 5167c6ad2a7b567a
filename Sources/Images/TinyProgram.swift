/// A whole static program of some two hundred bytes that writes one line and ends: what an image made for
/// another processor needs inside, without a compiler or a package of that processor.
///
/// One ELF header, one program header (elf(5)), the instructions, the text.
package enum TinyProgram {
    /// - Parameter architecture: Go's word; nil is given for others than `amd64` and `arm64`.
    package static func writing(_ line: String, for architecture: String) -> [UInt8]? {
        let text = Array(line.utf8)
        let machine: UInt16
        let code: [UInt8]
        switch architecture {
        case "amd64":
            machine = 62
            code =
                [0xb8] + little(UInt32(1))  // mov eax, 1 (write)
                + [0xbf] + little(UInt32(1))  // mov edi, 1
                + [0x48, 0x8d, 0x35] + little(UInt32(16))  // lea rsi, [rip + 16]: the text
                + [0xba] + little(UInt32(text.count))  // mov edx, length
                + [0x0f, 0x05]  // syscall
                + [0xb8] + little(UInt32(60))  // mov eax, 60 (exit)
                + [0x31, 0xff, 0x0f, 0x05]  // xor edi, edi; syscall
        case "arm64":
            machine = 183
            code = [
                0xd280_0020,  // mov x0, #1
                0x1000_00e1,  // adr x1, 28 bytes on: the text
                0xd280_0002 | UInt32(text.count) << 5,  // mov x2, length
                0xd280_0808,  // mov x8, #64 (write)
                0xd400_0001,  // svc #0
                0xd280_0000,  // mov x0, #0
                0xd280_0ba8,  // mov x8, #93 (exit)
                0xd400_0001  // svc #0
            ].flatMap { (word: UInt32) in little(word) }
        default: return nil
        }
        let base: UInt64 = 0x40_0000
        let headers: UInt64 = 64 + 56
        let size = headers + UInt64(code.count + text.count)
        let start: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0] + [UInt8](repeating: 0, count: 8)
        // Executable, machine, version; entry; program headers at 64; no sections.
        let header =
            little(UInt16(2)) + little(machine) + little(UInt32(1)) + little(base + headers)
            + little(UInt64(64)) + little(UInt64(0)) + little(UInt32(0))
            + [64, 56, 1, 64, 0, 0].flatMap { (half: UInt16) in little(half) }
        // Loaded, readable and executable, the whole file.
        let segment =
            little(UInt32(1)) + little(UInt32(5))
            + [0, base, base, size, size, 0x1_0000].flatMap { (word: UInt64) in little(word) }
        return start + header + segment + code + text
    }

    private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
