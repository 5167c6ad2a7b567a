import Glibc
import Linux
import Support

extension Engine {
    /// The container's processes as the host's ps shows them.
    /// - Parameter arguments: of ps; nil for Docker's `-ef`.
    package func top(_ reference: String, arguments: String?) async throws(EscaleError) -> JSON {
        let c = try find(reference)
        guard c.state.isRunning else { throw notRunning(c) }
        let pids = Set(try Cgroup(path: cgroupPath(c.id)).processes())
        emit(c, "top")
        let arguments = arguments.flatMap { $0.isEmpty ? nil : $0 } ?? "-ef"
        if arguments == "-ef" {
            return [
                "Titles": JSON(ProcessTable.titles),
                "Processes": .array(ProcessTable.rows(pids).map { JSON($0) })
            ]
        }
        let words = arguments.split(separator: " ").map(String.init)
        guard words.allSatisfy({ !$0.contains("\0") }) else {
            throw EscaleError(.invalid, "invalid ps arguments")
        }
        let result = try await Blocking.run { () throws(EscaleError) in try Spawn.run("ps", words) }
        guard result.status == 0 else {
            let said = result.errorText.split(separator: "\n").first ?? "failed"
            throw EscaleError(.invalid, "ps: \(said)")
        }
        return try ProcessTable.parse(result.text, keeping: pids)
    }
}

/// Processes in ps's columns.
package enum ProcessTable {
    package static let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]

    /// Picks the processes out of ps's own table, by its column PID.
    package static func parse(_ text: String, keeping pids: Set<pid_t>) throws(EscaleError) -> JSON {
        let lines = text.split(separator: "\n")
        let titles = (lines.first ?? "").split(whereSeparator: \.isWhitespace).map(String.init)
        guard let column = titles.firstIndex(of: "PID") else {
            throw EscaleError(.invalid, "Couldn't find PID field in ps output")
        }
        var rows: [JSON] = []
        for line in lines.dropFirst() {
            let fields = line.split(maxSplits: titles.count - 1, whereSeparator: \.isWhitespace).map(
                String.init)
            guard fields.count > column, let pid = pid_t(fields[column]), pids.contains(pid) else { continue }
            rows.append(JSON(fields))
        }
        return ["Titles": JSON(titles), "Processes": .array(rows)]
    }

    /// `ps -ef` without starting it (proc(5)).
    static func rows(_ pids: Set<pid_t>) -> [[String]] {
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let uptime =
            ((try? Files.text("/proc/uptime")) ?? "").split(separator: " ").first.flatMap { Double($0) } ?? 0
        return pids.sorted().compactMap { row($0, ticks: ticks, uptime: uptime) }
    }

    private static func row(_ pid: pid_t, ticks: Double, uptime: Double) -> [String]? {
        guard let text = try? Files.text("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 20, let user = Double(fields[11]), let system = Double(fields[12]),
            let start = Double(fields[19])
        else { return nil }
        var s = stat()
        let uid = stat("/proc/\(pid)", &s) == 0 ? s.st_uid : 0
        let cpu = (user + system) / ticks
        let age = max(uptime - start / ticks, 0.01)
        let bytes = (try? Files.read("/proc/\(pid)/cmdline", limit: 4096)) ?? []
        let words = bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        let name = text[text.index(after: text.firstIndex(of: "(") ?? text.startIndex)..<close]
        return [
            userName(uid), "\(pid)", String(fields[1]), "\(min(99, Int(cpu / age * 100)))",
            startTime(secondsAgo: age), terminal(Int(fields[4]) ?? 0), clock(Int(cpu)),
            words.isEmpty ? "[\(name)]" : words.joined(separator: " ")
        ]
    }

    private static func userName(_ uid: uid_t) -> String {
        var entry = passwd()
        var result: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 4096)
        getpwuid_r(uid, &entry, &buffer, buffer.count, &result)
        guard result != nil, let name = entry.pw_name else { return "\(uid)" }
        return String(cString: name)
    }

    /// `16:05` of today, `Nov22` before.
    private static func startTime(secondsAgo: Double) -> String {
        var now = time(nil)
        var then = now - time_t(secondsAgo)
        var a = tm()
        var b = tm()
        localtime_r(&now, &a)
        localtime_r(&then, &b)
        var text = [CChar](repeating: 0, count: 16)
        let sameDay = a.tm_yday == b.tm_yday && a.tm_year == b.tm_year
        strftime(&text, text.count, sameDay ? "%H:%M" : "%b%d", &b)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The terminal's number as ps names it (proc(5), tty_nr).
    private static func terminal(_ number: Int) -> String {
        let major = number >> 8 & 0xFFF
        let minor = number & 0xFF | number >> 12 & 0xFFF00
        switch major {
        case 136...143: return "pts/\((major - 136) * 256 + minor)"
        case 4: return "tty\(minor)"
        default: return "?"
        }
    }

    private static func clock(_ seconds: Int) -> String {
        func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
