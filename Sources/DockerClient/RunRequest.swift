import Support

/// What `docker run` and `docker create` say on their command line, and the API request it becomes.
public struct RunRequest: Sendable {
    /// When to ask the image's registry: `always`, `missing`, `never`.
    public var pull = "missing"
    /// `linux/arm64`: another machine's image.
    public var platform: String?
    public var image = ""
    public var command: [String] = []
    public var interactive = false
    public var tty = false
    public var detach = false
    public var name: String?
    public var remove = false
    public var environment: [String] = []
    public var workingDirectory: String?
    public var user: String?
    public var hostname: String?
    public var entrypoint: String?
    public var labels: [String] = []
    public var publish: [String] = []
    public var publishAll = false
    public var expose: [String] = []
    public var volumes: [String] = []
    public var mounts: [String] = []
    public var tmpfs: [String] = []
    public var network: String?
    public var networkAliases: [String] = []
    public var addHosts: [String] = []
    public var dns: [String] = []
    public var memory: String?
    public var memorySwap: String?
    public var memoryReservation: String?
    public var cpus: String?
    public var cpuShares: Int?
    public var cpusetCpus: String?
    public var pidsLimit: Int?
    public var ulimits: [String] = []
    public var shmSize: String?
    public var capAdd: [String] = []
    public var capDrop: [String] = []
    public var privileged = false
    public var readOnly = false
    public var securityOptions: [String] = []
    public var devices: [String] = []
    public var sysctls: [String] = []
    public var groupAdd: [String] = []
    public var pidMode: String?
    public var ipcMode: String?
    public var utsMode: String?
    public var restart: String?
    public var stopSignal: String?
    public var stopTimeout: Int?
    public var useInit = false
    public var oomScoreAdj: Int?

    public init() {}

    /// The body of `POST /containers/create`. Errors name the flag and the value.
    public func body() throws(EscaleError) -> JSON {
        var config = JSONObject([
            ("Image", .string(image)), ("AttachStdin", .bool(interactive && !detach)),
            ("AttachStdout", .bool(!detach)), ("AttachStderr", .bool(!detach)), ("Tty", .bool(tty)),
            ("OpenStdin", .bool(interactive)), ("StdinOnce", .bool(interactive && !detach))
        ])
        if !command.isEmpty { config["Cmd"] = JSON(command) }
        if let entrypoint { config["Entrypoint"] = entrypoint.isEmpty ? [""] : [.string(entrypoint)] }
        if !environment.isEmpty { config["Env"] = JSON(environment) }
        config["WorkingDir"] = workingDirectory.map { .string($0) }
        config["User"] = user.map { .string($0) }
        config["Hostname"] = hostname.map { .string($0) }
        if !labels.isEmpty { config["Labels"] = .object(Self.pairs(labels)) }
        config["StopSignal"] = stopSignal.map { .string($0) }
        config["StopTimeout"] = stopTimeout.map { JSON($0) }
        let ports = try publish.map { spec throws(EscaleError) in try PublishSpec.parse(spec) }
        var exposed = JSONObject()
        for port in ports { exposed[port.key] = [:] }
        for port in expose { exposed[port.contains("/") ? port : port + "/tcp"] = [:] }
        if !exposed.members.isEmpty { config["ExposedPorts"] = .object(exposed) }
        config["HostConfig"] = .object(try hostConfig(ports))
        if !networkAliases.isEmpty {
            config["NetworkingConfig"] = [
                "EndpointsConfig": .object(
                    JSONObject([(network ?? "default", ["Aliases": JSON(networkAliases)])]))
            ]
        }
        return .object(config)
    }

