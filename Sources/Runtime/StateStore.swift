import Glibc
import Linux
import OCI
import Support

/// What is remembered of a container between two runs of the runtime, in `ROOT/ID`: `creating.json`
/// before it has a process, `state.json` from then on, and the empty `started` once its program runs.
///
/// Each is written once: a file system that is asked to replace a fresh file writes it to disk first,
/// and its removal waits for that, some milliseconds.
public struct StoredState: Codable, Sendable, Equatable {
    public var id: String
    public var bundle: String
    /// Of the first process; 0 while there is none.
    public var pid: Int
    /// With the pid it names that process for ever; nil while there is none.
    public var startTime: UInt64?
    /// Whether the user's program was started.
    public var isStarted: Bool
    public var cgroup: String
    public var created: String
    public var owner: Int
    public var annotations: [String: String]?
}

/// The folder of all states.
public struct StateStore: Sendable {
    public let root: String

    public init(_ root: String) { self.root = root }

    public func folder(_ id: String) -> String { "\(root)/\(id)" }
    private func file(_ id: String, _ name: String = "state.json") -> String { "\(folder(id))/\(name)" }
    /// Where a detached first process waits for `start`.
    func socket(_ id: String) -> String { "\(root)/\(id)/start.sock" }

    /// Letters, digits and `_ + - .`, not a path.
    public static func check(_ id: String) throws(EscaleError) {
        let good = id.utf8.allSatisfy { c in
            (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c)
                || [95, 43, 45, 46].contains(c)
        }
        guard good, !id.isEmpty, id != ".", id != "..", id.utf8.count <= 1024 else {
            throw EscaleError(.invalid, "invalid container id format: \"\(id)\"")
        }
    }

    /// Takes the name; `.conflict` when another has it.
    func reserve(_ id: String) throws(EscaleError) {
        try Self.check(id)
        try Files.makeDirectory(root, mode: 0o711)
        if mkdir(folder(id), 0o711) != 0 {
            if errno == EEXIST {
                throw EscaleError(.conflict, "container with given ID already exists: \(id)", errno: EEXIST)
            }
            throw .system("mkdir", folder(id), errno: errno)
        }
    }

    func save(_ state: StoredState) throws(EscaleError) {
        let name = state.pid == 0 ? "creating.json" : "state.json"
        try Files.replace(file(state.id, name), try JSON.encode(state).bytes(), mode: 0o600)
    }

    /// Keeps the configuration that a container was made from.
    func keep(_ config: [UInt8], for id: String) throws(EscaleError) {
        let fd = try Sys.open(file(id, "config.json"), O_WRONLY | O_CREAT | O_TRUNC, mode: 0o600)
        try Sys.writeAll(fd.raw, config)
    }

    /// The configuration that a container was made from.
    public func spec(of stored: StoredState) throws(EscaleError) -> RuntimeSpec {
        let kept = file(stored.id, "config.json")
        return try Files.exists(kept) ? Bundle.decode(try Files.read(kept)) : Bundle.load(stored.bundle)
    }

    func markStarted(_ id: String) throws(EscaleError) {
        _ = try Sys.open(file(id, "started"), O_WRONLY | O_CREAT, mode: 0o600)
    }

    public func load(_ id: String) throws(EscaleError) -> StoredState {
        try load(id, from: Files.exists(file(id)) ? "state.json" : "creating.json")
    }

    /// - Parameter name: which of its records.
    func load(_ id: String, from name: String) throws(EscaleError) -> StoredState {
        try Self.check(id)
        do throws(EscaleError) {
            var state: StoredState = try JSON.parse(try Files.read(file(id, name))).decode()
            guard (0...Int(pid_t.max)).contains(state.pid) else {
                throw EscaleError(.corrupt, "pid: \(state.pid): no process has such a number")
            }
            state.isStarted = Files.exists(file(id, "started"))
            return state
        } catch {
            guard error.errno == ENOENT else { throw error.within("container \(id)") }
            throw EscaleError(.notFound, "container \"\(id)\" does not exist", errno: ENOENT)
        }
    }

    public func list() throws(EscaleError) -> [StoredState] {
        guard Files.exists(root) else { return [] }
        return try Files.list(root).compactMap { try? load($0) }
    }

    func remove(_ id: String) throws(EscaleError) { try Files.removeTree(folder(id)) }
}

extension StoredState {
    /// Whether its first process is still there.
    public var isAlive: Bool {
        pid > 0 && startTime != nil && ProcessInfo.startTime(pid_t(pid)) == startTime
    }

    public func status() -> State.Status {
        if pid == 0 { return .creating }
        guard isAlive else { return .stopped }
        if !isStarted { return .created }
        if let cgroup = try? Cgroup(path: cgroup), cgroup.isFrozen { return .paused }
        return .running
    }

    /// What poststart hooks are told, however soon the program may have ended.
    var startedState: State {
        State(id: id, status: .running, pid: pid, bundle: bundle, annotations: annotations)
    }

    /// As the specification has it.
    public func state() -> State {
        let status = status()
        return State(
            id: id, status: status, pid: status == .stopped || pid == 0 ? 0 : pid, bundle: bundle,
            annotations: annotations)
    }
}
