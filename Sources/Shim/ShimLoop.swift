import Glibc
import Linux
import Network
import Runtime
import ShimProtocol
import Support

/// The shim's life between `created` and the end: one poll(2) over everything it holds.
final class ShimLoop {
    /// What a peer may have waiting before the container's output waits for it, as with Docker.
    static let backlog = 1 << 20

    let config: ShimConfig
    let listener: Int32
    let steps: Steps
    var connections: [Connection]
    var log: LogFile?
    var stdin = OutputQueue()
    /// stdin is closed once what waits has been written.
    var stdinEnds = false
    var isStarted = false
    /// Set when this container is to vanish unstarted.
    var isAbandoned = false
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init(config: ShimConfig, listener: Int32, control: Connection, steps: Steps) {
        self.config = config
        self.listener = listener
        self.steps = steps
        connections = [control]
    }

    /// - Returns: the shim's exit status.
    func hold(_ container: inout Container, _ io: inout ContainerIO) -> Int32 {
        if let path = config.logPath { log = try? LogFile(path) }
        var ended = false
        while !ended {
            ended = turn(&container, &io)
            if isAbandoned {
                container.abandon()
                return 0
            }
        }
        finish(&container, &io)
        return 0
    }

    /// Whether output is taken: not while somebody is far behind.
    private var takesOutput: Bool {
        connections.allSatisfy { $0.role == .control || $0.output.count < Self.backlog }
    }

