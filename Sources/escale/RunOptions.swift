import ArgumentParser
import DockerClient
import Support

/// The flags that `run` and `create` share.
struct RunOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Garde l’entrée ouverte.") var interactive = false
    @Flag(name: .shortAndLong, help: "Donne un terminal.") var tty = false
    @Flag(name: .long, help: "Supprime le conteneur à sa fin.") var rm = false
    @Option(name: .long, help: "Quand demander l’image à son registre\u{A0}: always, missing, never.")
    var pull =
        "missing"
    @Option(name: .long, help: "Image d’une autre machine\u{A0}: linux/arm64.") var platform: String?
    @Option(name: .long, help: "Nom du conteneur.") var name: String?
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: "Variable d’environnement, NOM=valeur (ou NOM, prise ici).")
    var env: [String] = []
    @Option(name: .long, help: "Lit des variables dans un fichier.") var envFile: [String] = []
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Dossier de travail.") var workdir:
        String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "Utilisateur, nom ou uid[:gid].")
    var user: String?
    @Option(name: [.customShort("h"), .long], help: "Nom de machine.") var hostname: String?
    @Option(name: .long, help: "Remplace le point d’entrée de l’image.") var entrypoint: String?
    @Option(name: [.customShort("l", allowingJoined: true), .long], help: "Étiquette, clé=valeur.") var label:
        [String] = []
    @Option(
        name: [.customShort("p", allowingJoined: true), .long],
        help: "Publie un port, [IP:][HÔTE:]CONTENEUR[/PROTO].")
    var publish: [String] = []
    @Flag(name: [.customShort("P"), .long], help: "Publie tous les ports annoncés.") var publishAll = false
    @Option(name: .long, help: "Annonce un port.") var expose: [String] = []
    @Option(
        name: [.customShort("v", allowingJoined: true), .long],
        help: "Monte un dossier ou un volume, SOURCE:CIBLE[:ro].")
    var volume: [String] = []
    @Option(name: .long, help: "type=bind|volume|tmpfs,source=…,target=…") var mount: [String] = []
    @Option(name: .long, help: "Monte un dossier en mémoire, CHEMIN[:OPTIONS].") var tmpfs: [String] = []
    @Option(name: [.long, .customLong("net")], help: "bridge, none, host ou container:NOM.") var network:
        String?
    @Option(
        name: [.customLong("network-alias"), .customLong("net-alias")], help: "Nom de plus sur le réseau.")
    var networkAlias: [String] = []
    @Option(name: .long, help: "Ligne de plus dans /etc/hosts, NOM:IP.") var addHost: [String] = []
    @Option(name: .long, help: "Serveur DNS.") var dns: [String] = []
    @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Limite de mémoire (64m, 1g).")
    var memory: String?
    @Option(name: .long, help: "Limite de mémoire et d’échange\u{A0}; -1 pour aucune.") var memorySwap:
        String?
    @Option(name: .long, help: "Limite de mémoire souple.") var memoryReservation: String?
    @Option(name: .long, help: "Nombre de processeurs (0.5, 2).") var cpus: String?
    @Option(name: [.customShort("c", allowingJoined: true), .long], help: "Poids de processeur (1024 sinon).")
    var cpuShares: Int?
    @Option(name: .long, help: "Processeurs permis (0-1).") var cpusetCpus: String?
    @Option(name: .long, help: "Nombre de processus permis\u{A0}; -1 pour aucune limite.") var pidsLimit: Int?
    @Option(name: .long, help: "Limite par processus, nom=souple[:stricte].") var ulimit: [String] = []
    @Option(name: .long, help: "Taille de /dev/shm.") var shmSize: String?
    @Option(name: .long, help: "Ajoute un pouvoir de root (capability).") var capAdd: [String] = []
    @Option(name: .long, help: "Retire un pouvoir de root (capability).") var capDrop: [String] = []
    @Flag(name: .long, help: "Tous les pouvoirs et tous les périphériques.") var privileged = false
    @Flag(name: .long, help: "Racine en lecture seule.") var readOnly = false
    @Option(name: .long, help: "no-new-privileges, seccomp=unconfined|FICHIER.") var securityOpt: [String] =
        []
    @Option(name: .long, help: "Ajoute un périphérique, HÔTE[:CONTENEUR[:rwm]].") var device: [String] = []
    @Option(name: .long, help: "Réglage du noyau, nom=valeur.") var sysctl: [String] = []
    @Option(name: .long, help: "Groupe de plus.") var groupAdd: [String] = []
    @Option(name: .long, help: "host ou container:NOM.") var pid: String?
    @Option(name: .long, help: "private, host, shareable ou container:NOM.") var ipc: String?
    @Option(name: .long, help: "host.") var uts: String?
    @Option(name: .long, help: "no, always, unless-stopped, on-failure[:N].") var restart: String?
    @Option(name: .long, help: "Signal qui l’arrête.") var stopSignal: String?
    @Option(name: .long, help: "Secondes entre ce signal et SIGKILL.") var stopTimeout: Int?
    @Flag(name: .customLong("init"), help: "Avec un petit init comme PID 1.") var useInit = false
    @Option(name: .long, help: "Préférence du noyau quand la mémoire manque, de -1000 à 1000.")
    var oomScoreAdj: Int?
    @Option(name: .long, help: "Écrit l’identifiant dans un fichier.") var cidfile: String?
    @Argument(parsing: .captureForPassthrough, help: "IMAGE [COMMANDE] [ARG…]") var words: [String] = []

    /// - Throws: 125 with Docker's words when the image is missing or a flag is unknown.
    /// - Parameter command: the one that was typed, for its help.
    func request(_ command: any ParsableCommand.Type, detach: Bool) throws -> RunRequest {
        var words = words
        if words.first == "--" { words.removeFirst() }
        guard let image = words.first else {
            throw usage(
                "\"escale \(command.configuration.commandName ?? "run")\" requires at least 1 argument.")
        }
        if image == "--help" { throw CleanExit.helpRequest(command) }
        if image.hasPrefix("-") { throw usage("unknown flag: \(image)") }
        var r = RunRequest()
        r.image = image
        r.command = Array(words.dropFirst())
        (r.interactive, r.tty, r.detach, r.name, r.remove) = (interactive, tty, detach, name, rm)
        r.environment = try EnvironmentFile.read(envFile) + env.compactMap(EnvironmentFile.resolve)
        (r.workingDirectory, r.user, r.hostname, r.entrypoint) = (workdir, user, hostname, entrypoint)
        (r.labels, r.publish, r.publishAll, r.expose) = (label, publish, publishAll, expose)
        (r.volumes, r.mounts, r.tmpfs) = (try volume.map(VolumeFlag.absolute), mount, tmpfs)
        (r.network, r.networkAliases, r.addHosts, r.dns) = (network, networkAlias, addHost, dns)
        (r.memory, r.memorySwap, r.memoryReservation) = (memory, memorySwap, memoryReservation)
        (r.cpus, r.cpuShares, r.cpusetCpus, r.pidsLimit) = (cpus, cpuShares, cpusetCpus, pidsLimit)
        (r.ulimits, r.shmSize, r.capAdd, r.capDrop) = (ulimit, shmSize, capAdd, capDrop)
        (r.privileged, r.readOnly, r.devices, r.sysctls) = (privileged, readOnly, device, sysctl)
        r.securityOptions = try securityOpt.map(SecurityFlag.resolve)
        (r.groupAdd, r.pidMode, r.ipcMode, r.utsMode) = (groupAdd, pid, ipc, uts)
        (r.restart, r.stopSignal, r.stopTimeout) = (restart, stopSignal, stopTimeout)
        (r.useInit, r.oomScoreAdj) = (useInit, oomScoreAdj)
        guard ["always", "missing", "never"].contains(pull) else {
            throw usage("invalid pull option: '\(pull)': must be one of \"always\", \"missing\" or \"never\"")
        }
        (r.pull, r.platform) = (pull, platform)
        if rm, let restart, restart != "no" {
            throw usage("conflicting options: cannot specify both --restart and --rm")
        }
        return r
    }

    private func usage(_ message: String) -> StatusError {
        StatusError(
            status: 125, error: EscaleError(.invalid, "docker: \(message)", repair: "escale run --help"))
    }
}
