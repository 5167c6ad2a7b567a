import Glibc

/// Symbolic links.
public enum Links {
    /// What a link says, nil where it is none (readlink(2)): `pid:[4026531836]` for a namespace.
    public static func target(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let n = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress, $0.count) }
        return n < 0 ? nil : String(decoding: buffer[..<n], as: UTF8.self)
    }
}
