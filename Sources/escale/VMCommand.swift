import ArgumentParser
import Glibc
import Linux
import Support
import VM

/// `escale vm VERB…`: the images of containers, as virtual machines.
struct VMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm", abstract: "Run images as virtual machines.",
        subcommands: [
            VMRunCommand.self, VMPsCommand.self, VMStopCommand.self, VMKillCommand.self,
            VMRemoveCommand.self, VMPauseCommand.self, VMUnpauseCommand.self, VMBalloonCommand.self,
            VMLogsCommand.self, VMConsoleCommand.self, VMInspectCommand.self
        ])
}

struct VMRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Boot an image as a virtual machine and run its command.",
        helpNames: [.customLong("help")])

    @Flag(name: .shortAndLong, help: "Keep stdin open.") var interactive = false
    @Flag(name: .shortAndLong, help: "Allocate a terminal.") var tty = false
    @Flag(name: .shortAndLong, help: "Run in the background and print the id.") var detach = false
    @Flag(name: .long, help: "Remove the machine when it ends.") var rm = false
    @Option(name: .long, help: "Name of the machine.") var name: String?
    @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Memory: 256m, 1g.")
    var memory: String?
    @Option(name: .long, help: "Number of processors.") var cpus: Int = 1
    @Option(name: .long, help: "Size of the disk: 1g.") var disk: String?
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: "Set a variable: NAME=value, or NAME from here.")
    var env: [String] = []
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Working directory.")
    var workdir: String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "User: name or uid[:gid].")
    var user: String?
    @Option(name: [.customShort("h"), .long], help: "Host name.") var hostname: String?
    @Option(name: .long, help: "Replace the image's entry point.") var entrypoint: String?
    @Option(name: [.long, .customLong("net")], help: "bridge or none.") var network: VMConfig.Network =
        .automatic
    @Option(name: .long, help: "auto, kvm or tcg.") var accel: VMConfig.AcceleratorChoice = .auto
    @Flag(name: .long, help: "Show how long each phase of the boot took.") var phases = false
    @Flag(name: .long, help: "With --phases, as JSON.") var json = false
    @Argument(parsing: .captureForPassthrough, help: "IMAGE [COMMAND] [ARG…]") var words: [String] = []

    func run() throws {
        let config = try config()
        // A disk is made by mounting the image's layers, which only root may: of a namespace, if need be.
        try Rootless.enter(kit: .current)
        let vms = VMs(kit: .current)
        do {
            if tty, interactive, !detach, isatty(0) == 0 {
                throw EscaleError(.invalid, "the input device is not a TTY", repair: "run -i without -t")
            }
            let status = try detach ? background(vms, config) : foreground(vms, config)
            throw Exit(status: status)
        } catch let error as EscaleError {
            throw StatusError(
                status: 125,
                error: EscaleError(
                    error.code, "escale vm: \(error.message)", errno: error.errno, repair: error.repair))
        }
    }

    private func config() throws -> VMConfig {
        var words = words
        if words.first == "--" { words.removeFirst() }
        guard let image = words.first else {
            throw ValidationError("\"escale vm run\" requires at least 1 argument.")
        }
        if image == "--help" { throw CleanExit.helpRequest(VMRunCommand.self) }
        if image.hasPrefix("-") { throw ValidationError("unknown flag: \(image)") }
        return VMConfig(
            name: name, image: image, command: Array(words.dropFirst()),
            entrypoint: entrypoint.map { $0.isEmpty ? [] : [$0] },
            environment: env.compactMap(EnvironmentFile.resolve), workingDirectory: workdir, user: user,
            hostname: hostname, memory: try size(memory, VMConfig.defaultMemory), cpus: cpus,
            disk: try size(disk, VMConfig.defaultDisk), network: network, accelerator: accel, terminal: tty,
            interactive: interactive, detached: detach, remove: rm)
    }

    private func size(_ text: String?, _ standard: Int64) throws -> Int64 {
        guard let text else { return standard }
        do { return try Units.bytes(text) } catch { throw ValidationError(error.message) }
    }

    /// Returns once the command runs, so that what can't run is said here.
    private func background(_ vms: VMs, _ config: VMConfig) throws(EscaleError) -> Int32 {
        var launch = try vms.launch(config)
        var end = VMEnd()
        var started = false
        var attach = VMAttach()
        _ = try attach.pump(&launch.connection) { (frame) throws(EscaleError) in
            if frame.kind == .stamp { started = true } else { end.note(frame) }
            return !started
        }
        if !started, end.exit.error != nil { return Int32(VMReport.failed(end)) }
        Output.out(launch.record.id + "\n")
        return 0
    }

    private func foreground(_ vms: VMs, _ config: VMConfig) throws(EscaleError) -> Int32 {
        var launch = try vms.launch(config, window: tty ? Pty.size(1) ?? Pty.size(0) : nil)
        let end = try VMStreams.follow(
            &launch.connection, input: interactive ? 0 : -1, terminal: tty, detach: { true })
        guard let end else { return 0 }
        let status = end.exit.error == nil ? end.exit.status : VMReport.failed(end)
        if phases { VMReport.phases(end.record ?? launch.record, json: json) }
        return Int32(status)
    }
}

extension VMConfig.AcceleratorChoice: ExpressibleByArgument {}
extension VMConfig.Network: ExpressibleByArgument {
    public init?(argument: String) {
        guard argument != Self.automatic.rawValue else { return nil }
        self.init(rawValue: argument)
    }
}
