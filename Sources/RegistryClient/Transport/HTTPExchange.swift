import Linux
import Support
import Synchronization

/// What is asked of a server.
package struct HTTPRequest: Sendable {
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A piece of an open file, which stays its owner's.
        case file(fd: Int32, offset: Int64, count: Int64)
    }

    package var method: String
    package var url: String
    package var headers: [(String, String)] = []
    package var body = Body.none
    package var trust = Trust()
    /// Called with the count of body bytes sent so far.
    package var sent: (@Sendable (Int64) -> Void)?

    package init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
    }
}

/// The head of an answer, and its body unless that was handed over as it came.
package struct HTTPResponse: Sendable {
    package var status = 0
    /// Lower-case names; several of one name are joined by commas.
    package var headers: [String: String] = [:]
    package var body: [UInt8] = []
    /// After redirections.
    package var url = ""

    package init() {}

    package var isSuccess: Bool { (200...299).contains(status) }
}

/// Whom to believe over TLS.
package struct Trust: Sendable, Equatable {
    /// Any certificate at all.
    package var anyone = false
    /// PEM of authorities beside the system's.
    package var authorities: [UInt8] = []
    /// Our own certificate and its key, for servers that ask for one.
    package var certificate: String?
    package var key: String?
    package init() {}
}

/// Tells work on other threads to end.
public final class Cancellation: Sendable {
    private let flag = Atomic(false)
    public init() {}
    public func cancel() { flag.store(true, ordering: .relaxed) }
    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    package static let error = EscaleError(.interrupted, "context canceled")
}

/// An exchange that came to no answer.
package struct TransportFailure: Error, Sendable {
    package let kind: RetryPolicy.Failure
    package let error: EscaleError
}
