import Glibc
import Linux
import Support

/// Questions over TCP, which clients use for answers that are too long for a datagram: one after the
/// other, each with a time limit.
struct DNSStreams {
    let context: DNSContext
    init(_ context: DNSContext) { self.context = context }

    func run() {
        while true {
            var polls = [
                pollfd(fd: context.listener, events: Int16(POLLIN), revents: 0),
                pollfd(fd: context.stop, events: Int16(POLLIN), revents: 0)
            ]
            if poll(&polls, 2, -1) < 0, errno != EINTR { return }
            if polls[1].revents != 0 { return }
            if polls[0].revents != 0 { accept() }
        }
    }

    private func accept() {
        var source = IPv4(value: 0)
        guard let client = try? Sys.accept(context.listener, from: &source) else { return }
        DNSSocket.limit(client.raw, seconds: 2)
        guard let message = Self.receive(client.raw) else { return }
        switch DNSQuery.parse(message) {
        case .ignored: return
        case .refused(let reply): Self.send(reply, client.raw)
        case .query(let query):
            switch context.names.decide(query, client: source) {
            case .reply(let reply): Self.send(reply, client.raw)
            case .forward: Self.send(forward(message) ?? query.reply(.serverFailure), client.raw)
            }
        }
    }

    private func forward(_ message: [UInt8]) -> [UInt8]? {
        for server in context.upstreams().prefix(2) {
            guard let socket = try? DNSSocket.connected(to: server, SOCK_STREAM) else { continue }
            Self.send(message, socket.raw)
            if let reply = Self.receive(socket.raw) { return reply }
        }
        return nil
    }

    /// A message after its length in two bytes (RFC 1035, 4.2.2).
    private static func receive(_ fd: Int32) -> [UInt8]? {
        guard let head = exactly(2, fd) else { return nil }
        return exactly(Int(DNSBytes.number(head, 0)), fd)
    }

    private static func exactly(_ count: Int, _ fd: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        var got = 0
        while got < count {
            let n = bytes.withUnsafeMutableBytes {
                recv(fd, $0.baseAddress?.advanced(by: got), count - got, 0)
            }
            if n <= 0 { return nil }
            got += n
        }
        return bytes
    }

    private static func send(_ message: [UInt8], _ fd: Int32) {
        guard let length = UInt16(exactly: message.count) else { return }
        var bytes: [UInt8] = []
        DNSBytes.append(&bytes, length)
        bytes += message
        // Small enough for the socket's buffer; a client that does not read gets nothing.
        _ = Glibc.send(fd, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }
}
