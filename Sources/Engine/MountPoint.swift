import Linux
import OCI
import Support

/// One thing mounted into a container: `-v`, `--mount` or `--tmpfs`.
package struct MountPoint: Codable, Equatable, Sendable {
    package enum Kind: String, Codable, Sendable { case bind, volume, tmpfs }

    package var kind: Kind
    /// Path on the host, or the name of a volume; empty for tmpfs and anonymous volumes.
    package var source: String
    package var destination: String
    package var readOnly: Bool
    /// As the user wrote it: `ro,rslave`.
    package var mode: String = ""
    package var propagation: String = "rprivate"
    package var recursive = true
    /// A missing bind source is made (`-v`) or refused (`--mount`).
    package var createSource = false
    /// Options of a tmpfs, complete.
    package var options: [String] = []

    /// The entry of the spec; `path` is where a volume's or bind's content is on the host.
    package func oci(source path: String) -> RuntimeSpec.Mount {
        switch kind {
        case .tmpfs:
            return .init(destination: destination, type: "tmpfs", source: "tmpfs", options: options)
        case .bind, .volume:
            let bind = recursive ? "rbind" : "bind"
            return .init(
                destination: destination, type: "bind", source: path,
                options: [bind, propagation, readOnly ? "ro" : "rw"])
        }
    }

    /// As `docker inspect` shows it under `Mounts`.
    func inspect(source path: String) -> JSON {
        var o = JSONObject([("Type", .string(kind.rawValue))])
        if kind == .volume { o["Name"] = .string(source) }
        o["Source"] = .string(kind == .tmpfs ? "" : path)
        o["Destination"] = .string(destination)
        if kind == .volume { o["Driver"] = "local" }
        o["Mode"] = .string(kind == .volume && mode.isEmpty ? "z" : mode)
        o["RW"] = .bool(!readOnly)
        o["Propagation"] = .string(kind == .bind ? propagation : "")
        return .object(o)
    }
}

extension MountPoint {
    private static let propagations: Set<String> = [
        "private", "rprivate", "shared", "rshared", "slave", "rslave"
    ]

    /// All mounts of a create request. Errors in Docker's words.
    package static func parse(_ host: JSONObject, volumes: [String]) throws(EscaleError) -> [MountPoint] {
        var points: [MountPoint] = []
        func add(_ point: MountPoint) throws(EscaleError) {
            if points.contains(where: { $0.destination == point.destination }) {
                throw EscaleError(.invalid, "Duplicate mount point: \(point.destination)")
            }
            points.append(point)
        }
        for text in host.list("Binds") { try add(try bind(text)) }
        for item in host.items("Mounts") { try add(try mount(item)) }
        for (path, options) in host.map("Tmpfs") { try add(try tmpfs(path, options)) }
        for path in volumes where !points.contains(where: { $0.destination == Path.clean(path) }) {
            try add(.init(kind: .volume, source: "", destination: try target(path), readOnly: false))
        }
        return points
    }

    private static func target(_ path: String, in spec: String? = nil) throws(EscaleError) -> String {
        guard path.hasPrefix("/") else {
            throw EscaleError(
                .invalid,
                "invalid volume specification: '\(spec ?? path)': invalid mount config for type \"volume\": "
                    + "invalid mount path: '\(path)' mount path must be absolute")
        }
        let clean = Path.clean(path)
        guard clean != "/" else {
            throw EscaleError(
                .invalid,
                "invalid volume specification: '\(spec ?? path)': invalid mount config for type \"volume\": "
                    + "invalid specification: destination can't be '/'")
        }
        return clean
    }

    /// `SOURCE:TARGET[:OPTIONS]`
    package static func bind(_ text: String) throws(EscaleError) -> MountPoint {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        func bad(_ why: String) -> EscaleError {
            EscaleError(.invalid, "invalid volume specification: '\(text)'\(why)")
        }
        guard (2...3).contains(parts.count), !parts[0].isEmpty, !parts[1].isEmpty else { throw bad("") }
        let isPath = parts[0].hasPrefix("/")
        if !isPath { try checkVolumeName(parts[0]) }
        var point = MountPoint(
            kind: isPath ? .bind : .volume, source: isPath ? Path.clean(parts[0]) : parts[0],
            destination: try target(parts[1], in: text), readOnly: false, createSource: isPath)
        guard parts.count == 3 else { return point }
        point.mode = parts[2]
        for option in parts[2].split(separator: ",").map(String.init) {
            switch option {
            case "ro": point.readOnly = true
            case "rw", "z", "Z", "nocopy", "consistent", "cached", "delegated": break
            case let p where propagations.contains(p) && isPath: point.propagation = p
            default: throw bad(": invalid mode: \(parts[2])")
            }
        }
        return point
    }

