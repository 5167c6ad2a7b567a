import CLinux
import Glibc
import Linux
import Network
import Support

/// Holds one virtual machine: starts QEMU, carries the command's input and output, answers requests,
/// records the end, and is gone. One process a machine, so that nothing else need live on.
public final class Supervisor {
    let kit: Kit
    let paths: VMPaths
    var record: VMRecord
    var clients: [Client] = []
    /// Who started us, until it has gone.
    var launcher: Int32
    var guest = Channel(-1)
    var qmp = Channel(-1)
    var guestReader = GuestFrameReader()
    var qmpReader = QMPReader()
    /// What waits for QMP's answers, in order.
    var qmpAnswers: [(Result<JSON, EscaleError>) -> Void] = []
    var qemuPID: pid_t = 0
    var pidfd: Int32 = -1
    /// Bytes of input on their way to the command.
    var inputUnderWay = 0
    /// The guest's last word.
    var guestExit: VMRecord.Exit?
    /// Why we ended it ourselves.
    var forcedExit: VMRecord.Exit?
    /// When QEMU is killed, whatever it is doing.
    var deadline: Monotonic?
    private var log: Int32 = -1
    private var logged = 0
    private static let logLimit = 32 << 20

    init(kit: Kit, record: VMRecord, launcher: Int32) {
        self.kit = kit
        self.record = record
        self.launcher = launcher
        paths = VMPaths(kit: kit, id: record.id)
        clients.append(Client(launcher, attached: true))
    }

    /// The program `escale vm-supervise ID`. Descriptor 3 is the launcher's stream, 4 the folder's lock.
    /// - Returns: its exit status.
    public static func main(kit: Kit, id: String) -> Int32 {
        _ = cl_fcntl(3, F_SETFD, Int(FD_CLOEXEC))
        _ = cl_fcntl(4, F_SETFD, Int(FD_CLOEXEC))
        signal(SIGPIPE, SIG_IGN)
        do throws(EscaleError) {
            let supervisor = Supervisor(kit: kit, record: try VMPaths(kit: kit, id: id).load(), launcher: 3)
            supervisor.run()
            return 0
        } catch {
            try? Sys.writeAll(3, GuestFrame(.failed, [125] + Array(error.message.utf8)).bytes)
            return 1
        }
    }

