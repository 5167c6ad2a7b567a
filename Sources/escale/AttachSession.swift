import CLinux
import DockerClient
import Glibc
import Linux
import Support

/// The caller's terminal, as the child of a `-it` needs it.
enum Terminal {
    static func require() throws(EscaleError) {
        if isatty(0) == 0 {
            throw EscaleError(.invalid, "the input device is not a TTY", repair: "run -i without -t")
        }
    }

    /// Columns and rows of stdout or stdin, nil without a terminal (ioctl_tty(2), TIOCGWINSZ).
    static var size: (width: Int, height: Int)? {
        var w = winsize()
        for fd: Int32 in [1, 0] where cl_ioctl(fd, UInt(TIOCGWINSZ), &w) == 0 && w.ws_col > 0 {
            return (Int(w.ws_col), Int(w.ws_row))
        }
        return nil
    }
}

/// Copies between our stdio and a container's until its output ends: raw keys with a terminal, signals
/// passed on without one, window sizes followed.
struct AttachSession {
    let client: DockerClient
    /// `/containers/ID` or `/exec/ID`: where resizes go; signals only go to containers.
    let target: String
    let interactive: Bool
    let tty: Bool
    let proxySignals: Bool
    private var decoder = FrameDecoder()
    private var interruptions = 0
    private var keys = DetachKeys()

    init(client: DockerClient, container id: String, interactive: Bool, tty: Bool, proxySignals: Bool)
        throws(EscaleError)
    {
        self.client = client
        target = "/containers/\(id)"
        self.interactive = interactive
        self.tty = tty
        self.proxySignals = proxySignals
    }

    init(client: DockerClient, exec id: String, interactive: Bool, tty: Bool) {
        self.client = client
        target = "/exec/\(id)"
        self.interactive = interactive
        self.tty = tty
        proxySignals = false
    }

    /// - Returns: true when the user detached with ^P^Q.
    mutating func pump(_ stream: borrowing AttachStream) throws(EscaleError) -> Bool {
        let raw = tty && isatty(0) == 1 ? RawMode() : nil
        defer { raw?.restore() }
        var wanted: [Int32] = tty ? [SIGWINCH] : []
        if proxySignals, !tty { wanted += [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] }
        let signals = try SignalFD(wanted)
        defer { cl_unblock_signals() }
        signal(SIGPIPE, SIG_IGN)
        if tty { resize() }
        try write(stream.early)
        var input: Int32 = interactive ? 0 : -1
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            var polls = [
                pollfd(fd: stream.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd.raw, events: Int16(POLLIN), revents: 0)
            ]
            try Sys.call("poll") { poll(&polls, 3, -1) }
            if polls[2].revents != 0, let number = try signals.next() {
                if number == SIGWINCH { resize() } else { forward(number) }
                if number == SIGINT || number == SIGTERM, try insists() { return true }
            }
            if polls[0].revents != 0 {
                let n = Glibc.read(stream.fd.raw, &buffer, buffer.count)
                if n < 0, errno == EINTR { continue }
                if n <= 0 { return false }
                try write(Array(buffer[..<n]))
            }
            if polls[1].revents != 0 {
                let n = Glibc.read(0, &buffer, buffer.count)
                if n <= 0 {
                    stream.endInput()
                    input = -1
                } else {
                    let (bytes, detach) =
                        tty ? keys.filter(Array(buffer[..<n])) : (Array(buffer[..<n]), false)
                    // A process that has ended reads nothing any more: its output tells, not this write.
                    try? Sys.writeAll(stream.fd.raw, bytes)
                    if detach { return true }
                }
            }
        }
    }

    private mutating func write(_ bytes: [UInt8]) throws(EscaleError) {
        guard !bytes.isEmpty else { return }
        if tty {
            try? Sys.writeAll(1, bytes)
            return
        }
        for frame in try decoder.feed(bytes) { try? Sys.writeAll(frame.stream == 2 ? 2 : 1, frame.data) }
    }

    private func resize() {
        guard let size = Terminal.size else { return }
        _ = try? client.post("\(target)/resize", [("h", "\(size.height)"), ("w", "\(size.width)")])
    }

    /// Counts the attempts to interrupt a program that takes no notice, as Docker's client does.
    /// - Returns: true at the third: we leave, and it goes on.
    private mutating func insists() throws(EscaleError) -> Bool {
        interruptions += 1
        if interruptions == 2 {
            Output.err(
                "\nLe programme ne réagit pas à ^C (un PID 1 ignore ce qu’il n’attend pas).\n"
                    + "Encore une fois pour rendre la main\u{A0}; il continuera, et docker stop l’arrêtera.\n"
            )
        }
        if interruptions < 3 { return false }
        // The terminal's ^C stands on this line.
        Output.err("\n")
        throw EscaleError(.interrupted, "got 3 SIGTERM/SIGINTs, forcefully exiting")
    }

    private func forward(_ number: Int32) {
        guard target.hasPrefix("/containers/") else { return }
        _ = try? client.post("\(target)/kill", [("signal", "\(number)")])
    }
}

/// ^P^Q, Docker's keys to leave a container running.
struct DetachKeys {
    private var pending = false

    mutating func filter(_ bytes: [UInt8]) -> (bytes: [UInt8], detach: Bool) {
        var out: [UInt8] = []
        for b in bytes {
            if pending {
                pending = false
                if b == 17 { return (out, true) }
                out.append(16)
            }
            if b == 16 { pending = true } else { out.append(b) }
        }
        return (out, false)
    }
}

/// The terminal without echo, line editing and signals, until `restore` (termios(3), cfmakeraw).
struct RawMode {
    private var saved = termios()

    init?() {
        guard tcgetattr(0, &saved) == 0 else { return nil }
        var raw = saved
        cfmakeraw(&raw)
        tcsetattr(0, TCSADRAIN, &raw)
    }

    func restore() {
        var saved = saved
        tcsetattr(0, TCSADRAIN, &saved)
    }
}
