import Labs
import Linux
import Support
import Synchronization

/// A made-up machine.
final class FakeWorld: World {
    struct State {
        var containers: [String: JSON] = [:]
        var files: [String: String] = [:]
        var vms: [VMFacts] = []
        var events: [ContainerEvent] = []
        var images: [String: JSON] = [:]
        var namespaces: [String: String] = [:]
        var measures: [String: String] = [:]
        var spreads: [String: (String, String)] = [:]
        var http: [String: (Int, String)] = [:]
        var alive: Set<Int> = []
        var scripts: [String: (Int, String)] = [:]
        var removed: [String] = []
        var logs: [String: String] = [:]
        /// "image text" -> where it stands.
        var places: [String: [String]] = [:]
        /// "image arguments" -> what a trial gives.
        var trials: [String: (Int, String)] = [:]
        /// "METHOD url" -> what a registry answers; with "METHOD url user" it asks for that one.
        var answers: [String: HTTPAnswer] = [:]
    }
    private let state = Mutex(State())

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    private func get<T: Sendable>(_ read: (State) -> T) -> T { state.withLock { read($0) } }
    var removed: [String] { state.withLock { $0.removed } }

    /// A running container with this PID.
    func run(_ name: String, pid: Int, fields: [(String, JSON)] = []) {
        set {
            var object = JSONObject([
                ("Id", .string("id-\(name)")),
                ("State", ["Status": "running", "Pid": JSON(pid), "StartedAt": "2026-01-01T00:00:00Z"])
            ])
            for (key, value) in fields { object[key] = value }
            $0.containers[name] = .object(object)
            $0.alive.insert(pid)
        }
    }

    func container(_ name: String) -> JSON? { get { $0.containers[name] } }
    func containers() -> [JSON] {
        get { state in
            state.containers.sorted { $0.key < $1.key }.map { name, json in
                ["Names": [.string("/\(name)")], "State": json["State"]["Status"], "Image": "busybox"]
            }
        }
    }
    func run(_ command: String, in container: String) -> (status: Int, output: String) {
        get { $0.scripts[command] } ?? (0, "")
    }
    func file(_ path: String, in container: String) -> String? { get { $0.files["\(container):\(path)"] } }
    func log(container: String) -> String { get { $0.logs[container] } ?? "" }
    func events(since: Timestamp) -> [ContainerEvent] { get { $0.events.filter { $0.time >= since } } }
    func image(_ reference: String) -> JSON? { get { $0.images[reference] } }
    func imageNames() -> [String] { get { $0.images.keys.sorted() } }
    func remove(image: String) {
        set {
            $0.images[image] = nil
            $0.removed.append(image)
        }
    }
    func stop(registry folder: String) { set { $0.removed.append(folder) } }
    func places(of text: String, in image: String) -> [String] { get { $0.places["\(image) \(text)"] } ?? [] }
    func tryOut(_ image: String, _ arguments: [String]) throws(Unread) -> (status: Int, output: String) {
        guard let trial = get({ $0.trials[([image] + arguments).joined(separator: " ")] }) else {
            throw Unread("ne se termine pas")
        }
        return trial
    }
    func file(_ path: String, inImage reference: String) -> String? {
        get { $0.files["\(reference):\(path)"] }
    }
    func request(_ method: String, _ url: String, headers: [String]) throws(Unread) -> HTTPAnswer {
        let user = headers.first { $0.hasPrefix("Authorization: ") }.map { " \($0.dropFirst(15))" } ?? ""
        guard let answer = get({ $0.answers["\(method) \(url)\(user)"] }) else {
            throw Unread("personne n'écoute")
        }
        return answer
    }
    func layerSizes(_ reference: String) -> [Int64] { [100, 23] }
    func vms() -> [VMFacts] { get(\.vms) }
    func log(vm: String) -> String { get { $0.logs[vm] } ?? "" }
    func remove(container: String) {
        set {
            $0.containers[container] = nil
            $0.removed.append(container)
        }
    }
    func remove(vm: String) {
        set {
            $0.vms.removeAll { $0.name == vm }
            $0.removed.append(vm)
        }
    }
    func hostFile(_ path: String) -> String? { get { $0.files[path] } ?? (try? Files.text(path)) }
    func age(_ path: String) -> Double? { 5 }
    func namespace(_ kind: String, pid: Int) throws(Unread) -> String {
        guard let inode = get({ $0.namespaces["\(kind):\(pid)"] }) else { throw Unread("pas d'inode") }
        return inode
    }
    func cgroupFile(_ file: String, pid: Int) throws(Unread) -> String { "max 7\nautre 3\n" }
    func isAlive(pid: Int) -> Bool { get { $0.alive.contains(pid) } }
    func http(_ url: String) throws(Unread) -> (status: Int, body: String) {
        guard let answer = get({ $0.http[url] }) else { throw Unread("personne n'écoute") }
        return answer
    }
    func measure(_ request: MeasureRequest, cancelled: () -> Bool) throws(Unread) -> String {
        guard let text = get({ $0.measures[request.name.rawValue] }) else { throw Unread("pas de mesure") }
        return text
    }
    func spread(_ request: MeasureRequest) -> (low: String, high: String)? {
        get { $0.spreads[request.name.rawValue] }
    }
    func forget() {}
    func missing(_ need: Need) -> String? { nil }
    func spawnTime() -> Double { 3 }
    func script(_ text: String, folder: String, environment: [String], cancelled: () -> Bool)
        -> (status: Int, output: String)
    { get { $0.scripts[text] } ?? (0, "") }
}
