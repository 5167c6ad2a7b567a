/// What every layer throws: what failed, with which object, why, and how to mend it.
///
/// The text is for engineers (English, as Docker or kubectl would word it). French for learners is
/// added where it is shown, from the `code`.
public struct EscaleError: Error, Equatable, Sendable {
    /// The kind of failure: decides exit and HTTP status, and the French help.
    public enum Code: String, Sendable, CaseIterable {
        /// The request itself is wrong: a bad flag, field or value.
        case invalid
        case notFound
        /// The name is taken, or the object is in another state than the request needs.
        case conflict
        case denied
        /// The host or a peer can't do it: a missing kernel feature, program or service.
        case unavailable
        case noSpace
        case noMemory
        case timeout
        case corrupt
        case interrupted
        case `internal`
    }

    public let code: Code
    /// What failed and why, e.g. `No such container: phare`.
    public let message: String
    /// The errno behind it, 0 where there is none (errno(3)).
    public let errno: Int32
    /// The command or action that repairs it, where there is one.
    public let repair: String?

    public init(_ code: Code, _ message: String, errno: Int32 = 0, repair: String? = nil) {
        self.code = code
        self.message = message
        self.errno = errno
        self.repair = repair
    }

    /// The same error, told from further up: `context: message`.
    public func within(_ context: String) -> EscaleError {
        EscaleError(code, "\(context): \(message)", errno: errno, repair: repair)
    }
}

extension EscaleError: CustomStringConvertible {
    public var description: String { message }
}

extension EscaleError {
    /// A failed system call: `open /x: no such file or directory`.
    public static func system(
        _ call: String, _ object: String = "", errno: Int32, repair: String? = nil
    ) -> EscaleError {
        let what = object.isEmpty ? call : "\(call) \(object)"
        return EscaleError(
            Code(errno: errno), "\(what): \(ErrnoText.text(errno))", errno: errno, repair: repair)
    }

    /// Any error as an `EscaleError`, so that one catch clause serves at the edges.
    public static func wrap(_ error: any Error) -> EscaleError {
        (error as? EscaleError) ?? EscaleError(.internal, "\(error)")
    }
}