    private func run() {
        do throws(EscaleError) {
            let signals = try SignalFD([SIGTERM, SIGINT, SIGHUP])
            try Files.makeDirectory("\(kit.run)/vms", mode: 0o700)
            let listener = try UnixSocket.listen(paths.socket)
            let output = try Sys.open(paths.output, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
            log = output.raw
            try startQEMU()
            try loop(listener.raw, signals)
            drain()
            finish(exit())
        } catch {
            kill()
            finish(forcedExit ?? VMRecord.Exit(status: 125, error: error.message))
        }
    }

    // MARK: QEMU

    private func startQEMU() throws(EscaleError) {
        let host = try QEMUHost.find(kit: kit)
        let installed = try Guest.load(kit: kit)
        let (control, guestEnd) = try UnixSocket.pair()
        let (monitor, qmpEnd) = try UnixSocket.pair()
        var tap: Int32 = -1
        if let bridge = record.bridge, let network = record.guest.network {
            tap = try Tap.create(
                bridge: bridge, name: InterfaceName.tap(owner: record.id), mtu: network.mtu
            ).release()
        }
        let machine = QEMUMachine(
            name: record.name, kernel: installed.kernel(kit), initramfs: installed.initramfs(kit),
            disk: paths.disk, memory: record.config.memory, cpus: record.config.cpus,
            accelerator: record.accelerator, console: paths.console, qmp: qmpEnd, control: guestEnd,
            tap: tap < 0 ? nil : tap, mac: record.mac ?? "",
            tscKHz: record.accelerator == .tcg ? try TimeStampCounter.kHz(kit: kit) : nil)
        record.timeline.spawned = Monotonic.now.nanoseconds
        let child = try QEMUProcess.start(
            host.program, QEMUCommandLine.make(machine, host),
            descriptors: [guestEnd, qmpEnd] + (tap < 0 ? [] : [tap]), log: paths.qemuLog)
        (qemuPID, pidfd) = (child.pid, child.pidfd)
        for fd in [guestEnd, qmpEnd, tap] where fd >= 0 { close(fd) }
        guest = Channel(control)
        qmp = Channel(monitor)
        try record.apply(
            .started(qemu: Int(qemuPID), supervisor: Int(getpid()), at: Timestamp.now.rfc3339))
        try paths.save(record)
        guest.send(GuestFrame(.config, try JSON.encode(record.guest).bytes()).bytes)
        qmp.send(QMPReader.command("qmp_capabilities"))
        qmpAnswers.append { _ in }
    }

    func kill() {
        if qemuPID > 0 { Glibc.kill(qemuPID, SIGKILL) }
    }

    // MARK: Events

    private func loop(_ listener: Int32, _ signals: borrowing SignalFD) throws(EscaleError) {
        while true {
            clients.removeAll { $0.channel.fd < 0 }
            let congested = clients.contains { $0.attached && $0.channel.congested }
            let inputOpen = inputUnderWay < GuestFrame.inputWindow
            var polls = [
                pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0),
                pollfd(fd: signals.fd.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: listener, events: Int16(POLLIN), revents: 0), qmp.poll(reading: true),
                guest.poll(reading: !congested)
            ]
            let fixed = polls.count
            let watched = clients
            for client in watched {
                polls.append(client.channel.poll(reading: inputOpen || !client.attached))
            }
            try Sys.call("poll") { poll(&polls, nfds_t(polls.count), timeout()) }
            if let deadline, deadline <= .now { kill() }
            if polls[1].revents != 0, try signals.next() != nil { try stop(seconds: 2) }
            if polls[3].revents != 0 { try hearQMP() }
            if polls[4].revents != 0 { try hearGuest(polls[4].revents) }
            for (i, client) in watched.enumerated() where polls[fixed + i].revents != 0 {
                hear(client, polls[fixed + i].revents)
            }
            if polls[2].revents != 0 {
                let fd = accept(listener, nil, nil)
                if fd >= 0 {
                    _ = cl_fcntl(fd, F_SETFD, Int(FD_CLOEXEC))
                    clients.append(Client(fd, attached: false))
                }
            }
            if polls[0].revents != 0 { return }
        }
    }

    private func timeout() -> Int32 {
        guard let deadline else { return -1 }
        return Int32(min(max(0, deadline - .now) + 1, 60_000))
    }

    private func hearQMP() throws(EscaleError) {
        qmp.flush()
        for message in try qmpReader.feed(qmp.receive()) {
            switch message {
            case .returned(let value): if !qmpAnswers.isEmpty { qmpAnswers.removeFirst()(.success(value)) }
            case .failed(let text):
                if !qmpAnswers.isEmpty { qmpAnswers.removeFirst()(.failure(EscaleError(.internal, text))) }
            case .greeting, .event: break
            }
        }
    }

    func command(
        _ name: String, _ arguments: JSON? = nil, then: @escaping (Result<JSON, EscaleError>) -> Void
    ) {
        qmpAnswers.append(then)
        qmp.send(QMPReader.command(name, arguments))
    }

    private func hearGuest(_ events: Int16) throws(EscaleError) {
        guest.flush()
        guard events & Int16(POLLIN | POLLHUP) != 0 else { return }
        guestReader.feed(guest.receive())
        while let frame = try guestReader.next() { try handle(frame, arrival: .now) }
    }

    private func handle(_ frame: GuestFrame, arrival: Monotonic) throws(EscaleError) {
        switch frame.kind {
        case .stamp:
            guard let stamp = GuestStamp(frame) else { return }
            record.timeline.add(stamp, arrival: arrival.nanoseconds)
            record.phases = record.timeline.phases
            if stamp.name == .commandStarted {
                try paths.save(record)
                broadcast(frame)
            }
        case .output, .errors:
            keep(frame)
            broadcast(frame)
        case .credit: inputUnderWay -= min(inputUnderWay, Int(frame.number(UInt32.self) ?? 0))
        case .exit, .failed:
            let text = String(decoding: frame.payload.dropFirst(), as: UTF8.self)
            guestExit = VMRecord.Exit(
                status: Int(frame.payload.first ?? 125), error: frame.kind == .failed ? text : nil)
            guest.send(GuestFrame(.exit).bytes)
            // It only has to switch itself off now.
            deadline = Monotonic(nanoseconds: Monotonic.now.nanoseconds + 5_000_000_000)
        default: break
        }
    }

