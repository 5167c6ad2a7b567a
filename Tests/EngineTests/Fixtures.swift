import Engine
import Glibc
import Images
import Linux
import Network
import OCI
import ShimProtocol
import Support
import Synchronization

/// A folder of its own for each test, removed with it.
final class TestKit: Sendable {
    let kit: Kit
    private let folder: String

    init() throws {
        folder = "/tmp/escale-test-\(Hex.random(4))"
        kit = Kit(root: "\(folder)/root", run: "\(folder)/run")
        try Files.makeDirectory(kit.root)
        try Files.makeDirectory(kit.run)
    }

    deinit { try? Files.removeTree(folder) }
}

/// One image, `busybox`, with an empty layer.
final class FakeImages: ImageLibrary {
    let image: EngineImage

    init(layer: String, execution: ImageConfig.Execution = .init(env: ["PATH=/bin"], cmd: ["sh"])) {
        image = EngineImage(
            id: "sha256:" + String(repeating: "ab", count: 32), tags: ["busybox:latest"], digests: [],
            config: ImageConfig(config: execution), layers: [layer], size: 1)
    }

    func find(_ name: String, _ platform: Platform?) throws(EscaleError) -> EngineImage {
        guard ["busybox", "busybox:latest", image.id].contains(name) else {
            throw EscaleError(.notFound, "No such image: \(name):latest")
        }
        return image
    }

    func list() throws(EscaleError) -> [EngineImage] { [image] }
    func layerSizes(_ image: EngineImage) throws(EscaleError) -> [Int64] { [1] }
    func tag(_ image: EngineImage, as name: String) throws(EscaleError) {}
    func remove(_ name: String, force: Bool, uses: [String: [ImageUse]]) throws(EscaleError) -> RemovedImage {
        RemovedImage()
    }
    func prune(all: Bool, used: Set<String>) throws(EscaleError) -> (removed: RemovedImage, bytes: Int64) {
        (RemovedImage(), 0)
    }
}

/// A shim that a test plays: it says what it is told to.
final class FakeShim: ShimLink {
    let events: AsyncStream<ShimEvent>
    let pid: pid_t = 0
    private let continuation: AsyncStream<ShimEvent>.Continuation
    private let behaviour: FakeLauncher.Behaviour
    private let received = Mutex<[ShimRequest]>([])

    init(_ behaviour: FakeLauncher.Behaviour, started: Bool = false) {
        self.behaviour = behaviour
        (events, continuation) = AsyncStream.makeStream(of: ShimEvent.self)
        if started {
            continuation.yield(.started)
        } else if case .failing(let status, let message) = behaviour {
            continuation.yield(.failed(status: status, message: message, step: nil))
            continuation.finish()
        } else if case .dying = behaviour {
            continuation.finish()
        } else {
            continuation.yield(.created(pid: 4242))
        }
    }

    func send(_ request: ShimRequest) throws(EscaleError) {
        received.withLock { $0.append(request) }
        switch (request, behaviour) {
        case (.start, .exiting(let status)):
            continuation.yield(.started)
            exit(status)
        case (.start, _): continuation.yield(.started)
        case (.kill(let signal), .stubborn) where signal != 9: break
        case (.kill(let signal), _): exit(128 + signal)
        default: break
        }
    }

    func exit(_ status: Int) {
        continuation.yield(
            .exited(ShimExit(status: status, oomKilled: false, finishedAt: "2026-01-01T00:00:00.000000000Z")))
        continuation.finish()
    }

    /// Killed: no word.
    func vanish() { continuation.finish() }
    func close() { continuation.finish() }
    func reap() async {}
    var requests: [ShimRequest] { received.withLock { $0 } }
}

final class FakeLauncher: ShimLauncher {
    enum Behaviour: Sendable {
        /// Runs until it is told to end.
        case running
        /// Ends at once with a status.
        case exiting(Int)
        case failing(status: Int, message: String)
        /// Gone before it said anything.
        case dying
        /// Takes SIGKILL only.
        case stubborn
    }

