import Linux
import Support

extension Engine {
    nonisolated var volumesFolder: String { "\(kit.root)/volumes" }
    nonisolated func volumePath(_ name: String) -> String { "\(volumesFolder)/\(name)/_data" }

    /// Makes the volumes of a container that are not there yet; their names by destination.
    func prepareVolumes(_ mounts: [MountPoint], container: String) throws(EscaleError) -> [String: String] {
        var names: [String: String] = [:]
        for mount in mounts where mount.kind == .volume {
            let anonymous = mount.source.isEmpty
            let name = anonymous ? Hex.random(32) : mount.source
            try makeVolume(name, labels: anonymous ? ["com.docker.volume.anonymous": ""] : [:])
            names[mount.destination] = name
        }
        return names
    }

    private func makeVolume(_ name: String, labels: JSON) throws(EscaleError) {
        let folder = "\(volumesFolder)/\(name)"
        if Files.exists("\(folder)/volume.json") { return }
        try Files.makeDirectory("\(folder)/_data")
        let record: JSON = [
            "Name": .string(name), "Driver": "local", "Mountpoint": .string("\(folder)/_data"),
            "CreatedAt": .string(Timestamp.now.rfc3339), "Labels": labels, "Options": .null, "Scope": "local"
        ]
        try Files.replace("\(folder)/volume.json", record.bytes())
        events.emit(
            EngineEvent(type: "volume", action: "create", actor: name, attributes: [("driver", "local")]))
    }

    package func createVolume(_ body: JSON) throws(EscaleError) -> JSON {
        let driver = body["Driver"].string ?? "local"
        guard driver == "local" || driver.isEmpty else {
            throw EscaleError(.notFound, "plugin \"\(driver)\" not found")
        }
        guard RequestSchema.asksForNothing(body["DriverOpts"]) else {
            throw EscaleError(.invalid, "DriverOpts are not supported by this engine")
        }
        guard RequestSchema.asksForNothing(body["ClusterVolumeSpec"]) else {
            throw EscaleError(.invalid, "ClusterVolumeSpec is not supported by this engine")
        }
        let name = body["Name"].string.flatMap { $0.isEmpty ? nil : $0 } ?? Hex.random(32)
        try MountPoint.checkVolumeName(name)
        try makeVolume(name, labels: body["Labels"].object == nil ? [:] : body["Labels"])
        return try inspectVolume(name)
    }

    package func inspectVolume(_ name: String) throws(EscaleError) -> JSON {
        guard Names.isValid(name), let bytes = try? Files.read("\(volumesFolder)/\(name)/volume.json") else {
            throw EscaleError(.notFound, "get \(name): no such volume")
        }
        return try JSON.parse(bytes)
    }

    package func listVolumes(_ json: JSON) throws(EscaleError) -> JSON {
        let filters = try Filters(json, accepted: ["name", "label", "driver", "dangling"])
        let names = Files.exists(volumesFolder) ? try Files.list(volumesFolder) : []
        let dangling = try filters.flag("dangling")
        var list: [JSON] = []
        for name in names {
            guard let volume = try? inspectVolume(name) else { continue }
            let labels = volume["Labels"].object ?? JSONObject()
            guard filters.allows("name", { name.contains($0) }), filters.allows("driver", { $0 == "local" }),
                filters.all("label", { LabelFilter($0).matches { labels[$0]?.string } }),
                dangling.map({ $0 == users(ofVolume: name).isEmpty }) ?? true
            else { continue }
            list.append(volume)
        }
        return ["Volumes": .array(list), "Warnings": .null]
    }

    private func users(ofVolume name: String) -> [String] {
        containers.values.filter { $0.record.volumes.values.contains(name) }.map(\.id).sorted()
    }

    package func removeVolume(_ name: String, force: Bool) async throws(EscaleError) {
        guard (try? inspectVolume(name)) != nil else {
            if force { return }
            throw EscaleError(.notFound, "get \(name): no such volume")
        }
        let users = users(ofVolume: name)
        guard users.isEmpty else {
            throw conflict("remove \(name): volume is in use - [\(users.joined(separator: ", "))]")
        }
        let folder = "\(volumesFolder)/\(name)"
        try await Blocking.run { () throws(EscaleError) in
            // Without its record it is no volume any more, whatever happens to the rest.
            try Files.removeTree("\(folder)/volume.json")
            try Files.removeTree(folder)
        }
        events.emit(
            EngineEvent(type: "volume", action: "destroy", actor: name, attributes: [("driver", "local")]))
    }

    /// Anonymous volumes of a container that no other uses.
    func anonymousVolumes(_ c: Container) -> [String] {
        c.record.volumes.values.filter { name in
            let labels = (try? inspectVolume(name))?["Labels"].object
            return labels?["com.docker.volume.anonymous"] != nil && users(ofVolume: name) == [c.id]
        }
    }

    /// Anonymous volumes that nobody uses; with `all` named ones too.
    package func pruneVolumes(_ json: JSON) async throws(EscaleError) -> JSON {
        let filters = try Filters(json, accepted: ["label", "label!", "all"])
        let all = try filters.flag("all") ?? false
        var removed: [String] = []
        var bytes = 0
        for volume in try listVolumes(["dangling": ["true"]])["Volumes"].array ?? [] {
            let name = volume["Name"].string ?? ""
            let labels = volume["Labels"].object ?? JSONObject()
            guard all || labels["com.docker.volume.anonymous"] != nil,
                filters.all("label", { LabelFilter($0).matches { labels[$0]?.string } }),
                filters.all("label!", { !LabelFilter($0).matches { labels[$0]?.string } })
            else { continue }
            let path = volumePath(name)
            let size = try await Blocking.run { () throws(EscaleError) in DiskUsage.bytes(path) }
            do { try await removeVolume(name, force: false) } catch { continue }
            removed.append(name)
            bytes += size
        }
        return ["VolumesDeleted": JSON(removed), "SpaceReclaimed": JSON(bytes)]
    }
}

extension Filters {
    /// `until=24h`, `until=2026-01-01T00:00:00Z`: made before then.
    package func allowsUntil(_ created: String) throws(EscaleError) -> Bool {
        guard let value = self["until"].first else { return true }
        guard let time = Timestamp(rfc3339: created) else { return false }
        return time < (try UntilFilter.parse(value))
    }
}

/// A moment or an age: `1700000000`, RFC 3339, `90m`, `1h30m`.
package enum UntilFilter {
    package static func parse(_ text: String, now: Timestamp = .now) throws(EscaleError) -> Timestamp {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600]
        var seconds: Int64 = 0
        var digits = ""
        for c in text {
            if c.isNumber {
                digits.append(c)
            } else if let unit = units[c], let n = Int64(digits), n < 1 << 30 {
                seconds += n * unit
                digits = ""
            } else {
                digits = "x"
                break
            }
        }
        if digits.isEmpty, seconds > 0 {
            return Timestamp(nanoseconds: now.nanoseconds - seconds * 1_000_000_000)
        }
        guard let time = try APITime.parse(text) else {
            throw EscaleError(.invalid, "invalid time: \"\(text)\"")
        }
        return time
    }
}
