import CLinux
import Glibc
import Linux
import Support

/// The virtio port to the supervisor, which carries everything: configuration, stdio, signals, stamps
/// and the exit status.
final class ControlPort {
    private let fd: FD
    private var reader = GuestFrameReader()

    var raw: Int32 { fd.raw }

    /// Opens the machine's only port once the driver has found it.
    init(milliseconds: Int32 = 30_000) throws(EscaleError) {
        let watch = FD(owning: try Sys.check(cl_watch_folder("/dev"), "watch", "/dev"))
        let start = Monotonic.now
        var path = try Self.find()
        while path == nil {
            let left = milliseconds - Int32(start.elapsedMilliseconds)
            var entry = pollfd(fd: watch.raw, events: Int16(POLLIN), revents: 0)
            guard left > 0, poll(&entry, 1, left) > 0 else {
                throw EscaleError(.timeout, "no control port in /dev")
            }
            _ = try? Files.readAll(watch.raw)
            path = try Self.find()
        }
        fd = try Sys.open(path ?? "", O_RDWR)
    }

    /// `/dev/vportNpM`: N counts the machine's virtio devices.
    private static func find() throws(EscaleError) -> String? {
        try Files.list("/dev").first { $0.hasPrefix("vport") }.map { "/dev/\($0)" }
    }

    /// Blocks until the host has connected and taken it.
    func send(_ frame: GuestFrame) throws(EscaleError) {
        try Sys.writeAll(fd.raw, frame.bytes)
    }

    func stamp(_ name: GuestStamp.Name, at time: Monotonic) throws(EscaleError) {
        let stamp = GuestStamp(name, nanoseconds: time.nanoseconds, sent: Monotonic.now.nanoseconds)
        try send(stamp.frame)
    }

    /// A frame that is there already.
    func ready() throws(EscaleError) -> GuestFrame? { try reader.next() }

    /// Waits for bytes. Throws where the host has gone.
    func fill() throws(EscaleError) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let n = try Sys.call("read", "control port") { read(fd.raw, &buffer, buffer.count) }
        guard n > 0 else { throw EscaleError(.interrupted, "the supervisor has gone") }
        reader.feed(buffer[..<n])
    }

    /// The first frame; what follows it stays for `ready`.
    func configuration() throws(EscaleError) -> GuestConfig {
        while true {
            if let frame = try ready() {
                guard frame.kind == .config else {
                    throw EscaleError(.invalid, "expected the configuration, got \(frame.kind)")
                }
                return try JSON.parse(frame.payload).decode(GuestConfig.self)
            }
            try fill()
        }
    }

    /// Sends the last frame and waits, a second at most, until the supervisor has said that it got it:
    /// a machine that is switched off loses what is still on its way.
    func finish(_ frame: GuestFrame) throws(EscaleError) {
        try send(frame)
        let start = Monotonic.now
        while start.elapsedMilliseconds < 1000 {
            while let answer = try ready() { if answer.kind == .exit { return } }
            var entry = pollfd(fd: fd.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 1000) > 0 else { return }
            try fill()
        }
    }
}
