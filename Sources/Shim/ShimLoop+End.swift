import Glibc
import Linux
import Runtime
import ShimProtocol
import Support

extension ShimLoop {
    /// The process has ended: its last output first, then its traces, then the word to the daemon.
    func finish(_ container: inout Container, _ io: inout ContainerIO) {
        var status: Int32 = 0
        waitpid(container.pid, &status, 0)
        let finishedAt = Timestamp.now.rfc3339
        drain(&io)
        log?.finish()
        let end = ShimExit(
            status: Int(Spawn.exitStatus(status)), oomKilled: config.exec == nil && container.oomKills > 0,
            finishedAt: finishedAt)
        steps.attempt("exit.record", "rename", config.exitFile) { () throws(EscaleError) in
            try Files.replace(config.exitFile, try JSON.encode(end).bytes())
        }
        flushStreams()
        try? container.removeTraces()
        unlink(config.socket)
        tell(.exited(end))
        flushControls()
    }

    /// What is in the pipes now. A process that outlives its parent may hold them open for ever: nobody
    /// waits for it.
    private func drain(_ io: inout ContainerIO) {
        while io.output >= 0, copyOutput(&io) { relieve() }
        while io.errors >= 0, copyErrors(&io) { relieve() }
    }

    /// Keeps memory bounded while slow clients read the last output.
    private func relieve() {
        while connections.contains(where: { $0.role != .control && $0.output.count >= Self.backlog }) {
            if !flushOnce(milliseconds: Self.patience, controls: false) { return }
        }
    }

    /// How long clients may take for the last output, in milliseconds without any progress.
    private static let patience: Int32 = 10_000

    /// Streams get all that is theirs, and then their end, before anyone hears of the exit.
    private func flushStreams() {
        while connections.contains(where: { $0.role != .control && !$0.output.isEmpty }) {
            if !flushOnce(milliseconds: Self.patience, controls: false) { break }
        }
        for c in connections where c.role != .control { shutdown(c.fd, Int32(SHUT_RDWR)) }
        connections.removeAll { $0.role != .control }
    }

    func flushControls() {
        while connections.contains(where: { $0.role == .control && !$0.output.isEmpty }) {
            if !flushOnce(milliseconds: 1000, controls: true) { return }
        }
    }

    /// False when nobody takes anything within the time: those that wait are given up.
    private func flushOnce(milliseconds: Int32, controls: Bool) -> Bool {
        let waiting = connections.filter { ($0.role == .control) == controls && !$0.output.isEmpty }
        var polls = waiting.map { pollfd(fd: $0.fd, events: Int16(POLLOUT), revents: 0) }
        let n = poll(&polls, nfds_t(polls.count), milliseconds)
        if n <= 0 {
            if n < 0, errno == EINTR { return true }
            for c in waiting { c.isClosed = true }
            connections.removeAll { $0.isClosed }
            return false
        }
        for c in waiting { c.flush() }
        connections.removeAll { $0.isClosed }
        return true
    }
}
