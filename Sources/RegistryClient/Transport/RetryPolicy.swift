/// When a failed exchange is tried again, and how long to wait first.
package struct RetryPolicy: Equatable, Sendable {
    /// Tries in all, counted anew after each piece of progress.
    package var attempts = 6
    /// Milliseconds before the second try; twice as long each time after.
    package var base = 250
    /// Milliseconds at most. A server that asks for a longer pause (a rate limit for hours) is not waited for.
    package var longest = 20_000

    package init(attempts: Int = 6, base: Int = 250, longest: Int = 20_000) {
        self.attempts = attempts
        self.base = base
        self.longest = longest
    }

    /// What went wrong.
    package enum Failure: Equatable, Sendable {
        /// Never got through: no such host, refused, no route, certificate.
        case unreachable
        /// Cut, or silent for too long.
        case cut
        case status(Int, retryAfter: Int?)
        /// The bytes were not those that the digest promises.
        case wrongContent
    }

    /// - Parameter tried: how often it has failed since the last progress, at least 1.
    /// - Returns: milliseconds to wait; nil for a failure that stays.
    package func wait(_ failure: Failure, tried: Int) -> Int? {
        guard tried < attempts else { return nil }
        let pause = min(longest, base << min(tried - 1, 20))
        switch failure {
        case .unreachable: return nil
        case .cut: return pause
        // Once more from the beginning: a proxy may have kept a bad copy, a second one proves it.
        case .wrongContent: return tried < 2 ? pause : nil
        case .status(let status, let after):
            guard [408, 425, 429, 500, 502, 503, 504].contains(status) else { return nil }
            guard let after else { return pause }
            return after * 1000 <= longest ? max(pause, after * 1000) : nil
        }
    }
}
