import Archive
import Support

/// The kernel proper out of a bzImage (kernel documentation, arch/x86/boot). QEMU starts it by its PVH
/// entry, so the guest need not decompress it: half a second under TCG.
public enum KernelImage {
    /// The ELF file inside. Throws `.unavailable` where it is compressed in a way that is not known here.
    public static func extract(_ image: [UInt8]) throws(EscaleError) -> [UInt8] {
        func number(_ at: Int, _ size: Int) -> Int {
            image[at..<at + size].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        guard image.count > 0x250, image[0x202..<0x206].elementsEqual("HdrS".utf8), number(0x206, 2) >= 0x208
        else { throw EscaleError(.corrupt, "not a Linux kernel image") }
        let start = (number(0x1F1, 1) + 1) * 512 + number(0x248, 4)
        let length = number(0x24C, 4)
        guard length > 8, start + length <= image.count else {
            throw EscaleError(.corrupt, "kernel image cut short")
        }
        // The last four bytes are the size once decompressed.
        let payload = image[start..<start + length - 4]
        let size = number(start + length - 4, 4)
        let kernel: [UInt8]
        if payload.starts(with: Lz4.legacyMagic) {
            kernel = try Lz4.decompress(payload, size: size)
        } else {
            kernel = try Decompressor(BytesSource(Array(payload))).readAll(limit: size)
        }
        guard kernel.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw EscaleError(.unavailable, "kernel image compressed in an unknown way")
        }
        return kernel
    }
}

/// LZ4's legacy frame, as `lz4 -l` and the kernel's build write it (lz4_Block_format.md).
public enum Lz4 {
    public static let legacyMagic: [UInt8] = [0x02, 0x21, 0x4C, 0x18]

    /// - Parameter size: bytes expected; output beyond it is an error.
    public static func decompress(_ frame: ArraySlice<UInt8>, size: Int) throws(EscaleError) -> [UInt8] {
        let corrupt = EscaleError(.corrupt, "LZ4: corrupt data")
        var out = [UInt8](repeating: 0, count: size)
        var at = frame.startIndex + 4
        var to = 0
        while at + 4 <= frame.endIndex {
            let length = frame[at..<at + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
            at += 4
            guard at + length <= frame.endIndex else { throw corrupt }
            let written: Int? = frame[at..<at + length].withUnsafeBufferPointer { block in
                out.withUnsafeMutableBufferPointer { Self.block(block, into: $0, from: to) }
            }
            guard let written else { throw corrupt }
            to = written
            at += length
        }
        guard to == size else { throw corrupt }
        return out
    }

    /// One block, appended at `start`; where the output then ends, nil for corrupt data.
    private static func block(
        _ b: UnsafeBufferPointer<UInt8>, into out: UnsafeMutableBufferPointer<UInt8>, from start: Int
    ) -> Int? {
        var at = 0
        var to = start
        func length(_ base: Int) -> Int? {
            guard base == 15 else { return base }
            var n = 15
            while true {
                guard at < b.count else { return nil }
                let byte = b[at]
                at += 1
                n += Int(byte)
                if byte != 255 { return n }
            }
        }
        while at < b.count {
            let token = b[at]
            at += 1
            guard let literals = length(Int(token >> 4)), at + literals <= b.count,
                to + literals <= out.count
            else { return nil }
            for i in 0..<literals { out[to + i] = b[at + i] }
            at += literals
            to += literals
            if at == b.count { return to }
            guard at + 2 <= b.count else { return nil }
            let offset = Int(b[at]) | Int(b[at + 1]) << 8
            at += 2
            guard let match = length(Int(token & 15)), offset > 0, offset <= to - start,
                to + match + 4 <= out.count
            else { return nil }
            // Byte by byte: a match may overlap what it is writing.
            for i in 0..<match + 4 { out[to + i] = out[to - offset + i] }
            to += match + 4
        }
        return to
    }
}
