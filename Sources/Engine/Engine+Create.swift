import Glibc
import Linux
import OCI
import Support

extension Engine {
    /// What `POST /containers/create` answers.
    package struct Created: Sendable {
        package let id: String
        package let warnings: [String]
    }

    /// Makes a container. Returns once it is on disk whole: a daemon that dies afterwards finds it.
    /// - Parameters:
    ///   - platform: which image of a name for several.
    ///   - body: Docker's `Config` with `HostConfig` and `NetworkingConfig`.
    ///   - given: in place of the image that `body` names.
    package func create(
        name: String?, platform: Platform? = nil, body: JSON, image given: EngineImage? = nil
    ) throws(EscaleError) -> Created {
        guard case .object(var request) = body else {
            throw EscaleError(.invalid, "config cannot be empty in order to create a container")
        }
        let hostJSON = request["HostConfig"] ?? .null
        let endpoints = request["NetworkingConfig"]?["EndpointsConfig"] ?? .null
        request["HostConfig"] = nil
        request["NetworkingConfig"] = nil
        let config = try RequestSchema.normalise(.object(request), RequestSchema.config, at: "Config")
        var hostConfig = try RequestSchema.normalise(hostJSON, RequestSchema.hostConfig, at: "HostConfig")
        Self.fillDefaults(&hostConfig)
        let imageName = config.text("Image")
        guard !imageName.isEmpty else {
            throw EscaleError(.invalid, "no image specified")
        }
        let wanted = try name.map { text throws(EscaleError) in try Names.check(text) }
        if let wanted { try checkFree(wanted) }
        let image = if let given { given } else { try images.find(imageName, platform) }
        var merged = ImageMerge.merge(config, image.config.config ?? .init())
        let id = newID()
        if merged.text("Hostname").isEmpty { merged["Hostname"] = .string(defaultHostname(id, hostConfig)) }
        // Host and joined networks have the other's name, which is not for the request to set.
        let options = try ContainerOptions(
            config: merged, host: hostConfig, endpoints: endpoints, cpus: host.cpus)
        try checkReferences(options)
        let name = wanted ?? Names.random { names[$0] != nil }
        let paths = ContainerPaths(kit: kit, id: id)
        var record = ContainerRecord(
            id: id, name: name, created: Timestamp.now.rfc3339, image: image.id, options: options,
            volumes: [:])
        do {
            try Files.makeDirectory(paths.upper)
            try Files.makeDirectory(paths.work, mode: 0o700)
            record.volumes = try prepareVolumes(options.mounts, container: id)
            try Files.replace(paths.record, record.json().bytes(), mode: 0o600)
        } catch {
            // A full disk must not leave half a container behind.
            try? Files.removeTree(paths.folder)
            throw error
        }
        let container = Container(record: record, state: ContainerState(), paths: paths)
        container.image = given
        containers[id] = container
        names[name] = id
        emit(container, "create")
        return Created(id: id, warnings: options.warnings)
    }

    /// What Docker's inspect shows for what a request left empty.
    private static func fillDefaults(_ host: inout JSONObject) {
        if host.text("NetworkMode").isEmpty { host["NetworkMode"] = "default" }
        if host.text("IpcMode").isEmpty { host["IpcMode"] = "private" }
        if host.text("CgroupnsMode").isEmpty { host["CgroupnsMode"] = "private" }
        if host.number("ShmSize") == 0 { host["ShmSize"] = 67_108_864 }
        host["Runtime"] = "escale-runtime"
        if (host["LogConfig"]?["Type"].string ?? "").isEmpty {
            host["LogConfig"] = [
                "Type": "json-file", "Config": host["LogConfig"]?["Config"].object.map { .object($0) } ?? [:]
            ]
        }
        if (host["RestartPolicy"]?["Name"].string ?? "").isEmpty {
            host["RestartPolicy"] = ["Name": "no", "MaximumRetryCount": 0]
        }
    }

    private func newID() -> String {
        while true {
            let id = Hex.random(32)
            // An id whose short form is all digits is taken for a number by some clients.
            if !id.prefix(12).allSatisfy(\.isNumber), containers[id] == nil { return id }
        }
    }

    private func defaultHostname(_ id: String, _ host: JSONObject) -> String {
        if case .host? = try? NetworkOptions.mode(host.text("NetworkMode")) { return self.host.name }
        if host.text("NetworkMode").hasPrefix("container:") { return "" }
        if host.text("UTSMode") == "host" { return self.host.name }
        return String(id.prefix(12))
    }

    func checkFree(_ name: String) throws(EscaleError) {
        guard let id = names[name] else { return }
        throw EscaleError(
            .conflict,
            "Conflict. The container name \"/\(name)\" is already in use by container \"\(id)\". You have to "
                + "remove (or rename) that container to be able to reuse that name.")
    }

    /// Containers whose namespaces are joined must be there; they must run when it starts.
    private func checkReferences(_ options: ContainerOptions) throws(EscaleError) {
        var others: [String] = []
        if case .container(let other) = options.network.mode { others.append(other) }
        for mode in [options.namespaces.pid, options.namespaces.ipc] {
            if case .container(let other) = mode { others.append(other) }
        }
        for other in others {
            // Not `.notFound`: clients take a 404 of create for a missing image, and pull it.
            do { _ = try find(other) } catch { throw EscaleError(.invalid, error.message) }
        }
        for mount in options.mounts where mount.kind == .bind && !mount.createSource {
            guard Files.exists(mount.source) else {
                throw EscaleError(
                    .invalid,
                    "invalid mount config for type \"bind\": bind source path does not exist: \(mount.source)"
                )
            }
        }
    }
}
