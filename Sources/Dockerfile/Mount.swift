/// One `RUN --mount=type=…,…`, read.
public struct Mount: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case bind, cache, tmpfs, secret, ssh
    }

    public enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared, `private`, locked
    }

    public var kind: Kind = .bind
    /// A stage, a named context or an image; nil: the build context (bind) or nothing (cache).
    public var from: String?
    public var source: String?
    /// In the container; relative to the working folder.
    public var target: String?
    /// Bind, secret and ssh are read-only unless told otherwise.
    public var readOnly = true
    /// Bytes, tmpfs only.
    public var size: Int64?
    /// Which cache, secret or agent.
    public var id: String?
    public var sharing: Sharing?
    /// A secret or agent that is missing ends the build.
    public var required = false
    /// The secret as an environment variable: its name, "" for the secret's own.
    public var env: String?
    /// Permission bits.
    public var mode: UInt32?
    public var uid: UInt32?
    public var gid: UInt32?

    public init() {}
}
