import CLinux
import Glibc
import Linux
import Support

/// Copies between somebody's stdio and a machine, both ways at once, until the machine has ended.
public struct VMAttach: Sendable {
    public enum Outcome: Sendable, Equatable {
        /// The supervisor has gone.
        case ended
        /// The user left with ^P^Q.
        case detached
    }

    /// Where input is read from; -1 for none.
    private var input: Int32
    /// Keys go through one by one, and ^P^Q leaves.
    private let terminal: Bool
    private var outbox: [UInt8]
    private var afterPrefix = false
    /// Signals passed on to the command.
    private let forwarded: [Int32]

    /// - Parameters:
    ///   - sent: bytes for the command's stdin beforehand.
    ///   - ends: stdin ends after them.
    public init(
        input: Int32 = -1, terminal: Bool = false, forwarded: [Int32] = [], sent: [UInt8] = [],
        ends: Bool = false
    ) {
        self.input = input
        self.terminal = terminal
        self.forwarded = forwarded
        outbox = []
        var rest = sent[...]
        while !rest.isEmpty {
            outbox += GuestFrame(.input, rest.prefix(GuestFrame.limit)).bytes
            rest = rest.dropFirst(GuestFrame.limit)
        }
        if ends { outbox += GuestFrame(.inputEnd).bytes }
    }

    /// Runs until the end; `handle` gets each frame and may ask to leave by returning false.
    public mutating func pump(
        _ connection: inout VMConnection, _ handle: (GuestFrame) throws(EscaleError) -> Bool
    ) throws(EscaleError) -> Outcome {
        let signals = try SignalFD(forwarded + (terminal ? [SIGWINCH] : []))
        defer { _ = cl_unblock_signals() }
        if terminal { resize() }
        while true {
            while let frame = try connection.ready() { if try !handle(frame) { return .ended } }
            let full = outbox.count > 2 * GuestFrame.limit
            var polls = [
                pollfd(
                    fd: connection.fd.raw, events: Int16(POLLIN | (outbox.isEmpty ? 0 : POLLOUT)), revents: 0),
                pollfd(fd: full ? -1 : input, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd.raw, events: Int16(POLLIN), revents: 0)
            ]
            try Sys.call("poll") { poll(&polls, 3, -1) }
            if polls[2].revents != 0, let number = try signals.next() {
                if number == SIGWINCH {
                    resize()
                } else {
                    outbox += GuestFrame(.signal, [UInt8(clamping: number)]).bytes
                }
            }
            if polls[1].revents != 0, try !readInput() { return .detached }
            if polls[0].revents & Int16(POLLOUT) != 0 || !outbox.isEmpty { flush(connection.fd.raw) }
            if polls[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, try !connection.fill() {
                while let frame = try connection.ready() { if try !handle(frame) { return .ended } }
                return .ended
            }
        }
    }

    /// - Returns: false when the user wants to leave.
    private mutating func readInput() throws(EscaleError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: GuestFrame.limit)
        let n = read(input, &buffer, buffer.count)
        if n < 0, errno == EINTR || errno == EAGAIN { return true }
        if n <= 0 {
            input = -1
            outbox += GuestFrame(.inputEnd).bytes
            return true
        }
        var bytes = Array(buffer[..<n])
        var leaves = false
        if terminal { (bytes, leaves) = keys(bytes) }
        if !bytes.isEmpty { outbox += GuestFrame(.input, bytes).bytes }
        return !leaves
    }

    /// Docker's keys: ^P then ^Q.
    private mutating func keys(_ typed: [UInt8]) -> ([UInt8], Bool) {
        var out: [UInt8] = []
        for key in typed {
            if afterPrefix {
                afterPrefix = false
                if key == 17 { return (out, true) }
                out.append(16)
            }
            if key == 16 { afterPrefix = true } else { out.append(key) }
        }
        return (out, false)
    }

    private mutating func resize() {
        guard let size = Pty.size(1) ?? Pty.size(0) else { return }
        outbox +=
            GuestFrame(
                .resize,
                GuestFrame.number(UInt16(clamping: size.width))
                    + GuestFrame.number(UInt16(clamping: size.height))
            ).bytes
    }

    private mutating func flush(_ fd: Int32) {
        while !outbox.isEmpty {
            let n = outbox.withUnsafeBytes { cl_send(fd, $0.baseAddress, $0.count) }
            if n == -Int(EINTR) { continue }
            if n < 0 {
                // A supervisor that has gone shows itself when it is read.
                if n != -Int(EAGAIN) { outbox = [] }
                return
            }
            outbox.removeFirst(n)
        }
    }
}

/// What a machine told its client in the end.
public struct VMEnd: Sendable {
    public var exit = VMRecord.Exit(status: 125, error: "its supervisor has died")
    public var record: VMRecord?

    public init() {}

    /// Takes note of a last frame.
    public mutating func note(_ frame: GuestFrame) {
        switch frame.kind {
        case .answer: if let last: VMRecord = try? JSON.parse(frame.payload).decode() { record = last }
        case .exit: exit = .init(status: Int(frame.payload.first ?? 0))
        case .failed:
            exit = .init(
                status: Int(frame.payload.first ?? 125),
                error: String(decoding: frame.payload.dropFirst(), as: UTF8.self))
        default: break
        }
    }
}
