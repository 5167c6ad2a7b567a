import ArgumentParser
import Glibc
import Linux
import Support
import VM

struct VMPsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "List virtual machines.", aliases: ["ls", "list"])
    @Flag(name: .shortAndLong, help: "Ended ones, too.") var all = false
    @Flag(name: .shortAndLong, help: "Ids only.") var quiet = false
    @Flag(name: .long, help: "As JSON.") var json = false

    func run() throws {
        let records = try VMs(kit: .current).list().filter { all || $0.isAlive }
        if json {
            Output.out(
                JSON.array(try records.map { record in try JSON.encode(record) }).text(pretty: true) + "\n")
            return
        }
        if quiet {
            for record in records { Output.out(record.shortID + "\n") }
            return
        }
        let rows = records.map { r in
            let words = r.guest.arguments.joined(separator: " ")
            let command = words.count > 20 ? words.prefix(19) + "…" : words
            let created = Timestamp(rfc3339: r.created).map {
                Units.duration(Timestamp.now.seconds - $0.seconds)
            }
            return [
                r.shortID, r.imageName, "\"\(command)\"", "\(created ?? "?") ago", r.statusText(),
                r.accelerator.label, r.address ?? "", r.name
            ]
        }
        let header = ["VM ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "ACCEL", "ADDRESS", "NAMES"]
        let widths = header.indices.map { i in ([header] + rows).map { $0[i].count }.max() ?? 0 }
        for row in [header] + rows {
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count + 3) }.joined()
            while line.last == " " { line.removeLast() }
            Output.out(line + "\n")
        }
    }
}

/// One verb on several machines: each name is echoed, each failure said, as docker does.
private func each(_ names: [String], _ body: (String) throws -> Void) throws {
    var failed = false
    for name in names {
        do {
            try body(name)
            Output.out(name + "\n")
        } catch let error as EscaleError {
            failed = true
            Output.err("Error response from daemon: \(error.message)\n")
            if let repair = error.repair { Output.err("  → \(repair)\n") }
        }
    }
    if failed { throw Exit(status: 1) }
}

struct VMStopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stop", abstract: "Stop virtual machines.")
    @Option(name: [.customShort("t"), .customLong("time")], help: "Seconds to wait before killing it.")
    var time = 10
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).stop($0, seconds: time) } }
}

struct VMKillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Kill virtual machines, or send their command a signal.")
    @Option(name: .shortAndLong, help: "Signal.") var signal = "KILL"
    @Argument var names: [String]
    func run() throws {
        guard let number = Signals.number(signal) else { throw ValidationError("Invalid signal: \(signal)") }
        try each(names) { try VMs(kit: .current).kill($0, signal: number) }
    }
}

struct VMRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "rm", abstract: "Remove virtual machines.")
    @Flag(name: .shortAndLong, help: "Running ones, too.") var force = false
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).remove($0, force: force) } }
}

struct VMPauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop the processors of virtual machines.")
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).pause($0) } }
}

struct VMUnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Let the processors of virtual machines go on.")
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).unpause($0) } }
}

struct VMBalloonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balloon", abstract: "Leave a virtual machine all but so much of its memory.")
    @Argument var name: String
    @Argument(help: "Memory left to the guest: 128m.") var size: String
    func run() throws {
        let bytes: Int64
        do { bytes = try Units.bytes(size) } catch { throw ValidationError(error.message) }
        try each([name]) { try VMs(kit: .current).balloon($0, bytes: bytes) }
    }
}

struct VMLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a virtual machine's command wrote.")
    @Flag(name: .long, help: "What its kernel said instead.") var console = false
    @Argument var name: String
    func run() throws {
        let vms = VMs(kit: .current)
        let record = try vms.find(name)
        if console {
            Output.out(try vms.console(record))
            return
        }
        for part in try vms.logs(record) { try? Sys.writeAll(part.isError ? 2 : 1, part.bytes) }
    }
}

struct VMConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Attach to a virtual machine; ^P^Q leaves it.", aliases: ["attach"])
    @Flag(name: .long, help: "Don't attach stdin.") var noStdin = false
    @Argument var name: String
    func run() throws {
        let vms = VMs(kit: .current)
        let record = try vms.find(name)
        var connection = try vms.attach(record)
        let input: Int32 = noStdin || !(record.config.interactive || record.config.terminal) ? -1 : 0
        let end = try VMStreams.follow(
            &connection, input: input, terminal: record.config.terminal && isatty(0) == 1, detach: { true })
        guard let end else { return }
        throw Exit(status: Int32(end.exit.error == nil ? end.exit.status : VMReport.failed(end)))
    }
}

struct VMInspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Show all that is known of virtual machines, as JSON.")
    @Argument var names: [String]
    func run() throws {
        let vms = VMs(kit: .current)
        var found: [JSON] = []
        var failed = false
        for name in names {
            do { found.append(try JSON.encode(try vms.find(name))) } catch {
                failed = true
                Output.err("Error: \(EscaleError.wrap(error).message)\n")
            }
        }
        Output.out(JSON.array(found).text(pretty: true) + "\n")
        if failed { throw Exit(status: 1) }
    }
}
