import Glibc
import Linux
import Runtime
import Support

/// Stays with a process in the foreground: passes signals on, copies a terminal, waits for the end.
struct Foreground: ~Copyable {
    private let signals: SignalFD

    /// Before the process is made, so that no signal is missed. Its own mask is cleared at its start.
    init() throws(EscaleError) {
        signals = try SignalFD([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH])
    }

    /// - Returns: the exit status, or 128 + the signal.
    mutating func hold(_ container: inout Container) throws(EscaleError) -> Int32 {
        let terminal = container.console.take()?.release() ?? -1
        let settings = terminal < 0 ? nil : Pty.makeRaw(0)
        defer {
            if let settings { Pty.restore(0, settings) }
            if terminal >= 0 { close(terminal) }
        }
        resize(terminal)
        var input: Int32 = terminal >= 0 ? 0 : -1
        var output = terminal
        var buffer = [UInt8](repeating: 0, count: 65536)
        var ended = false
        while !ended || output >= 0 {
            var polls = [
                pollfd(fd: ended ? -1 : container.process.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            ]
            // After the end only what the terminal still holds is taken.
            let n = poll(&polls, 4, ended ? 0 : -1)
            if ended, n == 0 { break }
            if polls[1].revents != 0 { try passSignal(&container, terminal) }
            if polls[2].revents != 0, !copy(from: 0, to: terminal, &buffer) { input = -1 }
            if polls[3].revents != 0, !copy(from: terminal, to: 1, &buffer) { output = -1 }
            if polls[0].revents != 0 { ended = true }
        }
        var status: Int32 = 0
        waitpid(container.pid, &status, 0)
        return Spawn.exitStatus(status)
    }

    private func passSignal(_ container: inout Container, _ terminal: Int32) throws(EscaleError) {
        while let number = try signals.next() {
            if number == SIGWINCH, terminal >= 0 {
                resize(terminal)
            } else {
                try? container.process.signal(number)
            }
        }
    }

    private func resize(_ terminal: Int32) {
        guard terminal >= 0, let size = Pty.size(0) else { return }
        try? Pty.resize(terminal, width: size.width, height: size.height)
    }

    /// False at the end.
    private func copy(from: Int32, to: Int32, _ buffer: inout [UInt8]) -> Bool {
        let n = read(from, &buffer, buffer.count)
        if n < 0, errno == EINTR || errno == EAGAIN { return true }
        guard n > 0 else { return false }
        return (try? Sys.writeAll(to, buffer[..<n])) != nil
    }
}
