import Glibc
import Linux
import Support
import Synchronization

/// ^C as a question that long work asks itself, instead of a sudden death.
public final class Interrupt: Sendable {
    private let fd: Int32
    private let asked = Atomic(false)

    /// Blocks SIGINT and SIGTERM in this process from now on; children get an empty mask.
    public init() throws(EscaleError) {
        let signals = try SignalFD([SIGINT, SIGTERM, SIGHUP])
        fd = try signals.fd.duplicate().release()
    }

    deinit { close(fd) }

    /// True from the first signal on.
    public var isAsked: Bool {
        if asked.load(ordering: .relaxed) { return true }
        var polls = [pollfd(fd: fd, events: Int16(POLLIN), revents: 0)]
        guard poll(&polls, 1, 0) > 0 else { return false }
        asked.store(true, ordering: .relaxed)
        return true
    }
}