    private func broadcast(_ frame: GuestFrame) {
        for client in clients where client.attached { client.channel.send(frame.bytes) }
    }

    /// Appends to the machine's log, which keeps the last 32 to 64 MiB.
    private func keep(_ frame: GuestFrame) {
        if logged > Self.logLimit {
            rename(paths.output, paths.output + ".1")
            if let fresh = try? Sys.open(paths.output, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600).release() {
                dup2(fresh, log)
                close(fresh)
            }
            logged = 0
        }
        let bytes = frame.bytes
        logged += bytes.count
        try? Sys.writeAll(log, bytes)
    }

    // MARK: The end

    /// What is still in the guest's channel when QEMU has gone.
    private func drain() {
        while true {
            let bytes = guest.receive()
            if bytes.isEmpty { return }
            guestReader.feed(bytes)
            while let frame = try? guestReader.next() { try? handle(frame, arrival: .now) }
        }
    }

    /// How the machine ended, from all that is known of it.
    private func exit() -> VMRecord.Exit {
        let status = (try? Spawn.wait(qemuPID)) ?? 0
        qemuPID = 0
        record.timeline.ended = Monotonic.now.nanoseconds
        record.phases = record.timeline.phases
        if var exit = guestExit {
            exit.finishedAt = Timestamp.now.rfc3339
            return exit
        }
        if let forcedExit { return forcedExit }
        let kernel = (try? Files.text(paths.console)) ?? ""
        let qemu = (try? Files.text(paths.qemuLog)) ?? ""
        return MachineEnd.explain(status: status, console: kernel, qemu: qemu)
    }

    /// Records the end, takes everything away that a machine has on the host, and tells the clients.
    private func finish(_ exit: VMRecord.Exit) {
        if record.status != .exited { try? record.apply(.ended(exit)) }
        unlink(paths.socket)
        try? VMs.release(record, kit: kit)
        if record.config.remove {
            try? paths.remove()
        } else {
            try? paths.save(record)
        }
        let answer = (try? JSON.encode(record).bytes()) ?? []
        let last: GuestFrame
        if let error = exit.error {
            last = GuestFrame(.failed, [UInt8(clamping: exit.status)] + Array(error.utf8))
        } else {
            last = GuestFrame(.exit, [UInt8(truncatingIfNeeded: exit.status)])
        }
        for client in clients {
            client.channel.send(GuestFrame(.answer, answer).bytes)
            if client.attached { client.channel.send(last.bytes) }
            client.channel.flushAll(milliseconds: 2000)
        }
    }
}

/// Why a machine ended without its init's word. Pure.
public enum MachineEnd {
    public static func explain(status: Int32, console: String, qemu: String) -> VMRecord.Exit {
        let lines = console.split(whereSeparator: \.isNewline)
        if let panic = lines.last(where: { $0.contains("Kernel panic") }) {
            return .init(status: 125, error: "the guest's kernel panicked: \(panic.suffix(200))")
        }
        if status == 128 + SIGKILL { return .init(status: 137, error: "QEMU was killed (signal 9)") }
        if status > 128 { return .init(status: Int(status), error: "QEMU died of signal \(status - 128)") }
        let complaint = qemu.split(whereSeparator: \.isNewline).last { !$0.contains("warning:") }
        if let complaint, complaint.contains("Cannot allocate memory") {
            return .init(
                status: 125, error: "\(complaint): ask for less with -m (free -m tells what this host has)")
        }
        if status != 0 {
            return .init(
                status: 125, error: complaint.map(String.init) ?? "QEMU ended with status \(status)")
        }
        let said = lines.last { $0.contains("escale-init:") } ?? lines.last
        return .init(
            status: 125,
            error: "the machine stopped before its command ended" + (said.map { ": \($0)" } ?? ""))
    }
}
