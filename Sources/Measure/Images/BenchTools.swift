import Glibc
import Linux
import OCI
import Support

/// Programs that take part in a measurement, each with an environment of its own.
struct BenchProgram: Sendable {
    let path: String
    var environment: [String]

    /// Proxies and logins of the user stay out of it.
    static func cleanEnvironment(_ more: [String]) -> [String] {
        let names = Set(more.map { $0.prefix { $0 != "=" } })
        return more
            + Environment.all.filter { entry in
                let name = entry.prefix { $0 != "=" }
                return !names.contains(name) && !name.lowercased().hasSuffix("_proxy")
            }
    }

    @discardableResult
    func callAsFunction(_ words: String...) throws(EscaleError) -> String { try run(words) }

    @discardableResult
    func run(_ words: [String]) throws(EscaleError) -> String {
        let result = try Spawn.run(path, words, environment: environment)
        guard result.status == 0 else {
            let why = result.errorText.split(separator: "\n").last.map(String.init) ?? "no message"
            throw EscaleError(
                .internal,
                "\(Path.name(path)) \(words.prefix(2).joined(separator: " ")): exit status "
                    + "\(result.status): \(why)")
        }
        return result.text
    }

    static func find(_ name: String) -> String? {
        (Environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }
}

/// A server on a port of the loopback, from when it answers until `stop`.
final class BenchServer {
    let port: UInt16
    let pid: pid_t
    private var isOver = false

    var address: String { "127.0.0.1:\(port)" }

    /// - Parameter arguments: given the port.
    init(
        _ program: BenchProgram, log: String, _ arguments: (UInt16) throws(EscaleError) -> [String]
    ) throws(EscaleError) {
        port = try LoopbackPort.free()
        let null = try Sys.open("/dev/null", O_RDONLY)
        let output = try Sys.open(log, O_WRONLY | O_CREAT | O_APPEND, mode: 0o640)
        pid = try Spawn.start(
            program.path, try arguments(port), environment: program.environment,
            descriptors: [0: null.raw, 1: output.raw, 2: output.raw], newSession: true)
        let start = Monotonic.now
        while !LoopbackPort.answers(port) {
            guard start.elapsedMilliseconds < 20_000, kill(pid, 0) == 0, waitpid(pid, nil, WNOHANG) == 0
            else {
                stop()
                let last = (try? Files.text(log))?.split(separator: "\n").last.map(String.init)
                throw EscaleError(
                    .unavailable, "\(Path.name(program.path)): \(last ?? "does not answer on port \(port)")")
            }
            usleep(10_000)
        }
    }

    func stop() {
        guard !isOver else { return }
        isOver = true
        kill(pid, SIGTERM)
        _ = try? Spawn.wait(pid)
    }

    deinit { stop() }
}

enum LoopbackPort {
    /// One that nobody listens on at the moment.
    static func free() throws(EscaleError) -> UInt16 {
        try withSocket(0) { (fd, address, length) throws(EscaleError) in
            try Sys.call("bind") { bind(fd, address, length) }
            var own = sockaddr_in()
            var size = length
            let code = withUnsafeMutableBytes(of: &own) { raw in
                raw.withMemoryRebound(to: sockaddr.self) { getsockname(fd, $0.baseAddress, &size) }
            }
            guard code == 0 else { throw .system("getsockname", errno: errno) }
            return UInt16(bigEndian: own.sin_port)
        }
    }

    static func answers(_ port: UInt16) -> Bool {
        let code = try? withSocket(port) { (fd, address, length) throws(EscaleError) in
            connect(fd, address, length)
        }
        return code == 0
    }

    private static func withSocket<R>(
        _ port: UInt16, _ body: (Int32, UnsafePointer<sockaddr>?, socklen_t) throws(EscaleError) -> R
    ) throws(EscaleError) -> R {
        let fd = FD(
            owning: try Sys.call("socket") {
                socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            })
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let raw = fd.raw
        var result: Swift.Result<R, EscaleError>?
        withUnsafeBytes(of: &address) { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) { pointer in
                do throws(EscaleError) {
                    result = .success(
                        try body(raw, pointer.baseAddress, socklen_t(MemoryLayout<sockaddr_in>.size)))
                } catch { result = .failure(error) }
            }
        }
        guard let result else { throw EscaleError(.internal, "socket") }
        return try result.get()
    }
}