    private struct State {
        var behaviour = Behaviour.running
        var shims: [FakeShim] = []
        var cleaned: [String] = []
        var living: [String: FakeShim] = [:]
    }

    private let state = Mutex(State())

    var behaviour: Behaviour {
        get { state.withLock { $0.behaviour } }
        set { state.withLock { $0.behaviour = newValue } }
    }
    var shims: [FakeShim] { state.withLock { $0.shims } }
    var cleaned: [String] { state.withLock { $0.cleaned } }

    /// A shim that the next daemon finds at this socket.
    func survive(_ socket: String, _ shim: FakeShim) { state.withLock { $0.living[socket] = shim } }

    func prepare() {}

    func launch(configPath: String) throws(EscaleError) -> any ShimLink {
        let shim = FakeShim(behaviour)
        state.withLock { $0.shims.append(shim) }
        return shim
    }

    func reconnect(socket: String) throws(EscaleError) -> any ShimLink {
        guard let shim = state.withLock({ $0.living[socket] }) else {
            throw EscaleError(.unavailable, "connect \(socket): connection refused")
        }
        return shim
    }

    func cleanUp(id: String, cgroup: String, runtimeRoot: String) throws(EscaleError) {
        state.withLock { $0.cleaned.append(id) }
    }
}

/// No network but in memory.
final class FakeNetworking: ContainerNetworking {
    private let leases = Mutex<[String: String]>([:])
    var owners: Set<String> { leases.withLock { Set($0.keys) } }
    var bridge: BridgeInfo? { nil }

    func attach(id: String, wanted: String?) throws(EscaleError) -> Attachment {
        let address = leases.withLock { l in
            let address = wanted ?? "10.0.0.\(l.count + 2)"
            l[id] = address
            return address
        }
        return Attachment(
            bridge: "br0", hostInterface: "ve0", interface: "eth0", mac: "02:00:00:00:00:02",
            address: address,
            prefix: 24, gateway: "10.0.0.1", mtu: 1500)
    }

    func release(id: String) { leases.withLock { $0[id] = nil } }

    func reserve(id: String, _ wishes: [PortBinding]) throws(EscaleError) -> [PublishedBinding] {
        wishes.map {
            PublishedBinding(
                port: $0.key.port, proto: $0.key.proto, hostIP: $0.hostIP,
                hostPort: $0.hostPorts?.lowerBound ?? 49153)
        }
    }

    func adopt(id: String, _ bindings: [PublishedBinding]) {}
    func publish(_ ports: [(address: String, binding: PublishedBinding)]) throws(EscaleError) {}
    func setNames(id: String, address: String, names: [String]) {}
    func sweep(alive: Set<String>) throws(EscaleError) {}
}

/// An engine on fakes.
struct TestEngine {
    let engine: Engine
    let launcher: FakeLauncher
    let networking: FakeNetworking
    let files: TestKit

    static let host = HostFacts(
        cpus: 2, memory: 1 << 32, kernel: "6.1", machine: "x86_64", name: "hôte", distribution: "Linux")

    init(_ files: TestKit? = nil, launcher: FakeLauncher = FakeLauncher()) throws {
        let files = try files ?? TestKit()
        let layer = "\(files.kit.root)/layer"
        try Files.makeDirectory("\(layer)/etc")
        try Files.replace(
            "\(layer)/etc/passwd", "root:x:0:0::/root:/bin/sh\nweb:x:100:101::/srv:/bin/sh\n".utf8)
        self.files = files
        self.launcher = launcher
        networking = FakeNetworking()
        engine = Engine(
            kit: files.kit, images: FakeImages(layer: layer), launcher: launcher, networking: networking,
            reactor: try Reactor(), host: Self.host, log: { _ in })
    }

    func create(_ name: String = "essai", _ host: JSON = [:], _ more: [(String, JSON)] = []) async throws
        -> String
    {
        var body = JSONObject([("Image", "busybox"), ("HostConfig", host)])
        for (key, value) in more { body[key] = value }
        return try await engine.create(name: name, body: .object(body)).id
    }

    func state(_ id: String) async throws -> JSON { try await engine.inspect(id, size: false)["State"] }
}
