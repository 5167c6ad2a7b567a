import CLinux
import Glibc
import Support

/// A socket that never blocks its owner: what can't be written yet waits here.
final class Channel {
    private(set) var fd: Int32
    private var outbox: [UInt8] = []

    init(_ fd: Int32) {
        self.fd = fd
        if fd >= 0 { _ = cl_fcntl(fd, F_SETFL, Int(O_NONBLOCK)) }
    }

    /// Too much waits: its reader is slow.
    var congested: Bool { outbox.count > 256 << 10 }

    func poll(reading: Bool) -> pollfd {
        let events = (reading ? POLLIN : 0) | (outbox.isEmpty ? 0 : POLLOUT)
        // Without anything to wait for, a hang-up must not wake the loop for ever.
        return pollfd(fd: events == 0 ? -1 : fd, events: Int16(events), revents: 0)
    }

    func send(_ bytes: [UInt8]) {
        guard fd >= 0 else { return }
        outbox += bytes
        flush()
    }

    func flush() {
        var done = 0
        while done < outbox.count, fd >= 0 {
            let n = outbox.withUnsafeBytes {
                Glibc.write(fd, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if n > 0 {
                done += n
            } else if errno == EINTR {
                continue
            } else if errno == EAGAIN {
                break
            } else {
                outbox = []
                return
            }
        }
        outbox.removeFirst(min(done, outbox.count))
    }

    /// Writes what waits, for so long at most.
    func flushAll(milliseconds: Double) {
        let start = Monotonic.now
        while fd >= 0, !outbox.isEmpty, start.elapsedMilliseconds < milliseconds {
            var entry = pollfd(fd: fd, events: Int16(POLLOUT), revents: 0)
            _ = Glibc.poll(&entry, 1, Int32(milliseconds))
            flush()
        }
    }

    /// What has come in; closes the channel at its end.
    func receive() -> [UInt8] {
        guard fd >= 0 else { return [] }
        var buffer = [UInt8](repeating: 0, count: 65536)
        let n = read(fd, &buffer, buffer.count)
        if n > 0 { return Array(buffer[..<n]) }
        if n == 0 || (errno != EAGAIN && errno != EINTR) { shut() }
        return []
    }

    func shut() {
        if fd >= 0 { close(fd) }
        fd = -1
    }
}

/// Somebody connected to a supervisor.
final class Client {
    let channel: Channel
    var reader = GuestFrameReader()
    /// Gets the command's output.
    var attached: Bool

    init(_ fd: Int32, attached: Bool) {
        channel = Channel(fd)
        self.attached = attached
    }
}
