import ArgumentParser
import Glibc
import Linux
import Support
import VM

/// `escale vm VERB…`: the images of containers, as virtual machines.
struct VMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm", abstract: "Les images de conteneurs, en machines virtuelles.",
        subcommands: [
            VMRunCommand.self, VMPsCommand.self, VMStopCommand.self, VMKillCommand.self,
            VMRemoveCommand.self, VMPauseCommand.self, VMUnpauseCommand.self, VMBalloonCommand.self,
            VMLogsCommand.self, VMConsoleCommand.self, VMInspectCommand.self
        ])
}

struct VMRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Démarre une image en machine virtuelle et lance son programme.",
        usage: "escale vm run [OPTIONS] IMAGE [COMMANDE] [ARG…]",
        helpNames: [.customLong("help")])

    @Flag(name: .shortAndLong, help: "Garde l’entrée ouverte.") var interactive = false
    @Flag(name: .shortAndLong, help: "Donne un terminal.") var tty = false
    @Flag(name: .shortAndLong, help: "En arrière-plan\u{A0}; affiche l’identifiant.") var detach = false
    @Flag(name: .long, help: "Supprime la machine à sa fin.") var rm = false
    @Option(name: .long, help: "Nom de la machine.") var name: String?
    @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Mémoire (256m, 1g).")
    var memory: String?
    @Option(name: .long, help: "Nombre de processeurs.") var cpus: Int = 1
    @Option(name: .long, help: "Taille du disque (1g).") var disk: String?
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: "Variable d’environnement, NOM=valeur (ou NOM, prise ici).")
    var env: [String] = []
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Dossier de travail.")
    var workdir: String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "Utilisateur, nom ou uid[:gid].")
    var user: String?
    @Option(name: [.customShort("h"), .long], help: "Nom de machine.") var hostname: String?
    @Option(name: .long, help: "Remplace le point d’entrée de l’image.") var entrypoint: String?
    @Option(name: [.long, .customLong("net")], help: "bridge ou none.") var network: VMConfig.Network =
        .automatic
    @Option(name: .long, help: "auto, kvm ou tcg.") var accel: VMConfig.AcceleratorChoice = .auto
    @Flag(name: .long, help: "Montre la durée de chaque phase du démarrage.") var phases = false
    @Flag(name: .long, help: "Avec --phases, en JSON.") var json = false
    @Argument(parsing: .captureForPassthrough, help: "IMAGE [COMMANDE] [ARG…]") var words: [String] = []

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
        VMReport.network(launch.record)
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
        VMReport.network(launch.record)
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
