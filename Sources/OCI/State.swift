/// What `state` prints, and what hooks get on stdin (OCI runtime specification, runtime.md).
public struct State: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        case creating, created, running, stopped
        /// Beyond the specification, as runc has it: frozen by `pause`.
        case paused
    }

    public var ociVersion: String
    public var id: String
    public var status: Status
    /// The container's first process, as the caller's PID namespace numbers it; none when stopped.
    public var pid: Int?
    public var bundle: String
    public var annotations: [String: String]?

    public init(
        ociVersion: String = RuntimeSpec.version, id: String, status: Status, pid: Int? = nil,
        bundle: String, annotations: [String: String]? = nil
    ) {
        self.ociVersion = ociVersion
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }
}
