import Glibc
import Linux
import Support
import VM

/// A machine's streams on ours.
enum VMStreams {
    /// - Parameter detach: asked when the user leaves with ^P^Q.
    /// - Returns: how the machine ended; nil when the user has left it running.
    static func follow(
        _ connection: inout VMConnection, input: Int32, terminal: Bool, detach: () -> Bool
    ) throws(EscaleError) -> VMEnd? {
        let raw = terminal && input >= 0 ? Pty.makeRaw(0) : nil
        defer { if let raw { Pty.restore(0, raw) } }
        signal(SIGPIPE, SIG_IGN)
        var end = VMEnd()
        var attach = VMAttach(
            input: input, terminal: terminal,
            forwarded: raw == nil ? [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2] : [])
        let outcome = try attach.pump(&connection) { (frame) throws(EscaleError) in
            switch frame.kind {
            case .output: try? Sys.writeAll(1, frame.payload)
            case .errors: try? Sys.writeAll(2, frame.payload)
            default: end.note(frame)
            }
            return true
        }
        guard outcome == .detached, detach() else { return end }
        try connection.letGo()
        return nil
    }
}

/// What is said of a machine.
enum VMReport {
    /// Says why a machine did not run its command; its status.
    static func failed(_ end: VMEnd) -> Int {
        Output.err("escale vm: \(end.exit.error ?? "failed")\n")
        return end.exit.status
    }

    /// Says that a machine goes without a network card, and why.
    static func network(_ record: VMRecord) {
        guard let why = record.sansReseau else { return }
        Output.err("escale vm\u{A0}: machine sans réseau (\(why))\n")
    }

    /// The phases on stderr, so that the command's output stays clean.
    static func phases(_ record: VMRecord, json: Bool) {
        if json {
            let phases = (try? JSON.encode(record.phases)) ?? .null
            let report: JSON = [
                "accelerator": .string(record.accelerator.rawValue), "machine": .string(record.machine),
                "kernel": .string(record.kernel), "phases": phases
            ]
            Output.err(report.text() + "\n")
            return
        }
        let label = record.accelerator.label
        Output.err(
            "\nDémarrage de la machine virtuelle (\(label), \(record.machine), Linux \(record.kernel))\n")
        let longest = max(1, record.phases.named.filter { $0.name != "total" }.map(\.milliseconds).max() ?? 1)
        for (name, milliseconds) in record.phases.named {
            let bar =
                name == "total"
                ? "" : String(repeating: "█", count: Int((milliseconds / longest * 30).rounded()))
            let time = Units.fixed(milliseconds, 0)
            let gap = String(repeating: " ", count: max(1, 20 - name.count))
            let pad = String(repeating: " ", count: max(0, 7 - time.count))
            Output.err("  \(name)\(gap)\(pad)\(time) ms  \(bar)\n")
        }
        if !record.acceleratorRaison.isEmpty {
            Output.err("  (\(label) et non KVM : \(record.acceleratorRaison).)\n")
        }
    }
}
