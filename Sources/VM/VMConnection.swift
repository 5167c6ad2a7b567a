import Glibc
import Linux
import Support

/// A stream to a machine's supervisor.
public struct VMConnection: ~Copyable {
    let fd: FD
    private var reader = GuestFrameReader()

    init(_ fd: consuming FD) { self.fd = fd }

    public func send(_ frame: GuestFrame) throws(EscaleError) { try Sys.writeAll(fd.raw, frame.bytes) }

    func send(_ request: VMRequest) throws(EscaleError) {
        try send(GuestFrame(.request, try JSON.encode(request).bytes()))
    }

    /// Makes a request and waits for its answer; other frames that come meanwhile are dropped.
    mutating func ask(_ request: VMRequest) throws(EscaleError) {
        try send(request)
        while let frame = try next() {
            if frame.kind == .answer {
                let json = try JSON.parse(frame.payload)
                if json["ok"].bool == false {
                    throw EscaleError(
                        EscaleError.Code(rawValue: json["code"].string ?? "") ?? .internal,
                        json["message"].string ?? "refused")
                }
                return
            }
        }
    }

    /// The next frame; nil once the supervisor has gone.
    mutating func next() throws(EscaleError) -> GuestFrame? {
        while true {
            if let frame = try reader.next() { return frame }
            guard try fill() else { return nil }
        }
    }

    /// Reads once. False at the end.
    mutating func fill() throws(EscaleError) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let n = read(fd.raw, &buffer, buffer.count)
            if n < 0, errno == EINTR { continue }
            // A supervisor that was killed resets the connection.
            if n <= 0 { return false }
            reader.feed(buffer[..<n])
            return true
        }
    }

    /// A frame that is there already.
    mutating func ready() throws(EscaleError) -> GuestFrame? { try reader.next() }

    /// The machine runs on without us.
    public mutating func letGo() throws(EscaleError) { try ask(.detach) }

    mutating func waitForEnd() throws(EscaleError) {
        while try next() != nil {}
    }
}
