/// One step that the runtime took, a JSON line each in what `--explain` writes.
public struct KernelStep: Codable, Sendable, Equatable {
    /// Which process took it.
    public enum Side: String, Codable, Sendable {
        /// Holds the container from outside: mounts its root, makes its cgroup, plugs its network in.
        case shim
        /// The container's first process before it becomes the user's program.
        case container
    }

    /// What it is for, the same in every version: `namespace.pid`, `mount.proc`, `pivot_root`.
    public var id: String
    public var side: Side
    /// The system call that does it, `mount` or `write`.
    public var syscall: String
    public var arguments: String
    /// `ok`, or the error in words.
    public var result: String
    /// What it is for, in a few words of English.
    public var purpose: String?
    /// Microseconds since the start of the run.
    public var start: Double
    /// Microseconds.
    public var duration: Double

    public init(
        id: String, side: Side, syscall: String, arguments: String, result: String,
        purpose: String? = nil, start: Double, duration: Double
    ) {
        self.id = id
        self.side = side
        self.syscall = syscall
        self.arguments = arguments
        self.result = result
        self.purpose = purpose
        self.start = start
        self.duration = duration
    }
}
