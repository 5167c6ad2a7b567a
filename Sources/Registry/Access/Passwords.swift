import CCrypt
import Glibc
import Linux
import Support
import Synchronization

/// Users and their bcrypt hashes, a line each, as Apache's htpasswd writes them: `USER:$2y$10$…`.
package final class Passwords: Sendable {
    private struct State {
        var stamp: FileStamp?
        var hashes: [String: String] = [:]
    }

    private let path: String
    private let state = Mutex(State())

    /// Throws when the file can't be read, or has a line that is no bcrypt hash.
    package init(path: String) throws(EscaleError) {
        self.path = path
        _ = try hashes()
    }

    /// Changes whenever the file does.
    var stamp: FileStamp? {
        var s = stat()
        return stat(path, &s) == 0 ? FileStamp(s) : nil
    }

    private func hashes() throws(EscaleError) -> [String: String] {
        let stamp = stamp
        if let known = state.withLock({ $0.stamp != nil && $0.stamp == stamp ? $0.hashes : nil }) {
            return known
        }
        let fresh: [String: String]
        do { fresh = try Self.parse(try Files.text(path)) } catch { throw error.within(path) }
        state.withLock { $0 = State(stamp: stamp, hashes: fresh) }
        return fresh
    }

    /// Throws `.invalid`, naming the line.
    package static func parse(_ text: String) throws(EscaleError) -> [String: String] {
        var hashes: [String: String] = [:]
        for (i, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.filter { $0 != "\r" }
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2, ["$2y$", "$2b$", "$2a$"].contains(where: parts[1].hasPrefix) else {
                throw EscaleError(
                    .invalid, "line \(i + 1): USER:BCRYPT-HASH is expected",
                    repair: "escale registry passwd FILE USER")
            }
            hashes[parts[0]] = parts[1]
        }
        return hashes
    }

    /// Takes tens of milliseconds, as bcrypt should: also for a user who does not exist.
    package func check(_ user: String, _ password: String) -> Bool {
        let hashes = (try? hashes()) ?? [:]
        let nobody = "$2y$10$abcdefghijklmnopqrstuuGAQq3UOOKcmyjDKBJtZ9Qb2Jtzkm5EO"
        let hash = hashes[user] ?? nobody
        guard let result = Self.crypt(password, hash), result.utf8.count == hash.utf8.count else {
            return false
        }
        var difference: UInt8 = 0
        for (a, b) in zip(result.utf8, hash.utf8) { difference |= a ^ b }
        return difference == 0 && hashes[user] != nil
    }

    /// A line of the file. Throws `.invalid` for a name or password that can't be.
    package static func line(_ user: String, _ password: String) throws(EscaleError) -> String {
        guard !user.isEmpty, !user.contains(where: { $0 == ":" || $0 == "\n" || $0 == "#" || $0 == " " })
        else {
            throw EscaleError(.invalid, "invalid user name: \"\(user)\"")
        }
        // bcrypt reads no further than 72 bytes.
        guard !password.isEmpty, password.utf8.count <= 72, !password.utf8.contains(0) else {
            throw EscaleError(.invalid, "invalid password: 1 to 72 bytes are expected")
        }
        var salt = [CChar](repeating: 0, count: 192)
        guard crypt_gensalt_rn("$2y$", 10, nil, 0, &salt, Int32(salt.count)) != nil,
            let hash = crypt(
                password, String(decoding: salt.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
        else { throw EscaleError(.internal, "crypt: no bcrypt here") }
        return "\(user):\(hash)"
    }

    private static func crypt(_ password: String, _ setting: String) -> String? {
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { data.deallocate() }
        memset(data, 0, MemoryLayout<crypt_data>.size)
        guard let result = crypt_rn(password, setting, data, Int32(MemoryLayout<crypt_data>.size)) else {
            return nil
        }
        return String(cString: result)
    }
}
