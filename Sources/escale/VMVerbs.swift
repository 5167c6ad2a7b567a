import ArgumentParser
import DockerClient
import Glibc
import Linux
import Support
import VM

struct VMPsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Liste les machines virtuelles.", aliases: ["ls", "list"])
    @Flag(name: .shortAndLong, help: "Même celles qui sont terminées.") var all = false
    @Flag(name: .shortAndLong, help: "Identifiants seulement.") var quiet = false
    @Flag(name: .long, help: "En JSON.") var json = false

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
                r.shortID, r.imageName.hasSuffix(":latest") ? String(r.imageName.dropLast(7)) : r.imageName,
                "\"\(command)\"", "\(created ?? "?") ago", r.statusText(),
                r.accelerator.label, r.address ?? "", r.name
            ]
        }
        let header = ["VM ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "ACCEL", "ADDRESS", "NAMES"]
        // A pipe gets every column; a terminal what it has room for.
        let width = isatty(1) == 1 ? Terminal.size?.width : nil
        Output.out(Table.render(header, rows, width: width, spared: ["CREATED", "ADDRESS"], cut: "COMMAND"))
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
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Arrête des machines virtuelles.")
    @Option(name: [.customShort("t"), .customLong("time")], help: "Secondes avant de la tuer.")
    var time = 10
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).stop($0, seconds: time) } }
}

struct VMKillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill", abstract: "Tue des machines virtuelles, ou envoie un signal à leur programme.")
    @Option(name: .shortAndLong, help: "Signal.") var signal = "KILL"
    @Argument var names: [String]
    func run() throws {
        guard let number = Signals.number(signal) else { throw ValidationError("Invalid signal: \(signal)") }
        try each(names) { try VMs(kit: .current).kill($0, signal: number) }
    }
}

struct VMRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Supprime des machines virtuelles.")
    @Flag(name: .shortAndLong, help: "Même celles qui tournent.") var force = false
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).remove($0, force: force) } }
}

struct VMPauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Suspend des machines virtuelles.")
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).pause($0) } }
}

struct VMUnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Réveille des machines virtuelles suspendues.")
    @Argument var names: [String]
    func run() throws { try each(names) { try VMs(kit: .current).unpause($0) } }
}

struct VMBalloonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balloon", abstract: "Règle la mémoire laissée à une machine virtuelle.")
    @Argument var name: String
    @Argument(help: "Mémoire laissée à la machine (128m).") var size: String
    func run() throws {
        let bytes: Int64
        do { bytes = try Units.bytes(size) } catch { throw ValidationError(error.message) }
        try each([name]) { try VMs(kit: .current).balloon($0, bytes: bytes) }
    }
}

struct VMLogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Montre ce qu’une machine virtuelle a écrit.")
    @Flag(name: .long, help: "Ce qu’a dit son noyau, à la place.") var console = false
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
        commandName: "console", abstract: "Branche le terminal sur une machine virtuelle (^P^Q la quitte).",
        aliases: ["attach"])
    @Flag(name: .long, help: "Sans brancher l’entrée.") var noStdin = false
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
        commandName: "inspect", abstract: "Montre tout ce qui est su de machines virtuelles, en JSON.")
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
