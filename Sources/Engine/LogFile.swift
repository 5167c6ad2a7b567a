import Glibc
import Linux
import Support

/// Reads a log from a place on, whole lines only.
package struct LogFile: ~Copyable, Sendable {
    private let fd: FD
    private var pending: [UInt8] = []
    private var offset: Int

    /// - Parameter tail: begin with so many lines before the end.
    package init(_ path: String, tail: Int?) throws(EscaleError) {
        let file = try Sys.open(path, O_RDONLY)
        offset = try tail.map { n throws(EscaleError) in try Self.tailOffset(file.raw, lines: n) } ?? 0
        fd = file
    }

    /// Where the last `lines` lines begin: read in blocks from the end.
    private static func tailOffset(_ fd: Int32, lines: Int) throws(EscaleError) -> Int {
        let size = Int(lseek(fd, 0, SEEK_END))
        guard lines > 0 else { return size }
        var found = 0
        var end = size
        var buffer = [UInt8](repeating: 0, count: 65536)
        while end > 0 {
            let start = max(0, end - buffer.count)
            let n = try Sys.call("read") { pread(fd, &buffer, end - start, off_t(start)) }
            // The newline at the very end ends the last line; it begins none.
            for i in stride(from: n - 1, through: 0, by: -1)
            where buffer[i] == 10 && start + i != size - 1 {
                found += 1
                if found == lines { return start + i + 1 }
            }
            end = start
        }
        return 0
    }

    /// The entries up to the end as it is now, at most about 256 KiB at a time; none at the end.
    package mutating func read() throws(EscaleError) -> [LogEntry] {
        var entries: [LogEntry] = []
        var buffer = [UInt8](repeating: 0, count: 262_144)
        while entries.isEmpty {
            let n = try Sys.call("read") { pread(fd.raw, &buffer, buffer.count, off_t(offset)) }
            if n == 0 { break }
            offset += n
            pending.append(contentsOf: buffer[..<n])
            var at = 0
            while let newline = pending[at...].firstIndex(of: 10) {
                if let entry = LogEntry(line: pending[at..<newline]) { entries.append(entry) }
                at = newline + 1
            }
            pending.removeFirst(at)
        }
        return entries
    }
}
