import Glibc
import Linux
import Network
import OCI
import ShimProtocol
import Support

extension Engine {
    /// Writes bundle and shim.json of a start.
    func prepare(_ c: Container, image: EngineImage, attachment: Attachment?) throws(EscaleError) {
        let o = c.options
        let paths = c.paths
        if Files.exists(paths.run) { try Files.removeTree(paths.run) }
        try Files.makeDirectory("\(paths.run)/rootfs", mode: 0o700)
        let layers = [paths.upper] + image.layers
        let passwd = RootFiles.text(layers, "etc/passwd")
        let group = RootFiles.text(layers, "etc/group")
        let user = try ResolvedUser.resolve(o.user, more: o.groups, passwd: passwd, group: group)
        let devices = try o.security.privileged ? HostDevices.all() : HostDevices.resolve(o.security.devices)
        let input = SpecInput(
            id: c.id, cgroup: cgroupPath(c.id), user: user,
            mountSources: try mountSources(c), etc: try writeEtc(c, attachment), hostname: hostname(c),
            joins: try joins(c), devices: devices.map(\.node), deviceAccess: devices.map(\.access))
        var spec = SpecBuilder.build(o, input)
        spec.mounts = (spec.mounts ?? []) + c.moreMounts
        spec.process?.env?.append(contentsOf: c.moreEnvironment)
        try Files.replace(
            paths.spec, try SpecBuilder.document(spec, seccomp: try seccomp(o)).bytes(), mode: 0o600)
        let config = ShimConfig(
            id: c.id, bundle: paths.bundle, lower: image.layers, upper: paths.upper, work: paths.work,
            runtimeRoot: runtimeRoot, terminal: o.tty, openStdin: o.openStdin, stdinOnce: o.stdinOnce,
            logPath: paths.log, socket: paths.socket, exitFile: paths.exit, network: attachment,
            explainPath: JSON.object(o.config)["Labels"][Self.explainLabel].isNull ? nil : paths.explain)
        try Files.replace(paths.shim, try JSON.encode(config).bytes(), mode: 0o600)
    }

    /// Containers with this label keep the kernel steps of their last start in `explain.jsonl`.
    static let explainLabel = "fr.escale.explain"

    private func seccomp(_ o: ContainerOptions) throws(EscaleError) -> JSON? {
        guard let profile = o.security.seccomp else { return nil }
        guard o.security.seccompIsDefault else { return try JSON.encode(profile) }
        if let known = seccompDocuments[o.security.capabilities] { return known }
        let document = try JSON.encode(profile)
        seccompDocuments[o.security.capabilities] = document
        return document
    }

    func hostname(_ c: Container) -> String {
        let own = c.options.hostname
        if !own.isEmpty { return own }
        if case .container(let other) = c.options.network.mode, let target = try? find(other) {
            return hostname(target)
        }
        return c.record.shortID
    }

    private func joins(_ c: Container) throws(EscaleError) -> [RuntimeSpec.Namespace.Kind: String] {
        var joins: [RuntimeSpec.Namespace.Kind: String] = [:]
        func target(_ reference: String) throws(EscaleError) -> Int {
            let other = try find(reference)
            guard other.id != c.id else {
                throw EscaleError(.invalid, "cannot join own network")
            }
            guard other.state.isRunning else {
                throw EscaleError(
                    .conflict,
                    "cannot join namespace of a non running container: container \(other.record.shortID) is \(other.state.status.rawValue)"
                )
            }
            return other.state.pid
        }
        if case .container(let other) = c.options.network.mode {
            joins[.network] = "/proc/\(try target(other))/ns/net"
        }
        if case .container(let other) = c.options.namespaces.pid {
            joins[.pid] = "/proc/\(try target(other))/ns/pid"
        }
        if case .container(let other) = c.options.namespaces.ipc {
            joins[.ipc] = "/proc/\(try target(other))/ns/ipc"
        }
        return joins
    }

    /// Host paths behind the mounts, in their order. Missing sources of `-v` are made, as Docker does.
    private func mountSources(_ c: Container) throws(EscaleError) -> [String] {
        try c.options.mounts.map { mount throws(EscaleError) in
            switch mount.kind {
            case .tmpfs: return ""
            case .volume:
                let path = volumePath(c.record.volumes[mount.destination] ?? mount.source)
                try Files.makeDirectory(path)
                return path
            case .bind:
                if mount.createSource, !Files.exists(mount.source) { try Files.makeDirectory(mount.source) }
                guard Files.exists(mount.source) else {
                    throw EscaleError(
                        .invalid,
                        "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)"
                    )
                }
                return mount.source
            }
        }
    }

    /// The container's own /etc/hosts, /etc/hostname and /etc/resolv.conf.
    private func writeEtc(_ c: Container, _ attachment: Attachment?) throws(EscaleError) -> [(
        name: String, source: String
    )] {
        let o = c.options
        let paths = c.paths
        if case .container(let other) = o.network.mode, let target = try? find(other) {
            return ["hosts", "hostname", "resolv.conf"].map { ($0, "\(target.paths.folder)/\($0)") }
                .filter { Files.exists($0.1) }
        }
        let name = hostname(c)
        let isHost = o.network.mode == .host
        let hosts = EtcFiles.hosts(
            name: name, domain: o.domainname, address: attachment?.address, extra: o.network.extraHosts,
            gateway: attachment?.gateway, base: isHost ? (try? Files.text("/etc/hosts")) : nil)
        let resolv = EtcFiles.resolv(
            host: (try? Files.text("/etc/resolv.conf")) ?? "", nameServer: attachment?.gateway,
            dns: o.network.dns, search: o.network.dnsSearch, options: o.network.dnsOptions)
        let files = [
            ("hosts", paths.hosts, hosts), ("hostname", paths.hostname, name + "\n"),
            ("resolv.conf", paths.resolv, resolv)
        ]
        for (_, path, text) in files { try Files.replace(path, text.utf8) }
        return files.map { ($0.0, $0.1) }
    }
}
