import CLinux
import Glibc
import Linux
import Support

/// The virtio port to the supervisor, which carries everything: configuration, stdio, signals, stamps
/// and the exit status.
struct ControlPort: ~Copyable {
    private let fd: FD

    var raw: Int32 { fd.raw }

    /// Opens the machine's only port once the driver has found it.
    init(milliseconds: Int32 = 10_000) throws(EscaleError) {
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

    /// What has come in; empty where the host has gone.
    func receive() throws(EscaleError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let n = try Sys.call("read", "control port") { read(fd.raw, &buffer, buffer.count) }
        return Array(buffer[..<n])
    }

    /// The first frame. The supervisor sends nothing else before it was asked for input.
    func configuration() throws(EscaleError) -> GuestConfig {
        var reader = GuestFrameReader()
        while true {
            let bytes = try receive()
            guard !bytes.isEmpty else { throw EscaleError(.interrupted, "the supervisor has gone") }
            reader.feed(bytes)
            if let frame = try reader.next() {
                guard frame.kind == .config else {
                    throw EscaleError(.invalid, "expected the configuration, got \(frame.kind)")
                }
                return try JSON.parse(frame.payload).decode(GuestConfig.self)
            }
        }
    }

    /// Sends the last frame and waits, a second at most, until the supervisor has said that it got it:
    /// a machine that is switched off loses what is still on its way.
    func finish(_ frame: GuestFrame) throws(EscaleError) {
        try send(frame)
        let start = Monotonic.now
        var reader = GuestFrameReader()
        while start.elapsedMilliseconds < 1000 {
            var entry = pollfd(fd: fd.raw, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 1000) > 0 else { return }
            let bytes = try receive()
            if bytes.isEmpty { return }
            reader.feed(bytes)
            while let answer = try reader.next() { if answer.kind == .exit { return } }
        }
    }
}
