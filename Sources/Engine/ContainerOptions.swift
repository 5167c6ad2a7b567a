import Linux
import OCI
import Support

/// Everything that a create request asks for, checked. Derived again from the same documents whenever a
/// container is loaded, so that only Docker's own documents are kept on disk.
package struct ContainerOptions: Sendable {
    /// Merged with the image's, as `inspect` shows it under `Config`.
    package var config: JSONObject
    package var host: JSONObject
    /// `NetworkingConfig.EndpointsConfig`.
    package var endpoints: JSON

    package var args: [String]
    package var env: [String]
    package var user: String
    package var workingDir: String
    package var hostname: String
    package var domainname: String
    package var tty: Bool
    package var openStdin: Bool
    package var stdinOnce: Bool
    package var stopSignal: Int
    /// Seconds before SIGKILL; -1 waits for ever.
    package var stopTimeout: Int

    package var limits: ResourceLimits
    package var rlimits: [RuntimeSpec.Rlimit]
    package var security: SecurityOptions
    package var mounts: [MountPoint]
    package var network: NetworkOptions
    package var restart: RestartPolicy
    package var namespaces: NamespaceOptions
    package var health: HealthOptions?
    package var sysctls: [(String, String)]
    package var groups: [String]
    package var autoRemove: Bool
    package var readOnlyRoot: Bool
    package var shmSize: Int
    package var oomScoreAdj: Int
    /// Height and width of the terminal, where the client knows them.
    package var consoleSize: (Int, Int)?
    /// What is accepted but has no effect, in words for the client.
    package var warnings: [String] = []

    /// - Parameters:
    ///   - config, host: normalised; `config` merged with the image.
    ///   - cpus: how many CPUs the host has.
    package init(config: JSONObject, host: JSONObject, endpoints: JSON, cpus: Int) throws(EscaleError) {
        self.config = config
        self.host = host
        self.endpoints = endpoints
        args = config.list("Entrypoint") + config.list("Cmd")
        env = config.list("Env")
        user = config.text("User")
        workingDir = try Self.workingDirectory(config.text("WorkingDir"))
        hostname = config.text("Hostname")
        domainname = config.text("Domainname")
        tty = config.flag("Tty")
        openStdin = config.flag("OpenStdin")
        stdinOnce = config.flag("StdinOnce")
        let signal = config.text("StopSignal")
        stopSignal = try signal.isEmpty ? 15 : Signals.parse(signal)
        stopTimeout = config["StopTimeout"]?.int ?? 10
        limits = try ResourceLimits(host, cpus: cpus)
        rlimits = try Ulimits.parse(host.items("Ulimits"))
        security = try SecurityOptions(host)
        mounts = try MountPoint.parse(host, volumes: config.keys("Volumes"))
        network = try NetworkOptions(config, host, endpoints: endpoints)
        restart = try RestartPolicy(host["RestartPolicy"] ?? .null)
        namespaces = try NamespaceOptions(host)
        health = try HealthOptions(config["Healthcheck"] ?? .null)
        sysctls = host.map("Sysctls")
        groups = host.list("GroupAdd")
        autoRemove = host.flag("AutoRemove")
        readOnlyRoot = host.flag("ReadonlyRootfs")
        shmSize = host.number("ShmSize") > 0 ? host.number("ShmSize") : 64 << 20
        oomScoreAdj = host.number("OomScoreAdj")
        let size = host.items("ConsoleSize").compactMap(\.int)
        consoleSize = size.count == 2 && size[0] > 0 && size[1] > 0 ? (size[0], size[1]) : nil
        try checkTogether()
    }

    private static func workingDirectory(_ text: String) throws(EscaleError) -> String {
        if text.isEmpty { return "/" }
        guard text.hasPrefix("/") else {
            throw EscaleError(
                .invalid, "the working directory '\(text)' is invalid, it needs to be an absolute path")
        }
        return Path.clean(text)
    }

    private mutating func checkTogether() throws(EscaleError) {
        guard !args.isEmpty, !(args.count == 1 && args[0].isEmpty) else {
            throw EscaleError(.invalid, "no command specified")
        }
        for entry in env where entry.isEmpty || entry.hasPrefix("=") {
            throw EscaleError(.invalid, "invalid environment variable: \(entry)")
        }
        if env.contains(where: { $0.utf8.contains(0) }) || args.contains(where: { $0.utf8.contains(0) }) {
            throw EscaleError(.invalid, "a command or environment variable contains a NUL byte")
        }
        if !Hostname.isValid(hostname) {
            throw EscaleError(.invalid, "invalid hostname format: \(hostname)")
        }
        if stopTimeout < -1 { throw EscaleError(.invalid, "invalid stop timeout: \(stopTimeout)") }
        if autoRemove, restart.name != .no {
            throw EscaleError(.invalid, "can't create 'AutoRemove' container with restart policy")
        }
        if !(-1000...1000).contains(oomScoreAdj) {
            throw EscaleError(
                .invalid, "Invalid value \(oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
        if host.number("ShmSize") < 0 { throw EscaleError(.invalid, "SHM size can not be less than 0") }
        try checkSysctls()
        try checkLog()
        if host["Init"]?.bool == true {
            warnings.append("Init is not supported by this engine: the command runs as PID 1 itself")
        }
        if network.mode == .host, !network.ports.isEmpty {
            warnings.append("Published ports are discarded when using host network mode")
        }
        if network.mode == .none, !network.ports.isEmpty {
            warnings.append("Published ports are discarded when there is no network")
        }
    }

    private func checkSysctls() throws(EscaleError) {
        for (name, _) in sysctls {
            let own = name.hasPrefix("net.") && network.mode != .host
            let ipc =
                namespaces.ipc != .host
                && (["kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem"].contains(name)
                    || name.hasPrefix("kernel.shm") || name.hasPrefix("fs.mqueue."))
            guard own || ipc else {
                throw EscaleError(.invalid, "sysctl \"\(name)\" is not in a separate kernel namespace")
            }
        }
    }

    private mutating func checkLog() throws(EscaleError) {
        let log = host["LogConfig"] ?? .null
        let type = log["Type"].string ?? ""
        guard type.isEmpty || type == "json-file" else {
            throw EscaleError(
                .invalid,
                "logger: no log driver named '\(type)' is registered: this engine has json-file only")
        }
        for (key, _) in log["Config"].object?.members.map({ ($0.key, $0.value) }) ?? [] {
            switch key {
            case "max-size", "max-file", "compress":
                warnings.append("log option \(key) is not supported by this engine: the log is kept whole")
            case "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size": break
            default: throw EscaleError(.invalid, "unknown log opt '\(key)' for json-file log driver")
            }
        }
    }
}

/// hostname(7): labels of letters, digits and hyphens.
enum Hostname {
    static func isValid(_ name: String) -> Bool {
        if name.isEmpty { return true }
        guard name.utf8.count <= 63 + 190 else { return false }
        return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.count <= 63
                && label.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                        || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                }
        }
    }
}
