import Linux
import OCI
import Support

/// What the spec of one start depends on besides the container's options: all looked up before, so that
/// building it is a pure function.
package struct SpecInput: Sendable {
    package var id: String
    package var cgroup: String
    package var user: ResolvedUser
    /// Host paths of the mounts of `ContainerOptions.mounts`, in the same order.
    package var mountSources: [String]
    /// Host files for /etc/hosts, /etc/hostname and /etc/resolv.conf; nil leaves the image's.
    package var etc: [(name: String, source: String)]
    package var hostname: String
    /// Namespaces of others to join.
    package var joins: [RuntimeSpec.Namespace.Kind: String]
    package var devices: [RuntimeSpec.Device]
    package var deviceAccess: [String]

    package init(
        id: String, cgroup: String, user: ResolvedUser, mountSources: [String] = [],
        etc: [(name: String, source: String)] = [], hostname: String,
        joins: [RuntimeSpec.Namespace.Kind: String] = [:], devices: [RuntimeSpec.Device] = [],
        deviceAccess: [String] = []
    ) {
        self.id = id
        self.cgroup = cgroup
        self.user = user
        self.mountSources = mountSources
        self.etc = etc
        self.hostname = hostname
        self.joins = joins
        self.devices = devices
        self.deviceAccess = deviceAccess
    }
}

/// Docker's options -> the OCI runtime specification.
package enum SpecBuilder {
    /// The whole spec, without seccomp (see `SpecBuilder.document`).
    package static func build(_ o: ContainerOptions, _ input: SpecInput) -> RuntimeSpec {
        var linux = RuntimeSpec.Linux()
        linux.resources = resources(o, input)
        linux.cgroupsPath = input.cgroup
        linux.namespaces = namespaces(o, input)
        linux.devices = input.devices.isEmpty ? nil : input.devices
        linux.maskedPaths = o.security.maskedPaths
        linux.readonlyPaths = o.security.readonlyPaths
        linux.sysctl = sysctls(o)
        linux.rootfsPropagation = o.mounts.contains { $0.propagation.hasSuffix("shared") } ? "shared" : nil
        let ownUTS = o.namespaces.uts != .host
        return RuntimeSpec(
            process: process(o, input), root: .init(path: "rootfs", readonly: o.readOnlyRoot ? true : nil),
            hostname: ownUTS ? input.hostname : nil,
            domainname: ownUTS && !o.domainname.isEmpty ? o.domainname : nil,
            mounts: mounts(o, input), linux: linux)
    }

    /// `config.json`: the spec with seccomp put in from a document that is made once.
    package static func document(_ spec: RuntimeSpec, seccomp: JSON?) throws(EscaleError) -> JSON {
        guard case .object(var o) = try JSON.encode(spec) else { return .null }
        if let seccomp, var linux = o["linux"]?.object {
            linux["seccomp"] = seccomp
            o["linux"] = .object(linux)
        }
        return .object(o)
    }

    static func process(_ o: ContainerOptions, _ input: SpecInput) -> RuntimeSpec.Process {
        RuntimeSpec.Process(
            terminal: o.tty ? true : nil,
            consoleSize: o.tty ? o.consoleSize.map { .init(height: $0.0, width: $0.1) } : nil,
            user: input.user.oci, args: o.args,
            env: environment(o.env, hostname: input.hostname, tty: o.tty, home: input.user.home),
            cwd: o.workingDir, capabilities: capabilities(o.security.capabilities, uid: input.user.uid),
            rlimits: o.rlimits.isEmpty ? nil : o.rlimits,
            noNewPrivileges: o.security.noNewPrivileges ? true : nil,
            oomScoreAdj: o.oomScoreAdj == 0 ? nil : o.oomScoreAdj)
    }

    /// Root has them all; others only as a bound (what a set-user-id program may get).
    static func capabilities(_ names: [String], uid: UInt32) -> RuntimeSpec.Capabilities {
        uid == 0 ? .docker(names) : RuntimeSpec.Capabilities(bounding: names)
    }

    /// PATH, HOSTNAME, TERM and HOME as Docker sets them, then the container's own. A name without `=`
    /// unsets the variable.
    package static func environment(_ own: [String], hostname: String, tty: Bool, home: String) -> [String] {
        func name(_ entry: String) -> Substring { entry.prefix { $0 != "=" } }
        var result = [Defaults.path, "HOSTNAME=\(hostname)"]
        if tty { result.append("TERM=xterm") }
        for entry in own {
            let key = name(entry)
            guard entry.contains("=") else {
                result.removeAll { name($0) == key }
                continue
            }
            if let i = result.firstIndex(where: { name($0) == key }) {
                result[i] = entry
            } else {
                result.append(entry)
            }
        }
        if !result.contains(where: { name($0) == "HOME" }) { result.append("HOME=\(home)") }
        return result
    }

    private static func resources(_ o: ContainerOptions, _ input: SpecInput) -> RuntimeSpec.Resources {
        var resources = o.limits.oci
        if o.security.privileged {
            resources.devices = [.init(allow: true, access: "rwm")]
        } else {
            resources.devices =
                Defaults.deviceRules
                + zip(input.devices, input.deviceAccess).map {
                    .init(allow: true, type: $0.type, major: $0.major, minor: $0.minor, access: $1)
                }
        }
        return resources
    }

    private static func namespaces(_ o: ContainerOptions, _ input: SpecInput) -> [RuntimeSpec.Namespace] {
        Defaults.namespaces.compactMap { namespace in
            if let path = input.joins[namespace.type] { return .init(namespace.type, path: path) }
            let shared =
                switch namespace.type {
                case .network: o.network.mode == .host
                case .pid: o.namespaces.pid == .host
                case .ipc: o.namespaces.ipc == .host
                case .uts: o.namespaces.uts == .host
                case .cgroup: o.namespaces.cgroup == .host || o.security.privileged
                default: false
                }
            return shared ? nil : namespace
        }
    }

    private static func sysctls(_ o: ContainerOptions) -> [String: String]? {
        var values: [String: String] = [:]
        // As Docker since 20.10: nothing in a namespace of its own needs to guard low ports.
        switch o.network.mode {
        case .bridge, .none: values["net.ipv4.ip_unprivileged_port_start"] = "0"
        default: break
        }
        for (name, value) in o.sysctls { values[name] = value }
        return values.isEmpty ? nil : values
    }
}
