import Glibc

/// Symbolic links.
public enum Links {
    /// What a link says, nil where it is none (readlink(2)): `pid:[4026531836]` for a namespace.
    public static func target(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let n = buffer.withUnsafeMutableBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                text.baseAddress.map { readlink(path, $0, text.count) } ?? -1
            }
        }
        return n < 0 ? nil : String(decoding: buffer[..<n], as: UTF8.self)
    }
}