    /// One round of poll. True when the container's process has ended.
    private func turn(_ container: inout Container, _ io: inout ContainerIO) -> Bool {
        var polls = [
            pollfd(fd: container.process.fd.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: takesOutput ? io.output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: takesOutput ? io.errors : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stdin.isEmpty ? -1 : io.input, events: Int16(POLLOUT), revents: 0)
        ]
        let fixed = polls.count
        for c in connections {
            var events: Int16 = 0
            if c.wantsInput, stdin.count < 1 << 16 || c.role == .control { events |= Int16(POLLIN) }
            if !c.output.isEmpty { events |= Int16(POLLOUT) }
            polls.append(pollfd(fd: c.fd, events: events, revents: 0))
        }
        if poll(&polls, nfds_t(polls.count), -1) < 0 { return false }
        for (c, p) in zip(connections, polls[fixed...]) where p.revents != 0 {
            if p.revents & Int16(POLLOUT) != 0 { c.flush() }
            if c.wantsInput, p.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                receive(from: c, &container, &io)
            } else if p.revents & Int16(POLLHUP | POLLERR) != 0 {
                c.isClosed = true
            }
        }
        if polls[1].revents != 0 { acceptConnections() }
        if polls[2].revents != 0 { copyOutput(&io) }
        if polls[3].revents != 0 { copyErrors(&io) }
        if !stdin.isEmpty { writeInput(&io) }
        connections.removeAll { $0.isClosed }
        return polls[0].revents != 0
    }

    /// Everybody who waits at the socket.
    private func acceptConnections() {
        while Self.isReadable(listener) {
            let fd = accept(listener, nil, nil)
            guard fd >= 0 else { return }
            let owned = FD(owning: fd)
            _ = Sys.closeOnExec(owned.raw)
            connections.append(Connection(owned))
        }
    }

    private static func isReadable(_ fd: Int32) -> Bool {
        var one = pollfd(fd: fd, events: Int16(POLLIN), revents: 0)
        return poll(&one, 1, 0) > 0
    }

    /// Clients that came before the order to start see the first byte of output.
    private func welcome(_ container: inout Container, _ io: inout ContainerIO) {
        acceptConnections()
        for c in connections {
            if case .unknown = c.role, Self.isReadable(c.fd) { receive(from: c, &container, &io) }
        }
    }

    private func receive(from c: Connection, _ container: inout Container, _ io: inout ContainerIO) {
        switch Descriptor.read(c.fd, &buffer) {
        case .nothing: return
        case .end:
            c.inputEnded = true
            switch c.role {
            case .unknown: c.isClosed = true
            case .control:
                c.isClosed = true
                // The daemon died between create and start: nothing must stay.
                let others = connections.contains { $0.role == .control && !$0.isClosed }
                if !isStarted, !others { isAbandoned = true }
            case .stream(let wasInput, _, _):
                if wasInput, config.stdinOnce, !config.terminal { endInput(&io) }
            }
        case .bytes(let bytes):
            if case .stream = c.role { return feed(bytes, &io) }
            do {
                let (requests, rest) = try c.requests(in: bytes)
                for request in requests { try serve(request, c, &container, &io) }
                if !rest.isEmpty { feed(rest, &io) }
            } catch {
                c.isClosed = true
            }
        }
    }

    private func serve(
        _ request: ShimRequest, _ c: Connection, _ container: inout Container, _ io: inout ContainerIO
    ) throws(EscaleError) {
        switch request {
        case .control:
            c.role = .control
            c.send(isStarted ? .started : .created(pid: Int(container.pid)))
        case .attach(let stdin, let stdout, let stderr):
            c.role = .stream(stdin: stdin && io.input >= 0, stdout: stdout, stderr: stderr)
        case .start:
            guard c.role == .control, !isStarted else { return }
            welcome(&container, &io)
            start(&container)
        case .resize(let width, let height):
            if config.terminal, io.output >= 0 {
                try? Pty.resize(io.output, width: width, height: height)
            }
        case .kill(let number): try? container.process.signal(Int32(truncatingIfNeeded: number))
        }
    }

    private func start(_ container: inout Container) {
        do {
            if config.exec == nil { try plugNetwork(container) }
            try container.start()
            isStarted = true
            tell(.started)
        } catch {
            let step = steps.failed
            let status = LaunchStatus.of(error, step: step)
            container.abandon()
            tell(.failed(status: status, message: error.message, step: step))
            flushControls()
            unlink(config.socket)
            exit(1)
        }
    }

    private func plugNetwork(_ container: borrowing Container) throws(EscaleError) {
        if let network = config.network {
            try steps.run("network", "netlink", "\(network.hostInterface) to \(network.bridge)") {
                () throws(EscaleError) in
                try plug(network, pid: container.pid, netns: try NetworkNamespace.of(pid: container.pid))
            }
        } else if container.hasNewNetwork {
            try steps.run("network.loopback", "netlink", "lo up") { () throws(EscaleError) in
                try loopbackUp(netns: try NetworkNamespace.of(pid: container.pid))
            }
        }
    }

    func tell(_ event: ShimEvent) {
        for c in connections where c.role == .control { c.send(event) }
    }

    private func feed(_ bytes: ArraySlice<UInt8>, _ io: inout ContainerIO) {
        guard io.input >= 0 else { return }
        stdin.append(bytes)
        writeInput(&io)
    }

    private func writeInput(_ io: inout ContainerIO) {
        guard io.input >= 0 else { return stdin.clear() }
        if !stdin.flush(to: io.input) { io.closeInput() }
        if stdinEnds, stdin.isEmpty { io.closeInput() }
    }

    private func endInput(_ io: inout ContainerIO) {
        stdinEnds = true
        if stdin.isEmpty { io.closeInput() }
    }

    /// True while there may be more.
    @discardableResult
    func copyOutput(_ io: inout ContainerIO) -> Bool {
        switch Descriptor.read(io.output, &buffer) {
        case .nothing: return false
        case .end:
            io.closeOutput()
            return false
        case .bytes(let bytes):
            distribute(bytes, 1)
            return true
        }
    }

    @discardableResult
    func copyErrors(_ io: inout ContainerIO) -> Bool {
        switch Descriptor.read(io.errors, &buffer) {
        case .nothing: return false
        case .end:
            io.closeErrors()
            return false
        case .bytes(let bytes):
            distribute(bytes, 2)
            return true
        }
    }

    private func distribute(_ bytes: ArraySlice<UInt8>, _ stream: UInt8) {
        log?.append(bytes, stream: stream)
        for c in connections { c.deliver(bytes, stream: stream, raw: config.terminal) }
    }
}
