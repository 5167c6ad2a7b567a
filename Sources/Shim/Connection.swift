import Glibc
import Linux
import ShimProtocol
import Support

/// One peer of the shim: at first unknown, then a control connection or a stream.
final class Connection {
    enum Role: Equatable {
        case unknown
        case control
        case stream(stdin: Bool, stdout: Bool, stderr: Bool)
    }

    let fd: Int32
    var role: Role
    var output = OutputQueue()
    /// Of an unfinished request line.
    private var line: [UInt8] = []
    /// The peer sends no more.
    var inputEnded = false
    var isClosed = false

    init(_ fd: consuming FD, role: Role = .unknown) {
        self.fd = fd.release()
        self.role = role
        Descriptor.makeNonblocking(self.fd)
    }

    deinit { close(fd) }

    var wantsInput: Bool {
        if inputEnded || isClosed { return false }
        if case .stream(let stdin, _, _) = role { return stdin }
        return true
    }

    func send(_ event: ShimEvent) {
        guard let json = try? JSON.encode(event) else { return }
        output.append(json.bytes())
        output.append([10])
        flush()
    }

    func flush() {
        if !isClosed, !output.flush(to: fd) { isClosed = true }
    }

    /// Splits what came into request lines. What follows an attach request belongs to its stream and
    /// is given back.
    func requests(in bytes: ArraySlice<UInt8>) throws(EscaleError) -> (
        [ShimRequest], rest: ArraySlice<UInt8>
    ) {
        var requests: [ShimRequest] = []
        line.append(contentsOf: bytes)
        while let end = line.firstIndex(of: 10) {
            let request: ShimRequest = try JSON.parse(Array(line[..<end])).decode()
            line.removeFirst(end + 1)
            requests.append(request)
            if case .attach = request {
                let rest = line[...]
                line = []
                return (requests, rest)
            }
        }
        guard line.count < 1 << 16 else { throw EscaleError(.invalid, "request line too long") }
        return (requests, [])
    }

    /// Output for a stream: with an 8-byte header before each piece (Docker's attach), raw from a
    /// terminal.
    func deliver(_ bytes: ArraySlice<UInt8>, stream: UInt8, raw: Bool) {
        guard case .stream(_, let stdout, let stderr) = role, !isClosed,
            stream == 2 ? stderr : stdout
        else { return }
        if !raw {
            let n = UInt32(bytes.count)
            output.append([
                stream, 0, 0, 0, UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255), UInt8(n & 255)
            ])
        }
        output.append(bytes)
        flush()
    }
}
