import CLinux
import Glibc
import Support

/// Signals read from a descriptor (signalfd(2)), so that a poll loop sees them between two events.
/// The signals stay blocked in this process; `Spawn` gives children an empty mask.
public struct SignalFD: ~Copyable {
    public let fd: FD

    public init(_ signals: [Int32]) throws(EscaleError) {
        let mask = signals.reduce(UInt(0)) { $0 | 1 << UInt($1 - 1) }
        fd = FD(owning: try Sys.check(cl_signalfd(mask), "signalfd"))
    }

    /// The next pending signal, nil at none.
    public borrowing func next() throws(EscaleError) -> Int32? {
        let n = try Sys.check(cl_signalfd_read(fd.raw), "read signalfd")
        return n == 0 ? nil : n
    }
}
