import CLinux
import Glibc
import Linux
import OCI
import Support

/// Registries that a kit runs by themselves (`escale registry start`): a process each, for as long as the session
/// that started it.
///
/// `RUN/registries/NAME.json` says where one serves. The process inherits a locked `NAME.lock` beside it and never
/// looks at it: the lock ends with the process, however that ends, so a record that nobody locks is a dead one's.
public struct BackgroundRegistries: Sendable {
    public struct Entry: Sendable, Equatable {
        /// The folder of its files.
        public let root: String
        /// `http://127.0.0.1:5000`
        public let url: String
        public let pid: pid_t
    }

    /// The descriptor through which the process sees its session end (pidfd_open(2)).
    package static let sessionDescriptor: Int32 = 3
    private static let lockDescriptor: Int32 = 4
    /// Names the process whose end is theirs; set by a session on a terminal and by a proof.
    public static let sessionVariable = "ESCALE_SESSION"

    private let folder: String

    public init(kit: Kit) { folder = "\(kit.run)/registries" }

    /// Those that serve, by folder.
    public func list() throws(EscaleError) -> [Entry] {
        guard Files.isDirectory(folder) else { return [] }
        var entries: [Entry] = []
        for name in try Files.list(folder) where name.hasSuffix(".json") {
            let base = "\(folder)/\(name.dropLast(5))"
            guard try isHeld("\(base).lock"), let entry = try? read("\(base).json") else { continue }
            entries.append(entry)
        }
        return entries.sorted { $0.root < $1.root }
    }

    /// Starts `escale registry serve --root ROOT ARGUMENTS…` and comes back once it listens.
    /// - Parameters:
    ///   - root: relative to the working folder, or absolute.
    ///   - arguments: address and options, as `serve` takes them.
    /// Throws `.conflict` where one serves this folder, and what keeps it from starting, in its own words.
    public func start(program: String, root: String, _ arguments: [String]) throws(EscaleError) -> Entry {
        let root = Self.absolute(root)
        try Files.makeDirectory(folder, mode: 0o700)
        let base = "\(folder)/\(Self.name(root))"
        let lock = try Sys.open("\(base).lock", O_RDWR | O_CREAT, mode: 0o600)
        guard cl_flock(lock.raw, LOCK_EX | LOCK_NB) == 0 else {
            let url = (try? read("\(base).json"))?.url ?? "another address"
            throw EscaleError(
                .conflict, "the registry in \(root) is already running, on \(url)",
                repair: "escale registry stop \(root)")
        }
        let null = try Sys.open("/dev/null", O_RDONLY)
        let log = try Sys.open("\(base).log", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, mode: 0o600)
        let ends = try Sys.pipe()
        let reader = FD(owning: ends.read)
        let writer = FD(owning: ends.write)
        var command = ["registry", "serve", "--root", root] + arguments
        var descriptors = [0: null.raw, 1: writer.raw, 2: log.raw, Self.lockDescriptor: lock.raw]
        let pid: pid_t
        if let session = Environment[Self.sessionVariable].flatMap({ pid_t($0) }) {
            let handle = try ProcessHandle(session)
            command.append("--with-session")
            descriptors[Self.sessionDescriptor] = handle.fd.raw
            pid = try Spawn.start(program, command, descriptors: descriptors, newSession: true)
        } else {
            pid = try Spawn.start(program, command, descriptors: descriptors, newSession: true)
        }
        // Known from its first moment, by an address that is only meant yet.
        try write(Entry(root: root, url: "", pid: pid), base)
        _ = consume writer
        guard let url = try announced(reader.raw) else {
            _ = try Spawn.wait(pid)
            unlink("\(base).json")
            let said = (try? Files.text("\(base).log"))?.split(separator: "\n").map(String.init) ?? []
            let message = said.first.map { $0.hasPrefix("escale: ") ? String($0.dropFirst(8)) : $0 }
            throw EscaleError(
                .unavailable, message ?? "the registry in \(root) ended at once",
                repair: said.dropFirst().first.map { String($0.trimmingPrefix("  → ")) })
        }
        let entry = Entry(root: root, url: url, pid: pid)
        try write(entry, base)
        return entry
    }

    /// Ends the one that serves a folder. What it acknowledged is on disk.
    /// - Returns: false where there is none.
    @discardableResult
    public func stop(root: String) throws(EscaleError) -> Bool {
        let base = "\(folder)/\(Self.name(Self.absolute(root)))"
        guard Files.exists("\(base).json") else { return false }
        if try isHeld("\(base).lock"), let entry = try? read("\(base).json") {
            try Self.end(entry.pid)
            unlink("\(base).json")
            return true
        }
        unlink("\(base).json")
        return false
    }

    /// Ends all.
    /// - Returns: those that were running.
    @discardableResult
    public func stopAll() throws(EscaleError) -> [Entry] {
        let entries = try list()
        for entry in entries { try stop(root: entry.root) }
        return entries
    }

    private static func end(_ pid: pid_t) throws(EscaleError) {
        let handle: ProcessHandle
        do { handle = try ProcessHandle(pid) } catch {
            if error.errno == ESRCH { return }
            throw error
        }
        try handle.signal(SIGTERM)
        if try !handle.waitForEnd(milliseconds: 5000) {
            try handle.signal(SIGKILL)
            _ = try handle.waitForEnd(milliseconds: 5000)
        }
    }

    /// The address that `serve` prints once clients can connect; nil where it ended instead.
    private func announced(_ fd: Int32) throws(EscaleError) -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            guard try Sys.call("read", "", { Glibc.read(fd, &byte, 1) }) == 1 else { return nil }
            if byte == 10 {
                return line.split(separator: 32).last.map { String(decoding: $0, as: UTF8.self) }
            }
            line.append(byte)
        }
    }

    private func isHeld(_ path: String) throws(EscaleError) -> Bool {
        guard Files.exists(path) else { return false }
        return try FileLock.attempt(path) == nil
    }

    private func read(_ path: String) throws(EscaleError) -> Entry {
        let json = try JSON.parse(try Files.read(path))
        guard let root = json["root"].string, let url = json["url"].string, let pid = json["pid"].int else {
            throw EscaleError(.corrupt, "\(path) is no record of a registry")
        }
        return Entry(root: root, url: url, pid: pid_t(pid))
    }

    private func write(_ entry: Entry, _ base: String) throws(EscaleError) {
        let json: JSON = ["root": .string(entry.root), "url": .string(entry.url), "pid": JSON(Int(entry.pid))]
        try Files.replace("\(base).json", json.bytes())
    }

    /// The same for every way to write a folder that may not be there yet.
    private static func absolute(_ path: String) -> String {
        let path = String(path.reversed().drop { $0 == "/" }.reversed())
        if let real = real(path) { return real }
        guard let parent = real(Path.parent(path)) else { return path }
        return Path.join(parent, Path.name(path))
    }

    private static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// A file name for any folder's path.
    private static func name(_ root: String) -> String {
        String((Hasher.digest(of: Array(root.utf8))?.hex ?? "").prefix(16))
    }
}