    private static func mount(_ item: JSON) throws(EscaleError) -> MountPoint {
        let type = item["Type"].string ?? "volume"
        let source = item["Source"].string ?? ""
        func bad(_ why: String) -> EscaleError {
            EscaleError(.invalid, "invalid mount config for type \"\(type)\": \(why)")
        }
        let destination = item["Target"].string ?? ""
        guard !destination.isEmpty else { throw bad("field Target must not be empty") }
        guard destination.hasPrefix("/"), Path.clean(destination) != "/" else {
            throw bad("invalid mount path: '\(destination)' mount path must be absolute")
        }
        guard let kind = Kind(rawValue: type) else {
            throw EscaleError(.invalid, "mount type unknown: \"\(type)\"")
        }
        var point = MountPoint(
            kind: kind, source: source, destination: Path.clean(destination),
            readOnly: item["ReadOnly"].bool ?? false)
        switch kind {
        case .bind:
            guard source.hasPrefix("/") else {
                throw bad("invalid mount path: '\(source)' mount path must be absolute")
            }
            let options = item["BindOptions"]
            if let p = options["Propagation"].string, !p.isEmpty {
                guard propagations.contains(p) else { throw bad("invalid propagation mode: \(p)") }
                point.propagation = p
            }
            point.recursive = options["NonRecursive"].bool != true
            point.createSource = options["CreateMountpoint"].bool == true
        case .volume:
            if !source.isEmpty { try checkVolumeName(source) }
            let options = item["VolumeOptions"]
            guard options["Subpath"].string ?? "" == "",
                RequestSchema.asksForNothing(options["DriverConfig"])
                    || options["DriverConfig"]["Name"].string == "local"
                        && RequestSchema.asksForNothing(options["DriverConfig"]["Options"])
            else { throw bad("only plain volumes of driver \"local\" are supported by this engine") }
        case .tmpfs:
            guard source.isEmpty else { throw bad("field Source must not be specified") }
            point.options = ["nosuid", "noexec", "nodev"]
            if let size = item["TmpfsOptions"]["SizeBytes"].int, size > 0 {
                point.options.append("size=\(size)")
            }
            if let mode = item["TmpfsOptions"]["Mode"].int, mode > 0 {
                point.options.append("mode=\(String(mode, radix: 8))")
            }
            if point.readOnly { point.options.append("ro") }
        }
        return point
    }

    /// `--tmpfs /run:size=64m,exec`: later words win over the usual noexec, nosuid, nodev.
    package static func tmpfs(_ path: String, _ text: String) throws(EscaleError) -> MountPoint {
        var options = ["noexec", "nosuid", "nodev"]
        let opposites = [
            "exec": "noexec", "noexec": "exec", "suid": "nosuid", "nosuid": "suid", "dev": "nodev",
            "nodev": "dev", "rw": "ro", "ro": "rw"
        ]
        for word in text.split(separator: ",").map(String.init) {
            let key = word.split(separator: "=").first.map(String.init) ?? word
            guard
                opposites[word] != nil
                    || ["size", "mode", "uid", "gid", "nr_inodes", "nr_blocks"].contains(key)
                    || ["noatime", "nodiratime", "relatime", "strictatime", "sync", "dirsync"].contains(word)
            else { throw EscaleError(.invalid, "invalid tmpfs option [\"\(word)\"]") }
            options.removeAll {
                $0 == word || $0 == opposites[word] || word.contains("=") && $0.hasPrefix(key + "=")
            }
            if !["exec", "suid", "dev", "rw"].contains(word) { options.append(word) }
        }
        return MountPoint(
            kind: .tmpfs, source: "", destination: try target(path), readOnly: options.contains("ro"),
            mode: text, options: options)
    }

    /// `[a-zA-Z0-9][a-zA-Z0-9_.-]+`
    package static func checkVolumeName(_ name: String) throws(EscaleError) {
        guard Names.isValid(name) else {
            throw EscaleError(
                .invalid,
                "\"\(name)\" includes invalid characters for a local volume name, only "
                    + "\"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, "
                    + "use absolute path")
        }
    }
}
