import Glibc
import Linux
import Support

/// What clients ask of a machine's supervisor.
public enum VMRequest: Codable, Equatable, Sendable {
    /// The command's output from now on, and its input.
    case attach
    /// The machine runs on when its launcher goes.
    case detach
    case stop(seconds: Int)
    case kill(signal: Int)
    case pause
    case unpause
    /// Memory left to the guest, in bytes.
    case balloon(bytes: Int64)
}

extension Supervisor {
    func hear(_ client: Client, _ events: Int16) {
        client.channel.flush()
        guard events & Int16(POLLIN | POLLHUP | POLLERR) != 0 else { return }
        let wasLauncher = client.channel.fd == launcher
        client.reader.feed(client.channel.receive())
        while let frame = try? client.reader.next() { handle(frame, from: client) }
        if client.channel.fd < 0, wasLauncher {
            launcher = -1
            // A foreground machine belongs to the command that started it.
            if !record.config.detached, guestExit == nil {
                forcedExit = VMRecord.Exit(status: 137, error: "the command that started it has gone")
                kill()
            }
        }
    }

    private func handle(_ frame: GuestFrame, from client: Client) {
        switch frame.kind {
        case .input:
            inputUnderWay += frame.payload.count
            guest.send(frame.bytes)
        case .inputEnd, .resize, .signal: guest.send(frame.bytes)
        case .request:
            do throws(EscaleError) {
                let request: VMRequest = try JSON.parse(frame.payload).decode()
                try answer(request, client)
            } catch {
                reply(client, error)
            }
        default: break
        }
    }

    private func reply(_ client: Client, _ error: EscaleError? = nil) {
        var json: JSON = ["ok": true]
        if let error {
            json = ["ok": false, "code": .string(error.code.rawValue), "message": .string(error.message)]
        }
        client.channel.send(GuestFrame(.answer, json.bytes()).bytes)
    }

    private func answer(_ request: VMRequest, _ client: Client) throws(EscaleError) {
        switch request {
        case .attach:
            client.attached = true
            reply(client)
        case .detach:
            record.config.detached = true
            try paths.save(record)
            reply(client)
        case .stop(let seconds):
            try stop(seconds: seconds)
            reply(client)
        case .kill(let signal):
            if signal == SIGKILL {
                forcedExit = VMRecord.Exit(status: 137)
                kill()
            } else {
                guest.send(GuestFrame(.signal, [UInt8(clamping: signal)]).bytes)
            }
            reply(client)
        case .pause: try change(.paused, "stop", client)
        case .unpause: try change(.resumed, "cont", client)
        case .balloon(let bytes): try balloon(bytes, client)
        }
    }

    private func change(_ event: VMRecord.Event, _ name: String, _ client: Client) throws(EscaleError) {
        var next = record
        try next.apply(event)
        command(name) { [weak self, weak client] result in
            guard let self else { return }
            var failure: EscaleError?
            do throws(EscaleError) {
                _ = try result.get()
                try self.record.apply(event)
                try self.paths.save(self.record)
            } catch { failure = error }
            if let client { self.reply(client, failure) }
        }
    }

    /// Gives the command its stop signal, and the machine `seconds` to end.
    func stop(seconds: Int) throws(EscaleError) {
        if record.status == .paused {
            try record.apply(.resumed)
            command("cont") { _ in }
        }
        guest.send(GuestFrame(.signal, [UInt8(clamping: record.stopSignal)]).bytes)
        forcedExit = VMRecord.Exit(status: 137)
        let wait = UInt64(max(0, min(seconds, 86_400))) * 1_000_000_000
        deadline = Monotonic(nanoseconds: Monotonic.now.nanoseconds + wait)
    }

    /// The guest's driver is loaded first: nobody needs it before.
    private func balloon(_ bytes: Int64, _ client: Client) throws(EscaleError) {
        guard bytes >= 48 << 20, bytes <= record.config.memory else {
            throw EscaleError(
                .invalid,
                "balloon: from 48MiB to \(Units.binarySize(record.config.memory)), got "
                    + Units.binarySize(bytes))
        }
        guest.send(GuestFrame(.modules, Array("balloon".utf8)).bytes)
        command("balloon", ["value": .int(bytes)]) { [weak self, weak client] result in
            guard let self, let client else { return }
            if case .failure(let error) = result {
                self.reply(client, error.within("balloon"))
            } else {
                self.reply(client)
            }
        }
    }
}
