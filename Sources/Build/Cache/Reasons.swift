import Archive
import Linux
import Support
import Synchronization

/// Why steps are done again: what they depended on the last time is kept in `ROOT/build/last`, a file for
/// what is built again and again (a tag, or a folder).
final class Reasons: Sendable {
    private let path: String
    private let state: Mutex<State>

    private struct State {
        /// Step -> name of a part -> value.
        var before: [String: JSONObject]
        var now: [(String, JSON)] = []
    }

    init(kit: Kit, slot: String) {
        var hash = SHA256()
        hash.add(slot)
        path = "\(kit.root)/build/last/\(hash.hex.prefix(32)).json"
        var before: [String: JSONObject] = [:]
        if let bytes = try? Files.read(path, limit: 64 << 20), let json = try? JSON.parse(bytes) {
            for member in json.object?.members ?? [] { before[member.key] = member.value.object }
        }
        state = Mutex(State(before: before))
    }

    func judge(_ step: String, _ key: CacheKey, hit: Bool, off: Bool, known: Bool) -> CacheReason {
        let before = state.withLock { s -> JSONObject? in
            s.now.append((step, key.json))
            return s.before[step]
        }
        if hit { return CacheReason(.hit) }
        if off { return CacheReason(.off) }
        guard let before else { return CacheReason(known ? .pruned : .new) }
        let changes = Self.changes(before, key)
        return changes.isEmpty ? CacheReason(.pruned) : CacheReason(.changed, changes)
    }

    /// A step that was known without looking at what it depends on: that is what it was.
    func keep(_ step: String) {
        state.withLock { s in
            if let before = s.before[step] { s.now.append((step, .object(before))) }
        }
    }

    /// Names of the parts that differ, came, or went.
    static func changes(_ before: JSONObject, _ key: CacheKey) -> [String] {
        var old = Dictionary(
            before.members.map { ($0.key, $0.value.string ?? "") }, uniquingKeysWith: { a, _ in a })
        var changes: [String] = []
        for (name, value) in key.parts {
            guard let was = old.removeValue(forKey: name) else {
                changes.append("+\(name)")
                continue
            }
            if was != value { changes.append(name) }
        }
        return changes + old.keys.sorted().map { "-\($0)" }
    }

    func save() {
        let now = state.withLock { $0.now }
        try? Files.makeDirectory(Path.parent(path), mode: 0o700)
        let json = JSON.object(JSONObject(now))
        try? Files.replace(path, json.bytes(), mode: 0o600)
    }
}
