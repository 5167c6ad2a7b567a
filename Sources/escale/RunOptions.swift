import ArgumentParser
import DockerClient
import Support

/// The flags that `run` and `create` share.
struct RunOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Keep stdin open.") var interactive = false
    @Flag(name: .shortAndLong, help: "Allocate a terminal.") var tty = false
    @Flag(name: .long, help: "Remove the container when it ends.") var rm = false
    @Option(name: .long, help: "Name of the container.") var name: String?
    @Option(
        name: [.customShort("e", allowingJoined: true), .long],
        help: "Set a variable: NAME=value, or NAME from here.")
    var env: [String] = []
    @Option(name: .long, help: "Read variables from a file.") var envFile: [String] = []
    @Option(name: [.customShort("w", allowingJoined: true), .long], help: "Working directory.") var workdir:
        String?
    @Option(name: [.customShort("u", allowingJoined: true), .long], help: "User: name or uid[:gid].")
    var user: String?
    @Option(name: [.customShort("h"), .long], help: "Host name.") var hostname: String?
    @Option(name: .long, help: "Replace the image's entry point.") var entrypoint: String?
    @Option(name: [.customShort("l", allowingJoined: true), .long], help: "Label: key=value.") var label:
        [String] = []
    @Option(
        name: [.customShort("p", allowingJoined: true), .long],
        help: "Publish a port: [IP:][HOST:]CONTAINER[/PROTO].")
    var publish: [String] = []
    @Flag(name: [.customShort("P"), .long], help: "Publish all exposed ports.") var publishAll = false
    @Option(name: .long, help: "Expose a port.") var expose: [String] = []
    @Option(
        name: [.customShort("v", allowingJoined: true), .long],
        help: "Bind a folder or volume: SOURCE:TARGET[:ro].")
    var volume: [String] = []
    @Option(name: .long, help: "type=bind|volume|tmpfs,source=…,target=…") var mount: [String] = []
    @Option(name: .long, help: "Mount a tmpfs: PATH[:OPTIONS].") var tmpfs: [String] = []
    @Option(name: [.long, .customLong("net")], help: "bridge, none, host or container:NAME.") var network:
        String?
    @Option(
        name: [.customLong("network-alias"), .customLong("net-alias")], help: "Another name on the network.")
    var networkAlias: [String] = []
    @Option(name: .long, help: "Add a line to /etc/hosts: NAME:IP.") var addHost: [String] = []
    @Option(name: .long, help: "DNS server.") var dns: [String] = []
    @Option(name: [.customShort("m", allowingJoined: true), .long], help: "Memory limit: 64m, 1g.")
    var memory: String?
    @Option(name: .long, help: "Memory and swap limit; -1 for no limit.") var memorySwap: String?
    @Option(name: .long, help: "Soft memory limit.") var memoryReservation: String?
    @Option(name: .long, help: "CPUs: 0.5, 2.") var cpus: String?
    @Option(name: [.customShort("c", allowingJoined: true), .long], help: "CPU weight (1024 by default).")
    var cpuShares: Int?
    @Option(name: .long, help: "CPUs to run on: 0-1.") var cpusetCpus: String?
    @Option(name: .long, help: "Largest number of processes; -1 for no limit.") var pidsLimit: Int?
    @Option(name: .long, help: "Resource limit: name=soft[:hard].") var ulimit: [String] = []
    @Option(name: .long, help: "Size of /dev/shm.") var shmSize: String?
    @Option(name: .long, help: "Add a capability.") var capAdd: [String] = []
    @Option(name: .long, help: "Drop a capability.") var capDrop: [String] = []
    @Flag(name: .long, help: "All capabilities and devices.") var privileged = false
    @Flag(name: .long, help: "Read-only root file system.") var readOnly = false
    @Option(name: .long, help: "no-new-privileges, seccomp=unconfined|FILE.") var securityOpt: [String] = []
    @Option(name: .long, help: "Add a device: HOST[:CONTAINER[:rwm]].") var device: [String] = []
    @Option(name: .long, help: "Kernel setting: name=value.") var sysctl: [String] = []
    @Option(name: .long, help: "Another group.") var groupAdd: [String] = []
    @Option(name: .long, help: "host or container:NAME.") var pid: String?
    @Option(name: .long, help: "private, host, shareable or container:NAME.") var ipc: String?
    @Option(name: .long, help: "host.") var uts: String?
    @Option(name: .long, help: "no, always, unless-stopped, on-failure[:N].") var restart: String?
    @Option(name: .long, help: "Signal that stops it.") var stopSignal: String?
    @Option(name: .long, help: "Seconds from that signal to SIGKILL.") var stopTimeout: Int?
    @Flag(name: .customLong("init"), help: "Run a small init as PID 1.") var useInit = false
    @Option(name: .long, help: "Preference of the OOM killer, -1000 to 1000.") var oomScoreAdj: Int?
    @Option(name: .long, help: "Write the id to a file.") var cidfile: String?
    @Option(name: .long, help: "os/arch of the image.") var platform: String?
    @Option(name: .long, help: "always, missing or never.") var pull: String?
    @Argument(parsing: .captureForPassthrough, help: "IMAGE [COMMAND] [ARG…]") var words: [String] = []

    /// - Throws: 125 with Docker's words when the image is missing or a flag is unknown.
    func request(detach: Bool) throws -> RunRequest {
        var words = words
        if words.first == "--" { words.removeFirst() }
        guard let image = words.first else {
            throw usage("\"escale run\" requires at least 1 argument.")
        }
        if image == "--help" { throw CleanExit.helpRequest(RunCommand.self) }
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
