import Linux
import Support

/// What `create` fixed: `container.json`. Docker's own documents and little more, so that a newer
/// engine reads them too.
package struct ContainerRecord: Sendable {
    package var id: String
    package var name: String
    /// RFC 3339.
    package var created: String
    /// `sha256:…`
    package var image: String
    package var options: ContainerOptions
    /// Names of the volumes behind the mounts of kind volume, by destination.
    package var volumes: [String: String]

    package var shortID: String { String(id.prefix(12)) }

    package func json() -> JSON {
        [
            "Version": 1, "Id": .string(id), "Name": .string(name), "Created": .string(created),
            "Image": .string(image), "Config": .object(options.config), "HostConfig": .object(options.host),
            "Endpoints": options.endpoints,
            "Volumes": .object(
                JSONObject(volumes.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        ]
    }

    package init(
        id: String, name: String, created: String, image: String, options: ContainerOptions,
        volumes: [String: String]
    ) {
        self.id = id
        self.name = name
        self.created = created
        self.image = image
        self.options = options
        self.volumes = volumes
    }

    /// Reads what `json()` wrote. Throws `.corrupt` for anything else.
    package init(_ json: JSON, cpus: Int) throws(EscaleError) {
        func text(_ key: String) throws(EscaleError) -> String {
            guard let s = json[key].string else {
                throw EscaleError(.corrupt, "container.json: no \(key)")
            }
            return s
        }
        guard json["Version"].int == 1 else {
            throw EscaleError(.corrupt, "container.json: unknown version")
        }
        id = try text("Id")
        name = try text("Name")
        created = try text("Created")
        image = try text("Image")
        do {
            options = try ContainerOptions(
                config: try RequestSchema.normalise(json["Config"], RequestSchema.config, at: "Config"),
                host: try RequestSchema.normalise(
                    json["HostConfig"], RequestSchema.hostConfig, at: "HostConfig"),
                endpoints: json["Endpoints"], cpus: cpus)
        } catch {
            throw EscaleError(.corrupt, "container.json: \(error.message)")
        }
        volumes = Dictionary(
            (json["Volumes"].object?.members ?? []).compactMap { m in m.value.string.map { (m.key, $0) } },
            uniquingKeysWith: { a, _ in a })
    }
}

/// Files of one container.
package struct ContainerPaths: Sendable {
    /// Kept until `rm`.
    package let folder: String
    /// Of this run: bundle, exit.json, execs.
    package let run: String
    /// Short, because a socket's path has 107 bytes at most.
    package let socket: String
    let kit: Kit
    let id: String

    package init(kit: Kit, id: String) {
        self.kit = kit
        self.id = id
        folder = "\(kit.containers)/\(id)"
        run = "\(kit.run)/containers/\(id)"
        socket = Self.socket(kit, id)
    }

    package var record: String { "\(folder)/container.json" }
    package var state: String { "\(folder)/state.json" }
    package var upper: String { "\(folder)/upper" }
    package var work: String { "\(folder)/work" }
    package var log: String { "\(folder)/\(id)-json.log" }
    package var hosts: String { "\(folder)/hosts" }
    package var hostname: String { "\(folder)/hostname" }
    package var resolv: String { "\(folder)/resolv.conf" }
    package var bundle: String { run }
    package var spec: String { "\(run)/config.json" }
    package var shim: String { "\(run)/shim.json" }
    package var exit: String { "\(run)/exit.json" }
    package var explain: String { "\(folder)/explain.jsonl" }

    package func exec(_ exec: String) -> String { "\(run)/execs/\(exec)" }
    package static func socket(_ kit: Kit, _ id: String) -> String { "\(kit.run)/s/\(id.prefix(16))" }
}
