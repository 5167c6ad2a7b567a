import Glibc
import Linux
import Support
import Synchronization

/// A step's own socket to the user's ssh agent: what comes through is read, and nothing but the list of keys and
/// signatures is asked of the agent (draft-ietf-sshm-ssh-agent, section 5). A step can't add, remove or lock
/// keys, and the keys themselves never leave the agent.
final class AgentForward: Sendable {
    private let agent: String
    private let path: String
    private let listener: FD
    private let isOver = Atomic(false)

    /// The agent's failure: what is refused gets it as its answer.
    private static let failure: [UInt8] = [0, 0, 0, 1, 5]
    /// SSH_AGENTC_REQUEST_IDENTITIES, SSH_AGENTC_SIGN_REQUEST; SSH_AGENTC_EXTENSION says which session asks.
    private static let allowed: Set<UInt8> = [11, 13, 27]
    private static let limit = 256 << 10

    /// Listens at `path` until `stop`.
    init(agent: String, at path: String, uid: UInt32, gid: UInt32, mode: UInt32) throws(EscaleError) {
        self.agent = agent
        self.path = path
        listener = try UnixSocket.listen(path, mode: mode_t(mode))
        try Sys.call("chown", path) { chown(path, uid, gid) }
        Threads.start { self.serve() }
    }

    func stop() {
        isOver.store(true, ordering: .relaxed)
        shutdown(listener.raw, Int32(SHUT_RDWR))
        unlink(path)
    }

    private func serve() {
        while !isOver.load(ordering: .relaxed) {
            let client = accept(listener.raw, nil, nil)
            guard client >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            Sys.closeOnExec(client)
            Threads.start { [agent] in
                let end = FD(owning: client)
                // A step that leaves in the middle, or an agent that has gone, ends this conversation.
                try? Self.talk(end.raw, agent)
            }
        }
    }

    /// One request after the other, each with its answer.
    private static func talk(_ client: Int32, _ agent: String) throws(EscaleError) {
        let server = try UnixSocket.connect(agent)
        while let request = try message(client) {
            guard request.count > 4, allowed.contains(request[4]) else {
                try send(client, failure)
                continue
            }
            try send(server.raw, request)
            guard let answer = try message(server.raw) else { return }
            try send(client, answer)
        }
    }

    /// Length and content; nil at the end.
    private static func message(_ fd: Int32) throws(EscaleError) -> [UInt8]? {
        guard let head = try exactly(4, fd) else { return nil }
        let length = head.reduce(0) { $0 << 8 | Int($1) }
        guard length <= limit, let body = try exactly(length, fd) else { return nil }
        return head + body
    }

    private static func exactly(_ count: Int, _ fd: Int32) throws(EscaleError) -> [UInt8]? {
        var out: [UInt8] = []
        while out.count < count {
            var buffer = [UInt8](repeating: 0, count: count - out.count)
            let n = try Sys.call("read") { read(fd, &buffer, buffer.count) }
            if n == 0 { return nil }
            out += buffer[..<n]
        }
        return out
    }

    private static func send(_ fd: Int32, _ bytes: [UInt8]) throws(EscaleError) {
        try Sys.writeAll(fd, bytes)
    }
}
