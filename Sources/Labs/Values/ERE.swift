import Glibc

/// Extended regular expressions as `grep -E` reads them (regex(7)): teachers know them, and glibc has them.
public enum ERE {
    /// Nil when the pattern is right, else what regcomp(3) says.
    public static func problem(_ pattern: String) -> String? {
        var compiled = regex_t()
        let code = regcomp(&compiled, pattern, REG_EXTENDED)
        guard code != 0 else {
            regfree(&compiled)
            return nil
        }
        var buffer = [CChar](repeating: 0, count: 200)
        regerror(code, &compiled, &buffer, buffer.count)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The first match: its first group where the pattern has one that took part, else all of it. `^` and
    /// `$` also hold at line ends.
    public static func first(_ pattern: String, in text: String) -> String? {
        var compiled = regex_t()
        guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NEWLINE) == 0 else { return nil }
        defer { regfree(&compiled) }
        var groups = [regmatch_t](repeating: regmatch_t(), count: 2)
        guard regexec(&compiled, text, 2, &groups, 0) == 0 else { return nil }
        let group = groups[1].rm_so >= 0 ? groups[1] : groups[0]
        let bytes = Array(text.utf8)
        guard group.rm_eo <= bytes.count else { return nil }
        return String(decoding: bytes[Int(group.rm_so)..<Int(group.rm_eo)], as: UTF8.self)
    }
}
