import Support

/// Signals by the names that `docker kill` and `StopSignal` take (signal(7), x86 and ARM numbers).
package enum Signals {
    private static let names: [(String, Int)] = [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("IOT", 6), ("BUS", 7),
        ("FPE", 8), ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14),
        ("TERM", 15), ("STKFLT", 16), ("CHLD", 17), ("CLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20),
        ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27),
        ("WINCH", 28), ("IO", 29), ("POLL", 29), ("PWR", 30), ("SYS", 31), ("RTMIN", 34), ("RTMAX", 64)
    ]

    /// `9`, `KILL`, `SIGKILL`, `sigkill`, `RTMIN+3`.
    package static func number(_ text: String) throws(EscaleError) -> Int {
        let invalid = EscaleError(.invalid, "Invalid signal: \(text)")
        if let n = Int(text) {
            guard (1...64).contains(n) else { throw invalid }
            return n
        }
        var name = text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if let found = names.first(where: { $0.0 == name }) { return found.1 }
        for (base, sign) in [("RTMIN+", 1), ("RTMAX-", -1)] where name.hasPrefix(base) {
            guard let n = Int(name.dropFirst(base.count)) else { throw invalid }
            let signal = sign > 0 ? 34 + n : 64 - n
            guard n >= 0, (34...64).contains(signal) else { throw invalid }
            return signal
        }
        throw invalid
    }
}
