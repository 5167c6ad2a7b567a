import Network
import Support

/// The argument of a shim that waits to be told its CONFIG, in one line on its control connection. Its blanks
/// make room: the shim writes CONFIG over it, since it is found by its command line.
public enum SpareShim {
    public static let argument = "waiting" + String(repeating: " ", count: 1017)
}

/// What the daemon hands to `escale-runtime shim CONFIG`: one container (or one exec in it) to start,
/// hold and reap. The shim reads it from a file, so that it can be looked at afterwards.
public struct ShimConfig: Codable, Sendable {
    public var id: String
    /// The OCI bundle: `config.json`; the overlay is mounted on `rootfs` in the shim's own mount
    /// namespace, so that nothing stays on the host whatever dies.
    public var bundle: String
    /// Lower folders, top layer first. Empty: `rootfs` is used as it stands.
    public var lower: [String]
    public var upper: String
    public var work: String
    /// State folder of the OCI runtime (`escale-runtime --root`).
    public var runtimeRoot: String
    /// An exec instead of a new container: the OCI process to start in container `id`.
    public var exec: JSON?
    public var terminal: Bool
    /// Keep stdin open for attached clients; closed at once otherwise.
    public var openStdin: Bool
    /// Close stdin when the first attached client leaves.
    public var stdinOnce: Bool
    /// Lines of `{"log":…,"stream":…,"time":…}` as Docker's json-file; nil for execs.
    public var logPath: String?
    /// Where clients attach (see `ShimRequest`); a unix socket.
    public var socket: String
    /// Written, whole and at once, when the process has ended: a `ShimExit`.
    public var exitFile: String
    /// The network to plug in between create and start; nil for none, host and joined ones.
    public var network: Attachment?
    /// JSON lines of every kernel step, nil when not asked for.
    public var explainPath: String?

    public init(
        id: String, bundle: String, lower: [String], upper: String, work: String, runtimeRoot: String,
        exec: JSON? = nil, terminal: Bool, openStdin: Bool, stdinOnce: Bool, logPath: String?,
        socket: String, exitFile: String, network: Attachment? = nil, explainPath: String? = nil
    ) {
        self.id = id
        self.bundle = bundle
        self.lower = lower
        self.upper = upper
        self.work = work
        self.runtimeRoot = runtimeRoot
        self.exec = exec
        self.terminal = terminal
        self.openStdin = openStdin
        self.stdinOnce = stdinOnce
        self.logPath = logPath
        self.socket = socket
        self.exitFile = exitFile
        self.network = network
        self.explainPath = explainPath
    }
}

/// One JSON line from the daemon: first on any connection to the shim's socket, and then, on a control
/// connection (descriptor 3 of the shim from its start, or a later `control` one), any number.
public enum ShimRequest: Codable, Sendable, Equatable {
    /// Makes this connection a control connection: it gets every `ShimEvent` from now on.
    case control
    /// Makes this connection a stream: output as Docker's attach (8-byte frame headers without a
    /// terminal, raw with one), and what the peer sends goes to stdin; its half-close ends stdin.
    case attach(stdin: Bool, stdout: Bool, stderr: Bool)
    /// Starts the created process. Control connections only.
    case start
    case resize(width: Int, height: Int)
    /// Sends a signal to the process itself, also from PID 1's outside.
    case kill(signal: Int)
}

/// One JSON line from the shim on its control connections.
public enum ShimEvent: Codable, Sendable, Equatable {
    /// The container exists (OCI `created`); its first process waits for `start`.
    case created(pid: Int)
    /// The user's program runs.
    case started
    /// Nothing was started and nothing is left. `status` is Docker's: 127 not found, 126 not
    /// executable, 128 for any other failure to start; `step` names the kernel step.
    case failed(status: Int, message: String, step: String?)
    case exited(ShimExit)
}

/// How a process ended.
public struct ShimExit: Codable, Sendable, Equatable {
    /// Exit status, or 128 + the signal.
    public var status: Int
    public var oomKilled: Bool
    /// RFC 3339.
    public var finishedAt: String
    public init(status: Int, oomKilled: Bool, finishedAt: String) {
        self.status = status
        self.oomKilled = oomKilled
        self.finishedAt = finishedAt
    }
}
