import NIOCore
import Synchronization

/// A request's body as it arrives, with back-pressure: it may be of any size.
package final class BodyStream: Sendable {
    private struct State {
        var pieces: [ByteBuffer] = []
        var bytes = 0
        var ended = false
        var failed = false
        var waiter: CheckedContinuation<ByteBuffer?, Never>?
        var paused = false
        /// Nobody wants the rest.
        var dropped = false
    }

    private let state = Mutex(State())
    private let channel: any Channel
    private static let highWater = 1 << 20

    init(channel: any Channel) { self.channel = channel }

    /// From the event loop: one more piece.
    func feed(_ piece: ByteBuffer) {
        let (waiter, pause) = state.withLock { s -> (CheckedContinuation<ByteBuffer?, Never>?, Bool) in
            if s.dropped { return (nil, false) }
            if let waiter = s.waiter {
                s.waiter = nil
                return (waiter, false)
            }
            s.pieces.append(piece)
            s.bytes += piece.readableBytes
            if s.bytes > Self.highWater, !s.paused {
                s.paused = true
                return (nil, true)
            }
            return (nil, false)
        }
        waiter?.resume(returning: piece)
        if pause { setReading(false) }
    }

    /// From the event loop: the end, `complete` unless the client left in the middle.
    func end(complete: Bool) {
        let waiter = state.withLock { s -> CheckedContinuation<ByteBuffer?, Never>? in
            if !s.ended {
                s.ended = true
                s.failed = !complete
            }
            defer { s.waiter = nil }
            return s.waiter
        }
        waiter?.resume(returning: nil)
    }

    /// From the event loop: what is still to come is read and thrown away, so that a client that sends
    /// first and listens then gets its answer.
    func drop() {
        state.withLock { s in
            s.dropped = true
            s.pieces = []
            s.bytes = 0
        }
        setReading(true)
    }

    /// True when the client left before the end of its body.
    package var wasCutOff: Bool { state.withLock { $0.failed } }

    /// The next piece, nil at the end.
    package func next() async -> ByteBuffer? {
        await withCheckedContinuation { continuation in
            let (answer, resume) = state.withLock { s -> (ByteBuffer??, Bool) in
                if !s.pieces.isEmpty {
                    let piece = s.pieces.removeFirst()
                    s.bytes -= piece.readableBytes
                    if s.paused, s.bytes < Self.highWater / 2 {
                        s.paused = false
                        return (.some(piece), true)
                    }
                    return (.some(piece), false)
                }
                if s.ended { return (.some(nil), false) }
                s.waiter = continuation
                return (nil, false)
            }
            if resume { setReading(true) }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func setReading(_ on: Bool) {
        // Fails only when the channel is closed already: then there is nothing left to read.
        channel.setOption(.autoRead, value: on).whenComplete { _ in }
    }
}
