/// One message between a virtual machine's init, its supervisor and the clients attached to it: a kind,
/// a length (32 bits, little-endian) and that many bytes.
public struct GuestFrame: Equatable, Sendable {
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// To the guest: a `GuestConfig` as JSON, once, first.
        case config = 0x43  // C
        /// To the guest: bytes for the command's stdin, within the credit given.
        case input = 0x49  // I
        /// To the guest: stdin ends here.
        case inputEnd = 0x45  // E
        /// To the guest: the terminal's columns and rows, 16 bits each.
        case resize = 0x57  // W
        /// To the guest: a signal for the command, one byte.
        case signal = 0x4B  // K
        /// To the guest: load the modules of a group, by name.
        case modules = 0x4D  // M
        /// From the guest: `GuestStamp`.
        case stamp = 0x53  // S
        /// From the guest: the command's output.
        case output = 0x4F  // O
        case errors = 0x52  // R
        /// From the guest: so many more bytes of stdin are welcome, 32 bits.
        case credit = 0x41  // A
        /// From the guest, last: the command's exit status, one byte.
        case exit = 0x58  // X
        /// From the guest, last: the command could not be started; the status (one byte) and why.
        case failed = 0x46  // F
        /// From a client: a request as JSON; from the supervisor: its answer.
        case request = 0x51  // Q
        case answer = 0x4A  // J
    }

    public var kind: Kind
    public var payload: [UInt8]

    public init(_ kind: Kind, _ payload: some Sequence<UInt8> = []) {
        self.kind = kind
        self.payload = Array(payload)
    }

    /// The largest payload: what one write to a virtio port takes at once.
    public static let limit = 32 * 1024 - headerSize
    public static let headerSize = 5
    /// How much of stdin may be under way before the guest asks for more.
    public static let inputWindow = 128 * 1024

    public var bytes: [UInt8] {
        [kind.rawValue] + Self.number(UInt32(payload.count)) + payload
    }

    /// Little-endian bytes.
    public static func number(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }

    /// The little-endian number in the payload at an offset; nil where it is too short.
    public func number<T: FixedWidthInteger>(_ type: T.Type, at offset: Int = 0) -> T? {
        let size = MemoryLayout<T>.size
        guard offset + size <= payload.count else { return nil }
        return payload[offset..<offset + size].reversed().reduce(T.zero) {
            $0 << 8 | T(truncatingIfNeeded: $1)
        }
    }
}

/// Cuts a stream of bytes into frames.
public struct GuestFrameReader: Sendable {
    private var pending: [UInt8] = []
    private var at = 0

    public init() {}

    public mutating func feed(_ bytes: some Sequence<UInt8>) {
        if at > 0 {
            pending.removeFirst(at)
            at = 0
        }
        pending.append(contentsOf: bytes)
    }

    /// The next whole frame; nil until there is one. Throws `.corrupt` on a stream that is none of ours.
    public mutating func next() throws(EscaleError) -> GuestFrame? {
        guard pending.count - at >= GuestFrame.headerSize else { return nil }
        guard let kind = GuestFrame.Kind(rawValue: pending[at]) else {
            throw EscaleError(.corrupt, "guest channel: unknown frame \(pending[at])")
        }
        let length = pending[at + 1...at + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= 1 << 20 else {
            throw EscaleError(.corrupt, "guest channel: frame of \(length) bytes")
        }
        let end = at + GuestFrame.headerSize + length
        guard end <= pending.count else { return nil }
        defer { at = end }
        return GuestFrame(kind, pending[at + GuestFrame.headerSize..<end])
    }
}

/// A moment in the guest, on its own monotonic clock, which starts with its kernel.
public struct GuestStamp: Equatable, Sendable {
    public enum Name: UInt8, Sendable, CaseIterable {
        /// The first instruction of init.
        case initStarted = 1
        /// The image's command is executed.
        case commandStarted
        case commandEnded
    }

    public var name: Name
    /// When it happened, and when this was sent: the supervisor finds the clock's origin by the latter.
    public var nanoseconds: UInt64
    public var sent: UInt64

    public init(_ name: Name, nanoseconds: UInt64, sent: UInt64) {
        self.name = name
        self.nanoseconds = nanoseconds
        self.sent = sent
    }

    public var frame: GuestFrame {
        GuestFrame(.stamp, [name.rawValue] + GuestFrame.number(nanoseconds) + GuestFrame.number(sent))
    }

    public init?(_ frame: GuestFrame) {
        guard frame.kind == .stamp, let first = frame.payload.first, let name = Name(rawValue: first),
            let nanoseconds = frame.number(UInt64.self, at: 1), let sent = frame.number(UInt64.self, at: 9)
        else { return nil }
        self.init(name, nanoseconds: nanoseconds, sent: sent)
    }
}
