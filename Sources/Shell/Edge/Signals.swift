import Glibc
import Linux
import Support

/// The signals of an interactive shell, read from a descriptor between two events.
final class Signals {
    private let source: SignalFD
    /// SIGHUP or SIGTERM came, or the terminal is gone: save and end.
    var mustEnd = false
    /// `^C` came since this was last reset.
    var interrupted = false
    var resized = false

    var fd: Int32 { source.fd.raw }

    init() throws(EscaleError) {
        source = try SignalFD([SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGWINCH])
    }

    /// Notes all that is pending.
    func drain() {
        while let signal = (try? source.next()) ?? nil {
            switch signal {
            case SIGINT: interrupted = true
            case SIGWINCH: resized = true
            case SIGHUP, SIGTERM: mustEnd = true
            default: break
            }
        }
    }
}
