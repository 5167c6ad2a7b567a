import CLinux
import Glibc
import Linux
import ShimProtocol
import Support
import Synchronization

/// The daemon's end of one shim: what it says comes as `events`, whose end is the shim's.
package protocol ShimLink: AnyObject, Sendable {
    var events: AsyncStream<ShimEvent> { get }
    /// The shim's process, where it is our child; 0 for one that an earlier daemon started.
    var pid: pid_t { get }
    func send(_ request: ShimRequest) throws(EscaleError)
    /// Leaves the shim: its events end here.
    func close()
    /// Waits for a child that has ended, so that no zombie stays.
    func reap() async
}

/// Starting shims and finding living ones again: real ones, or a test's.
package protocol ShimLauncher: Sendable {
    func launch(configPath: String) throws(EscaleError) -> any ShimLink
    /// Connects to a living shim. `.notFound` or `.unavailable` when it is dead.
    func reconnect(socket: String) throws(EscaleError) -> any ShimLink
    /// Makes the next `launch` quicker, where that is possible.
    func prepare()
    /// Kills whatever is left of a container whose shim died, and removes its cgroup.
    func cleanUp(id: String, cgroup: String, runtimeRoot: String) throws(EscaleError)
}

/// `escale-runtime shim`, on a socket pair. One is kept waiting, started and warm, for the next container:
/// a program's start is a fifth of a container's.
package final class RuntimeShimLauncher: ShimLauncher {
    private let runtime: String
    /// The runtime through a read-only mount, held as long as the daemon lives, so that a shim need not
    /// start itself again to be safe from its container.
    private let program: String
    private let reactor: Reactor
    private let spare = Mutex<Spare?>(nil)

    /// A shim without a container. It ends when its socket does.
    private struct Spare: Sendable {
        let pid: pid_t
        let socket: Int32
    }

    /// Its stderr: what the shim itself has to say lands in the daemon's log.
    package init(runtime: String, reactor: Reactor) {
        self.runtime = runtime
        self.reactor = reactor
        // Without privilege the file is safe by its owner.
        if let sealed = try? ReadOnlyFile.open(runtime) {
            program = "/proc/self/fd/\(sealed.release())"
        } else {
            program = runtime
        }
    }

    /// `ESCALE_RUNTIME`, else `escale-runtime` beside the running program.
    package static func findRuntime() throws(EscaleError) -> String {
        if let path = Environment["ESCALE_RUNTIME"] { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = n > 0 ? String(decoding: buffer[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self) : ""
        let path = "\(Path.parent(own))/escale-runtime"
        guard access(path, X_OK) == 0 else {
            throw EscaleError(
                .unavailable, "escale-runtime is not beside \(own)",
                repair: "swift build -c release --product escale-runtime, or set ESCALE_RUNTIME")
        }
        return path
    }

    package func launch(configPath: String) throws(EscaleError) -> any ShimLink {
        if let spare = spare.withLock({ $0.take() }) {
            let socket = FD(owning: spare.socket)
            let line = Array("\(configPath)\n".utf8)
            let n = line.withUnsafeBytes { cl_send(socket.raw, $0.baseAddress, $0.count) }
            if n == line.count { return try SocketShimLink(socket, pid: spare.pid, reactor: reactor) }
            // Somebody killed it.
            _ = try? Spawn.wait(spare.pid)
        }
        let (pid, socket) = try start(configPath)
        return try SocketShimLink(FD(owning: socket), pid: pid, reactor: reactor)
    }

    package func prepare() {
        spare.withLock { spare in
            guard spare == nil, let (pid, socket) = try? start(SpareShim.argument) else { return }
            spare = Spare(pid: pid, socket: socket)
        }
    }

    private func start(_ argument: String) throws(EscaleError) -> (pid_t, Int32) {
        let (ours, theirs) = try UnixSocket.pair()
        let child = FD(owning: theirs)
        let socket = FD(owning: ours)
        let null = try Sys.open("/dev/null", O_RDWR)
        let pid = try Spawn.start(
            program, ["shim", argument], name: runtime,
            descriptors: [0: null.raw, 1: null.raw, 2: 2, 3: child.raw], newSession: true, directory: "/")
        return (pid, socket.release())
    }

    package func reconnect(socket: String) throws(EscaleError) -> any ShimLink {
        let fd = try UnixSocket.connect(socket)
        let link = try SocketShimLink(fd, pid: 0, reactor: reactor)
        try link.send(.control)
        return link
    }

    package func cleanUp(id: String, cgroup: String, runtimeRoot: String) throws(EscaleError) {
        let cgroup = try Cgroup(path: cgroup)
        try cgroup.killAll()
        try cgroup.remove()
        try Files.removeTree("\(runtimeRoot)/\(id)")
    }
}

/// JSON lines over a stream socket.
final class SocketShimLink: ShimLink {
    private let fd: FD
    let pid: pid_t
    let events: AsyncStream<ShimEvent>
    private let continuation: AsyncStream<ShimEvent>.Continuation
    private let reactor: Reactor
    private let state = Mutex(State())

    private struct State {
        var pending: [UInt8] = []
        var token: UInt64 = 0
        var ended = false
    }

    init(_ fd: consuming FD, pid: pid_t, reactor: Reactor) throws(EscaleError) {
        self.fd = fd
        self.pid = pid
        self.reactor = reactor
        (events, continuation) = AsyncStream.makeStream(of: ShimEvent.self)
        let raw = self.fd.raw
        _ = cl_fcntl(raw, F_SETFL, Int(O_NONBLOCK))
        // The reactor's handler keeps the link alive until the shim's end.
        // Under the lock, so that an end that comes at once finds its token.
        try state.withLock { s throws(EscaleError) in s.token = try reactor.add(raw) { self.readable() } }
    }

    func send(_ request: ShimRequest) throws(EscaleError) {
        let line = try JSON.encode(request).bytes() + [10]
        let n = line.withUnsafeBytes { cl_send(fd.raw, $0.baseAddress, $0.count) }
        // A line is small and the shim reads at once: a full socket means that it hangs.
        guard n == line.count else {
            throw .system("send", "shim", errno: n < 0 ? Int32(-n) : EAGAIN)
        }
    }

    func close() { shutdown(fd.raw, Int32(SHUT_RDWR)) }

    private func readable() {
        var buffer = [UInt8](repeating: 0, count: 16384)
        while true {
            let n = read(fd.raw, &buffer, buffer.count)
            if n < 0, errno == EINTR { continue }
            if n < 0, errno == EAGAIN { return }
            guard n > 0 else {
                end()
                return
            }
            let lines = state.withLock { s -> [[UInt8]] in
                s.pending.append(contentsOf: buffer[..<n])
                var lines: [[UInt8]] = []
                while let newline = s.pending.firstIndex(of: 10) {
                    lines.append(Array(s.pending[..<newline]))
                    s.pending.removeSubrange(...newline)
                }
                return lines
            }
            for line in lines {
                // What is no event is from another version of the protocol: passed over.
                if let event = try? JSON.parse(line).decode(ShimEvent.self) { continuation.yield(event) }
            }
        }
    }

    private func end() {
        let token = state.withLock { s -> UInt64? in
            if s.ended { return nil }
            s.ended = true
            return s.token
        }
        guard let token else { return }
        reactor.remove(fd.raw, token: token)
        continuation.finish()
    }

    func reap() async {
        guard pid > 0 else { return }
        let pid = pid
        _ = try? await Blocking.run { () throws(EscaleError) in try Spawn.wait(pid) }
    }
}
