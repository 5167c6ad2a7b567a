import Glibc
import Linux
import Support

/// Questions over UDP: one thread, any number of forwarded questions at a time up to a limit, so that
/// a dead server outside delays nobody.
struct DNSDatagrams {
    private let context: DNSContext
    private var pending: [Pending] = []
    private static let maxPending = 128
    private static let timeout = 2000.0

    /// A question that was sent on.
    private struct Pending {
        let query: DNSQuery
        let datagram: [UInt8]
        let client: sockaddr_in
        var servers: ArraySlice<DNSUpstream>
        /// Ours on the way out, so that answers can't be guessed from the client's.
        var id: UInt16
        var fd: Int32
        var since: Monotonic
    }

    init(_ context: DNSContext) { self.context = context }

    mutating func run() {
        while true {
            var polls = [
                pollfd(fd: context.listener, events: Int16(POLLIN), revents: 0),
                pollfd(fd: context.stop, events: Int16(POLLIN), revents: 0)
            ]
            polls += pending.map { pollfd(fd: $0.fd, events: Int16(POLLIN), revents: 0) }
            let oldest = pending.map(\.since).min()
            let wait = oldest.map { max(0, Int32(Self.timeout - $0.elapsedMilliseconds) + 1) } ?? -1
            let n = poll(&polls, nfds_t(polls.count), wait)
            if n < 0, errno != EINTR { break }
            if polls[1].revents != 0 { break }
            // Backwards, since those that are done leave the list.
            for i in pending.indices.reversed() {
                if polls[i + 2].revents != 0 {
                    answer(i)
                } else if pending[i].since.elapsedMilliseconds >= Self.timeout {
                    retry(i)
                }
            }
            if polls[0].revents != 0 { question() }
        }
        for entry in pending { close(entry.fd) }
    }

    private mutating func question() {
        var client = sockaddr_in()
        var buffer = [UInt8](repeating: 0, count: 4096)
        let n = withUnsafeMutablePointer(to: &client) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                var length = socklen_t(MemoryLayout<sockaddr_in>.size)
                return recvfrom(
                    context.listener, &buffer, buffer.count, Int32(MSG_DONTWAIT), address, &length)
            }
        }
        guard n > 0 else { return }
        let datagram = Array(buffer[..<n])
        switch DNSQuery.parse(datagram) {
        case .ignored: return
        case .refused(let reply): send(reply, to: client)
        case .query(let query):
            let address = IPv4(value: UInt32(bigEndian: client.sin_addr.s_addr))
            switch context.names.decide(query, client: address) {
            case .reply(let reply): send(reply, to: client)
            case .forward:
                guard pending.count < Self.maxPending else {
                    return send(query.reply(.serverFailure), to: client)
                }
                let servers = context.upstreams()
                // A lost packet is as likely with one server as with two.
                let attempts = servers.count == 1 ? servers + servers : Array(servers.prefix(2))
                forward(query, datagram, client, attempts[...])
            }
        }
    }

    /// Sends the question to the first server that can be sent to.
    private mutating func forward(
        _ query: DNSQuery, _ datagram: [UInt8], _ client: sockaddr_in, _ servers: ArraySlice<DNSUpstream>
    ) {
        var rest = servers
        while let server = rest.popFirst() {
            guard let socket = try? DNSSocket.connected(to: server, SOCK_DGRAM) else { continue }
            let id = UInt16.random(in: 0...UInt16.max)
            let bytes = [UInt8(id >> 8), UInt8(id & 0xFF)] + datagram.dropFirst(2)
            let sent = Glibc.send(socket.raw, bytes, bytes.count, Int32(MSG_NOSIGNAL))
            guard sent == bytes.count else { continue }
            pending.append(
                Pending(
                    query: query, datagram: datagram, client: client, servers: rest, id: id,
                    fd: socket.release(), since: .now))
            return
        }
        send(query.reply(.serverFailure), to: client)
    }

    private mutating func answer(_ index: Int) {
        let entry = pending[index]
        var buffer = [UInt8](repeating: 0, count: 65536)
        let n = recv(entry.fd, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if n < 0 {
            // Refused: no server there.
            if errno != EAGAIN, errno != EINTR { retry(index) }
            return
        }
        var reply = Array(buffer[..<n])
        let id = entry.id
        guard reply.count >= 12, reply[2] & 0x80 != 0, DNSBytes.number(reply, 0) == id else { return }
        reply[0] = UInt8(entry.query.id >> 8)
        reply[1] = UInt8(entry.query.id & 0xFF)
        close(entry.fd)
        pending.remove(at: index)
        send(reply, to: entry.client)
    }

    private mutating func retry(_ index: Int) {
        let entry = pending.remove(at: index)
        close(entry.fd)
        forward(entry.query, entry.datagram, entry.client, entry.servers)
    }

    private func send(_ bytes: [UInt8], to client: sockaddr_in) {
        var client = client
        withUnsafePointer(to: &client) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = sendto(
                    context.listener, bytes, bytes.count, Int32(MSG_NOSIGNAL), address,
                    socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
