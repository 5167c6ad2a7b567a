import Glibc
import Linux
import OCI
import Support

/// What is remembered of a container between two runs of the runtime.
public struct StoredState: Sendable, Equatable {
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

extension StoredState {
    /// By hand and not by `Codable`, whose first use costs a start half a millisecond.
    var json: JSON {
        var object: JSONObject = .init([
            ("id", .string(id)), ("bundle", .string(bundle)), ("pid", JSON(pid)),
            ("isStarted", JSON(isStarted)), ("cgroup", .string(cgroup)), ("created", .string(created)),
            ("owner", JSON(owner))
        ])
        if let startTime { object["startTime"] = .uint(startTime) }
        if let annotations {
            object["annotations"] = .object(
                JSONObject(annotations.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        return .object(object)
    }

    init(_ json: JSON) throws(EscaleError) {
        guard let id = json["id"].string, let bundle = json["bundle"].string, let pid = json["pid"].int,
            let isStarted = json["isStarted"].bool, let cgroup = json["cgroup"].string,
            let created = json["created"].string, let owner = json["owner"].int,
            (0...Int(pid_t.max)).contains(pid)
        else { throw EscaleError(.corrupt, "its state is not complete: \(json.text())") }
        self.init(
            id: id, bundle: bundle, pid: pid, startTime: json["startTime"].int.flatMap(UInt64.init(exactly:)),
            isStarted: isStarted, cgroup: cgroup, created: created, owner: owner,
            annotations: json["annotations"].object.map { object in
                Dictionary(
                    object.members.map { ($0.key, $0.value.string ?? "") }, uniquingKeysWith: { $1 })
            })
    }
}

/// The folder of all states. `ROOT/ID/state` is a journal: the size of the configuration, the
/// configuration, and a line of JSON for each change, of which the last whole one counts. No file is replaced,
/// which makes ext4 write the new one to disk first, and a line of less than a page is written whole or not
/// at all, whatever dies.
public struct StateStore: Sendable {
    public let root: String

    public init(_ root: String) { self.root = root }

    public func folder(_ id: String) -> String { "\(root)/\(id)" }
    private func journal(_ id: String) -> String { "\(folder(id))/state" }
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

    /// The first record of a container, with the configuration that it is made from.
    func begin(_ state: StoredState, config: [UInt8]) throws(EscaleError) {
        let head = Array("\(config.count)\n".utf8) + config + [10]
        try append(head + state.json.bytes() + [10], state.id)
    }

    func save(_ state: StoredState) throws(EscaleError) { try append(state.json.bytes() + [10], state.id) }

    private func append(_ bytes: [UInt8], _ id: String) throws(EscaleError) {
        let file = try Sys.open(journal(id), O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
        try Sys.writeAll(file.raw, bytes)
    }

    /// The configuration that a container was made from.
    public func spec(of stored: StoredState) throws(EscaleError) -> RuntimeSpec {
        let config = try split(stored.id).config
        return try config.isEmpty ? Bundle.load(stored.bundle) : Bundle.decode(Array(config))
    }

    public func load(_ id: String) throws(EscaleError) -> StoredState {
        try Self.check(id)
        let line = try split(id).last
        do { return try StoredState(JSON.parse(Array(line))) } catch {
            throw error.within("container \(id)")
        }
    }

    /// The last record that can be read, of a state that something has damaged.
    func salvage(_ id: String) -> StoredState? {
        let bytes = (try? Files.read(journal(id), limit: 1 << 24)) ?? []
        for line in bytes.split(separator: 10).reversed() {
            if let state = try? StoredState(JSON.parse(Array(line))), state.id == id { return state }
        }
        return nil
    }

    /// The configuration and the last whole record.
    private func split(_ id: String) throws(EscaleError) -> (
        config: ArraySlice<UInt8>, last: ArraySlice<UInt8>
    ) {
        let absent = EscaleError(.notFound, "container \"\(id)\" does not exist", errno: ENOENT)
        let bytes: [UInt8]
        do { bytes = try Files.read(journal(id), limit: 1 << 24) } catch {
            throw error.errno == ENOENT ? absent : error.within("container \(id)")
        }
        // A first record that is not whole was never made known: nothing had been made yet.
        guard let first = bytes.firstIndex(of: 10) else { throw absent }
        guard let size = Int(String(decoding: bytes[..<first], as: UTF8.self)), size >= 0, size < 1 << 24
        else {
            throw EscaleError(.corrupt, "container \(id): its state file starts with no size")
        }
        let records = bytes.dropFirst(first + 1 + size + 1)
        guard let end = records.lastIndex(of: 10) else { throw absent }
        let start = records[..<end].lastIndex(of: 10).map { $0 + 1 } ?? records.startIndex
        return (bytes[(first + 1)..<(first + 1 + size)], records[start..<end])
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