    private func hostConfig(_ ports: [PublishSpec]) throws(EscaleError) -> JSONObject {
        var host = JSONObject([("AutoRemove", .bool(remove))])
        var bindings = JSONObject()
        for port in ports {
            let one: JSON = ["HostIp": .string(port.hostIP), "HostPort": .string(port.hostPort)]
            bindings[port.key] = .array((bindings[port.key]?.array ?? []) + [one])
        }
        if !bindings.members.isEmpty { host["PortBindings"] = .object(bindings) }
        if publishAll { host["PublishAllPorts"] = true }
        let lists: [(String, [String])] = [
            ("Binds", volumes), ("ExtraHosts", addHosts), ("Dns", dns), ("CapAdd", capAdd),
            ("CapDrop", capDrop),
            ("SecurityOpt", securityOptions), ("GroupAdd", groupAdd)
        ]
        for (key, list) in lists where !list.isEmpty { host[key] = JSON(list) }
        let texts = [
            ("NetworkMode", network), ("PidMode", pidMode), ("IpcMode", ipcMode), ("UTSMode", utsMode),
            ("CpusetCpus", cpusetCpus)
        ]
        for (key, text) in texts { host[key] = text.map { .string($0) } }
        let sizes = [
            ("Memory", memory), ("MemorySwap", memorySwap), ("MemoryReservation", memoryReservation),
            ("ShmSize", shmSize)
        ]
        for (key, text) in sizes {
            guard let text else { continue }
            host[key] = text == "-1" ? -1 : .int(try Units.bytes(text))
        }
        if let cpus {
            guard let n = Double(cpus), n > 0 else {
                throw EscaleError(.invalid, "invalid argument \"\(cpus)\" for \"--cpus\" flag")
            }
            host["NanoCpus"] = .int(Int64(n * 1e9))
        }
        host["CpuShares"] = cpuShares.map { JSON($0) }
        host["PidsLimit"] = pidsLimit.map { JSON($0) }
        host["OomScoreAdj"] = oomScoreAdj.map { JSON($0) }
        if privileged { host["Privileged"] = true }
        if readOnly { host["ReadonlyRootfs"] = true }
        if useInit { host["Init"] = true }
        if !tmpfs.isEmpty {
            host["Tmpfs"] = .object(
                JSONObject(tmpfs.map { Self.split($0, ":") }.map { ($0.0, .string($0.1)) }))
        }
        if !sysctls.isEmpty { host["Sysctls"] = .object(Self.pairs(sysctls)) }
        if !mounts.isEmpty {
            host["Mounts"] = .array(try mounts.map { text throws(EscaleError) in try Self.mount(text) })
        }
        if !devices.isEmpty {
            host["Devices"] = .array(
                devices.map { text in
                    let parts = text.split(separator: ":").map(String.init)
                    return [
                        "PathOnHost": .string(parts[0]),
                        "PathInContainer": .string(parts.count > 1 ? parts[1] : parts[0]),
                        "CgroupPermissions": .string(parts.count > 2 ? parts[2] : "rwm")
                    ]
                })
        }
        if !ulimits.isEmpty {
            host["Ulimits"] = .array(try ulimits.map { text throws(EscaleError) in try Self.ulimit(text) })
        }
        if let restart {
            let (name, count) = Self.split(restart, ":")
            guard ["no", "always", "on-failure", "unless-stopped"].contains(name),
                count.isEmpty || Int(count) != nil
            else { throw EscaleError(.invalid, "invalid restart policy: '\(restart)'") }
            host["RestartPolicy"] = ["Name": .string(name), "MaximumRetryCount": JSON(Int(count) ?? 0)]
        }
        return host
    }

    static func split(_ text: String, _ at: Character) -> (String, String) {
        guard let i = text.firstIndex(of: at) else { return (text, "") }
        return (String(text[..<i]), String(text[text.index(after: i)...]))
    }

    private static func pairs(_ list: [String]) -> JSONObject {
        JSONObject(list.map { split($0, "=") }.map { ($0.0, .string($0.1)) })
    }

    public static func ulimit(_ text: String) throws(EscaleError) -> JSON {
        let (name, values) = split(text, "=")
        let (softText, hardText) = split(values, ":")
        guard let soft = Int(softText), let hard = Int(hardText.isEmpty ? softText : hardText) else {
            throw EscaleError(
                .invalid, "invalid argument \"\(text)\" for \"--ulimit\" flag: expected name=soft[:hard]")
        }
        return ["Name": .string(name), "Soft": JSON(soft), "Hard": JSON(hard)]
    }

    /// `type=bind,source=/a,target=/b,readonly` (also `src`, `dst`, `destination`).
    private static func mount(_ text: String) throws(EscaleError) -> JSON {
        var result = JSONObject([("Type", "volume")])
        for field in text.split(separator: ",") {
            let (key, value) = split(String(field), "=")
            switch key {
            case "type": result["Type"] = .string(value)
            case "source", "src": result["Source"] = .string(value)
            case "target", "dst", "destination": result["Target"] = .string(value)
            case "readonly", "ro":
                result["ReadOnly"] = .bool(value.isEmpty || value == "true" || value == "1")
            case "tmpfs-size": result["TmpfsOptions"] = ["SizeBytes": .int(try Units.bytes(value))]
            default:
                throw EscaleError(
                    .invalid, "invalid argument \"\(text)\" for \"--mount\" flag: unexpected key '\(key)'")
            }
        }
        guard result["Target"] != nil else {
            throw EscaleError(
                .invalid, "invalid argument \"\(text)\" for \"--mount\" flag: target is required")
        }
        return .object(result)
    }
}

/// One `-p [IP:][HOST:]CONTAINER[/PROTO]`.
public struct PublishSpec: Equatable, Sendable {
    public var hostIP: String
    public var hostPort: String
    public var containerPort: Int
    public var proto: String
    public var key: String { "\(containerPort)/\(proto)" }

    public static func parse(_ text: String) throws(EscaleError) -> PublishSpec {
        func bad(_ why: String) -> EscaleError {
            EscaleError(.invalid, "invalid publish specification \"\(text)\": \(why)", repair: "-p 8080:80")
        }
        let (address, protoText) = RunRequest.split(text, "/")
        let proto = protoText.isEmpty ? "tcp" : protoText
        guard proto == "tcp" || proto == "udp" else { throw bad("unknown protocol \(proto)") }
        var parts = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.popLast(), let port = Int(last), (1...65535).contains(port) else {
            throw bad("container port must be 1 to 65535")
        }
        let hostPort = parts.popLast() ?? ""
        if !hostPort.isEmpty {
            guard let n = Int(hostPort), (0...65535).contains(n) else {
                throw bad("host port must be 0 to 65535")
            }
        }
        let ip = parts.popLast() ?? ""
        guard parts.isEmpty else { throw bad("too many ':'") }
        return PublishSpec(hostIP: ip, hostPort: hostPort, containerPort: port, proto: proto)
    }
}
