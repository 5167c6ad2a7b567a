import CLinux
import Glibc
import Linux
import Support

/// Carries bytes between the command and the supervisor, and reaps every orphan, until the command ends.
struct Session: ~Copyable {
    private let command: CommandProcess
    private let signals: SignalFD
    /// Input that the command has not taken yet.
    private var pending: [UInt8] = []
    private var inputEnds = false
    private var outputOpen = true
    private var errorsOpen: Bool
    private var status: Int32?
    /// The machine was told to switch itself off (`poweroff`, `reboot` or `halt` inside).
    private var switchedOff: Monotonic?
    /// -1 once closed.
    private var inputFD: Int32

    init(_ command: CommandProcess, inputOpen: Bool) throws(EscaleError) {
        signals = try SignalFD([SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGUSR2])
        self.command = command
        inputFD = command.input
        inputEnds = !inputOpen && !command.isTerminal
        errorsOpen = !command.isTerminal
    }

    /// - Returns: the exit status, or 128 + the signal.
    mutating func run(_ port: ControlPort, _ modules: borrowing Modules) throws(EscaleError) -> Int32 {
        closeInputIfDone()
        // Came with the configuration.
        try hear(port, modules)
        // SIGCHLD is blocked only now: the command may have ended before.
        try reap()
        while status == nil {
            var polls = [
                pollfd(fd: port.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: outputOpen ? command.output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errorsOpen ? command.errors : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: pending.isEmpty ? -1 : inputFD, events: Int16(POLLOUT), revents: 0)
            ]
            let n = try Sys.call("poll") { poll(&polls, 5, switchedOff == nil ? -1 : 1000) }
            if n == 0 { kill(-1, SIGKILL) }
            if polls[0].revents != 0 {
                try port.fill()
                try hear(port, modules)
            }
            if polls[2].revents != 0 { outputOpen = try copy(command.output, .output, port) }
            if polls[3].revents != 0 { errorsOpen = try copy(command.errors, .errors, port) }
            if polls[4].revents != 0 { try feed(port) }
            if polls[1].revents != 0 { try handleSignals() }
        }
        while outputOpen, try copy(command.output, .output, port, toEnd: true) {}
        while errorsOpen, try copy(command.errors, .errors, port, toEnd: true) {}
        return switchedOff == nil ? status ?? 0 : 0
    }

    private mutating func handleSignals() throws(EscaleError) {
        while let signal = try signals.next() {
            if signal == SIGCHLD {
                try reap()
            } else if switchedOff == nil {
                switchedOff = .now
                for number in [SIGTERM, SIGHUP, SIGCONT] { kill(-1, number) }
            }
        }
    }

    private mutating func reap() throws(EscaleError) {
        var word: Int32 = 0
        while true {
            let pid = waitpid(-1, &word, WNOHANG)
            if pid <= 0 { return }
            if pid == command.pid { status = Spawn.exitStatus(word) }
        }
    }

    private mutating func hear(_ port: ControlPort, _ modules: borrowing Modules) throws(EscaleError) {
        while let frame = try port.ready() {
            switch frame.kind {
            case .input:
                pending += frame.payload
                try feed(port)
            case .inputEnd:
                inputEnds = true
                closeInputIfDone()
            case .resize:
                if command.isTerminal, let width = frame.number(UInt16.self),
                    let height = frame.number(UInt16.self, at: 2)
                {
                    try? Pty.resize(command.output, width: Int(width), height: Int(height))
                }
            case .signal:
                if let number = frame.payload.first { kill(command.pid, Int32(number)) }
            case .modules: try? modules.load(String(decoding: frame.payload, as: UTF8.self))
            default: break
            }
        }
    }

    private mutating func feed(_ port: ControlPort) throws(EscaleError) {
        guard inputFD >= 0 else {
            pending = []
            return
        }
        while !pending.isEmpty {
            let n = pending.withUnsafeBytes { write(inputFD, $0.baseAddress, $0.count) }
            if n < 0 {
                if errno == EAGAIN || errno == EINTR { return }
                // The command has closed its stdin: what is left has no reader.
                pending = []
                break
            }
            pending.removeFirst(n)
            try port.send(GuestFrame(.credit, GuestFrame.number(UInt32(n))))
        }
        closeInputIfDone()
    }

    private mutating func closeInputIfDone() {
        guard inputEnds, pending.isEmpty, inputFD >= 0 else { return }
        // A terminal's end is a key, not a closed line; and closing our copy would end its output too.
        if command.isTerminal {
            let endOfText: [UInt8] = [4]
            _ = write(inputFD, endOfText, 1)
        } else {
            close(inputFD)
            inputFD = -1
        }
        inputEnds = false
    }

    /// - Returns: false at the end (or, with `toEnd`, where nothing is ready).
    private func copy(
        _ fd: Int32, _ kind: GuestFrame.Kind, _ port: ControlPort, toEnd: Bool = false
    )
        throws(EscaleError) -> Bool
    {
        var buffer = [UInt8](repeating: 0, count: GuestFrame.limit)
        let n = read(fd, &buffer, buffer.count)
        if n > 0 {
            try port.send(GuestFrame(kind, buffer[..<n]))
            return true
        }
        // EIO is how a terminal's master tells that nobody holds the other end any more.
        return n < 0 && (errno == EAGAIN || errno == EINTR) && !toEnd
    }
}
