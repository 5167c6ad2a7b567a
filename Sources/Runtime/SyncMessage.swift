import Support

/// What the runtime and the container's first process say to each other while it is made: a byte, and
/// JSON for failures.
enum SyncMessage {
    /// To the child: its id maps are written.
    case mapped
    /// To the child: it is in its cgroup.
    case placed
    /// To the runtime: the master of the console comes with it.
    case console
    /// To the runtime: mounts are made; run the hooks that run outside, and answer `proceed`.
    case hooks
    case proceed
    /// To the runtime: all is ready but the user's program; with what it should be warned of, if anything.
    case ready(String)
    /// To the child: become the user's program. Success is the end of the connection.
    case start
    case failed(Failure)

    struct Failure: Codable {
        var code: String
        var message: String
        var errno: Int32
        var step: String?
        var repair: String?

        init(_ error: EscaleError, step: String?) {
            code = error.code.rawValue
            // It may quote a name of any length, and must fit in a packet: its ends tell what and why.
            let text = error.message
            message = text.utf8.count < 8192 ? text : "\(text.prefix(2000))…\(text.suffix(2000))"
            errno = error.errno
            self.step = step
            repair = error.repair
        }

        var error: EscaleError {
            EscaleError(.init(rawValue: code) ?? .internal, message, errno: errno, repair: repair)
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .mapped: Array("m".utf8)
        case .placed: Array("c".utf8)
        case .console: Array("t".utf8)
        case .hooks: Array("h".utf8)
        case .proceed: Array("p".utf8)
        case .ready(let warning): Array("r\(warning.prefix(4096))".utf8)
        case .start: Array("s".utf8)
        case .failed(let failure): Array("f".utf8) + ((try? JSON.encode(failure).bytes()) ?? [])
        }
    }

    init?(_ bytes: [UInt8]) {
        switch bytes.first.map({ UnicodeScalar($0) }) {
        case "m": self = .mapped
        case "c": self = .placed
        case "t": self = .console
        case "h": self = .hooks
        case "p": self = .proceed
        case "r": self = .ready(String(decoding: bytes.dropFirst(), as: UTF8.self))
        case "s": self = .start
        case "f":
            guard let json = try? JSON.parse(Array(bytes.dropFirst())),
                let failure: Failure = try? json.decode()
            else { return nil }
            self = .failed(failure)
        default: return nil
        }
    }
}
