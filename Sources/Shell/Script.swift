import Glibc
import Support

/// The shell without a terminal: lines from standard input, one at a time.
struct Script {
    let session: ShellSession
    let strict: Bool

    func run() -> Int32 {
        defer { session.close() }
        while var text = readLine() {
            while session.isUnfinished(text), let more = readLine() { text += "\n" + more }
            let status = session.execute(text)
            if session.mustQuit { return status }
            if strict, status != 0 { return 1 }
        }
        return session.status
    }

    /// Byte by byte: what follows the line belongs to the program that it starts (`read`, `cat`).
    private func readLine() -> String? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let n = read(0, &byte, 1)
            if n < 0, errno == EINTR { continue }
            if n <= 0 { return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self) }
            if byte == 10 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
    }
}
