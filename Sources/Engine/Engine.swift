import Glibc
import Linux
import ShimProtocol
import Support

/// The containers of one kit: all state in memory is here, all of it can be had again from disk and
/// from the shims.
public actor Engine {
    public static let version = "0.1.0"

    public nonisolated let kit: Kit
    package nonisolated let images: any ImageLibrary
    package nonisolated let events: EventBus
    nonisolated let launcher: any ShimLauncher
    nonisolated let networking: any ContainerNetworking
    nonisolated let reactor: Reactor
    nonisolated let host: HostFacts
    nonisolated let log: @Sendable (String) -> Void
    nonisolated let trash: Trash

    var containers: [String: Container] = [:]
    /// Name -> id.
    var names: [String: String] = [:]
    var execs: [String: Exec] = [:]
    var tokens: UInt64 = 0
    let publishing = AsyncLock()
    /// JSON of default seccomp profiles by their capabilities: the same one for nearly every container.
    var seccompDocuments: [[String]: JSON] = [:]

    package init(
        kit: Kit, images: any ImageLibrary, launcher: any ShimLauncher, networking: any ContainerNetworking,
        reactor: Reactor, host: HostFacts = .current, log: @escaping @Sendable (String) -> Void
    ) {
        self.kit = kit
        self.images = images
        self.launcher = launcher
        self.networking = networking
        self.reactor = reactor
        self.host = host
        self.log = log
        trash = Trash(kit: kit, log: log)
        events = EventBus()
    }

    func token() -> UInt64 {
        tokens += 1
        return tokens
    }

    /// By full id, name or a prefix of the id that fits one alone.
    func find(_ reference: String) throws(EscaleError) -> Container {
        let name = reference.hasPrefix("/") ? String(reference.dropFirst()) : reference
        if let c = containers[name] { return c }
        if let id = names[name], let c = containers[id] { return c }
        let isHex =
            !name.isEmpty && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
        if isHex {
            let matches = containers.keys.filter { $0.hasPrefix(name) }
            if matches.count == 1, let c = containers[matches[0]] { return c }
            if matches.count > 1 {
                throw EscaleError(
                    .invalid, "multiple IDs found with provided prefix: \(name)")
            }
        }
        throw EscaleError(.notFound, "No such container: \(reference)")
    }

    func saveState(_ c: Container) throws(EscaleError) {
        try Files.replace(c.paths.state, try JSON.encode(c.state).bytes(), mode: 0o600)
    }

    /// Where a failure to write must not stop what is going on: a later start of the daemon finds out
    /// by itself.
    func saveStateOrLog(_ c: Container) {
        do { try saveState(c) } catch { log("container \(c.record.shortID): \(error.message)") }
    }

    func emit(_ c: Container, _ action: String, _ more: [(String, String)] = []) {
        var attributes: [(String, String)] = [
            ("image", c.options.config.text("Image")), ("name", c.record.name)
        ]
        attributes += c.options.config.map("Labels")
        events.emit(
            EngineEvent(type: "container", action: action, actor: c.id, attributes: attributes + more))
    }

    func conflict(_ text: String) -> EscaleError { EscaleError(.conflict, text) }
}

/// What the host is.
package struct HostFacts: Sendable {
    package var cpus: Int
    package var memory: Int
    package var kernel: String
    package var machine: String
    package var name: String
    package var distribution: String
    /// When this engine came up.
    package var started = Timestamp.now

    package static var current: HostFacts {
        var u = utsname()
        uname(&u)
        func text<T>(_ field: T) -> String {
            withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let meminfo = (try? Files.text("/proc/meminfo")) ?? ""
        let total = meminfo.split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        let kilobytes = total?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let release = (try? Files.text("/etc/os-release")) ?? ""
        let pretty = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        return HostFacts(
            cpus: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), memory: kilobytes << 10,
            kernel: text(u.release), machine: text(u.machine), name: text(u.nodename),
            distribution: pretty.map { $0.dropFirst(12).filter { $0 != "\"" } } ?? "Linux")
    }

    package init(
        cpus: Int, memory: Int, kernel: String, machine: String, name: String, distribution: String
    ) {
        self.cpus = cpus
        self.memory = memory
        self.kernel = kernel
        self.machine = machine
        self.name = name
        self.distribution = distribution
    }
}
