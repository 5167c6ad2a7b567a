import Glibc
import Linux
import Support

/// The journal of one learner in one lab: JSON lines, only ever appended to.
///
/// Appends hold flock(2) and end with fsync(2), so two terminals take turns and a `kill -9` loses nothing that
/// was said. A last line without its end was never acknowledged and is dropped. Anything else that does not
/// read is damage: the file is kept aside, said, and what can be read goes on.
public struct Journal: Sendable {
    public let path: String

    public init(path: String) { self.path = path }

    /// What a file holds.
    struct Contents: Equatable {
        var entries: [Entry] = []
        /// Bytes up to the last complete line.
        var length = 0
        /// Number (from 1) of the first line that does not read; nil for a healthy file.
        var damagedLine: Int?
    }

    /// Pure: the entries in the file's bytes.
    static func parse(_ bytes: [UInt8]) -> Contents {
        var contents = Contents()
        var start = 0
        var line = 0
        while let end = bytes[start...].firstIndex(of: 10) {
            line += 1
            let text = bytes[start..<end]
            if let entry = (try? JSON.parse(Array(text))).flatMap({ Entry($0) }),
                contents.damagedLine != nil || entry.number == contents.entries.count + 1
            {
                contents.entries.append(entry)
            } else if contents.damagedLine == nil {
                contents.damagedLine = line
            }
            start = end + 1
        }
        contents.length = start
        return contents
    }

    /// All entries, repairing what must be.
    /// - Returns: notices in French: what was found damaged, and where it is kept.
    public func read() throws(EscaleError) -> (entries: [Entry], notices: [String]) {
        guard Files.exists(path) else { return ([], []) }
        let contents = Self.parse(try Files.read(path))
        guard contents.damagedLine != nil else { return (contents.entries, []) }
        return try locked { fd throws(EscaleError) in
            // Another terminal may have repaired it meanwhile.
            let again = Self.parse(try Self.all(fd))
            guard let line = again.damagedLine else { return (again.entries, []) }
            return try repair(again, line)
        }
    }

    /// Adds an event and gives its entry, once it is on disk.
    @discardableResult
    public func append(_ event: LabEvent, step: String, at time: Timestamp = .now) throws(EscaleError)
        -> Entry
    {
        try Files.makeDirectory(Path.parent(path))
        // Damage is put aside first: nothing is ever appended behind it.
        _ = try read()
        return try locked { fd throws(EscaleError) in
            let contents = Self.parse(try Self.all(fd))
            let entry = Entry(
                number: contents.entries.count + 1, time: time, step: step, event: event)
            // The torn last line of a writer that was killed.
            try Sys.call("ftruncate", path) { ftruncate(fd, off_t(contents.length)) }
            try Sys.writeAll(fd, entry.json.bytes() + [10])
            try Sys.call("fsync", path) { fsync(fd) }
            return entry
        }
    }

    /// Runs `body` on the file with its lock held. A repair replaces the file, so the lock counts only
    /// while the path still leads to it.
    private func locked<T>(_ body: (Int32) throws(EscaleError) -> T) throws(EscaleError) -> T {
        while true {
            let fd = try Sys.open(path, O_RDWR | O_CREAT | O_APPEND, mode: 0o600)
            try Sys.call("flock", path) { flock(fd.raw, LOCK_EX) }
            var ours = stat()
            var now = stat()
            guard fstat(fd.raw, &ours) == 0, stat(path, &now) == 0, ours.st_ino == now.st_ino else {
                continue
            }
            return try body(fd.raw)
        }
    }

    private static func all(_ fd: Int32) throws(EscaleError) -> [UInt8] {
        try Sys.call("lseek") { lseek(fd, 0, SEEK_SET) }
        return try Files.readAll(fd)
    }

    /// Keeps the damaged file and goes on with the lines that read, numbered anew.
    private func repair(_ contents: Contents, _ line: Int) throws(EscaleError) -> ([Entry], [String]) {
        let date = String(Timestamp.now.rfc3339.prefix(19)).replacing(":", with: "")
        var aside = "\(path).corrompu-\(date)"
        var copy = 1
        while Files.exists(aside) {
            copy += 1
            aside = "\(path).corrompu-\(date)-\(copy)"
        }
        guard link(path, aside) == 0 else { throw .system("link", aside, errno: errno) }
        var bytes: [UInt8] = []
        var entries: [Entry] = []
        for old in contents.entries {
            let entry = Entry(number: entries.count + 1, time: old.time, step: old.step, event: old.event)
            entries.append(entry)
            bytes += entry.json.bytes() + [10]
        }
        try Files.replace(path, bytes, mode: 0o600, durable: true)
        let notice =
            "Votre fichier de progression était abîmé (ligne \(line)). Il est gardé sous \(aside) ; "
            + "\(entries.count) événement(s) ont été relus et rien d’autre n’est perdu."
        return (entries, [Typography.french(notice)])
    }
}
