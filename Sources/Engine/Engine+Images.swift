import Images
import OCI
import Support

extension EngineImage {
    /// Seconds since 1970; 0 where the image doesn't say.
    var createdSeconds: Int64 { config.created.flatMap { Timestamp(rfc3339: $0) }?.seconds ?? 0 }

    /// An entry of `docker images`.
    /// - Parameter shared: bytes of the layers that other images have too; -1 where nobody counted.
    func summary(containers: Int, shared: Int64 = -1) -> JSON {
        [
            "Id": .string(id), "ParentId": "", "RepoTags": JSON(tags), "RepoDigests": JSON(digests),
            "Created": .int(createdSeconds), "Size": .int(size), "SharedSize": .int(shared),
            "VirtualSize": .int(size),
            "Labels": labels, "Containers": JSON(containers)
        ]
    }

    var labels: JSON {
        let map = config.config?.labels ?? [:]
        return map.isEmpty
            ? .null : .object(JSONObject(map.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    var inspect: JSON {
        let empty = RequestSchema.config.map { ($0.name, $0.fallback) }
        var config = JSONObject(empty)
        for (key, value) in (try? JSON.encode(self.config.config ?? .init()))?.object?.members.map({
            ($0.key, $0.value)
        }) ?? [] {
            config[key] = value
        }
        let o: [(String, JSON)] = [
            ("Id", .string(id)), ("RepoTags", JSON(tags)), ("RepoDigests", JSON(digests)), ("Parent", ""),
            ("Comment", ""), ("Created", JSON(self.config.created)), ("DockerVersion", ""),
            ("Author", .string(self.config.author ?? "")), ("Config", .object(config)),
            ("Architecture", .string(self.config.architecture)), ("Os", .string(self.config.os)),
            ("Size", .int(size)),
            (
                "GraphDriver",
                [
                    "Name": "overlay2",
                    "Data": [
                        "LowerDir": .string(layers.dropFirst().joined(separator: ":")),
                        "UpperDir": .string(layers.first ?? "")
                    ]
                ]
            ),
            ("RootFS", ["Type": "layers", "Layers": JSON(self.config.rootfs.diffIDs.map(\.description))]),
            ("Metadata", ["LastTagTime": .string(ContainerState.never)])
        ]
        return .object(JSONObject(o))
    }

    /// Newest first, as `docker history` lists them.
    func history(_ layerSizes: [Int64]) -> JSON {
        var sizes = layerSizes[...]
        var rows: [JSON] = []
        for (i, step) in (config.history ?? []).enumerated() {
            let size = step.emptyLayer == true ? 0 : sizes.popFirst() ?? 0
            let isLast = i == (config.history?.count ?? 0) - 1
            rows.append([
                "Id": .string(isLast ? id : "<missing>"),
                "Created": .int(step.created.flatMap { Timestamp(rfc3339: $0) }?.seconds ?? 0),
                "CreatedBy": .string(step.createdBy ?? ""),
                "Tags": isLast && !tags.isEmpty ? JSON(tags) : .null,
                "Size": .int(size), "Comment": .string(step.comment ?? "")
            ])
        }
        return .array(rows.reversed())
    }
}

extension Engine {
    package func listImages(all: Bool, filters json: JSON) throws(EscaleError) -> JSON {
        let filters = try Filters(
            json, accepted: ["reference", "label", "dangling", "before", "since", "until"])
        let dangling = try filters.flag("dangling")
        let before = try filters["before"].first.map { n throws(EscaleError) in
            try images.find(n).createdSeconds
        }
        let since = try filters["since"].first.map { n throws(EscaleError) in
            try images.find(n).createdSeconds
        }
        let counts = Dictionary(grouping: containers.values.map(\.record.image), by: { $0 }).mapValues(
            \.count)
        var rows: [(Int64, JSON)] = []
        for image in try images.list() {
            var image = image
            let labels = image.config.config?.labels ?? [:]
            guard filters.all("label", { LabelFilter($0).matches { labels[$0] } }),
                dangling.map({ $0 == image.tags.isEmpty }) ?? true,
                before.map({ image.createdSeconds < $0 }) ?? true,
                since.map({ image.createdSeconds > $0 }) ?? true
            else { continue }
            if !filters["reference"].isEmpty {
                image.tags = image.tags.filter { tag in
                    filters["reference"].contains { ReferencePattern.matches($0, tag) }
                }
                if image.tags.isEmpty { continue }
            }
            rows.append((image.createdSeconds, image.summary(containers: counts[image.id] ?? 0)))
        }
        return .array(rows.sorted { $0.0 > $1.0 }.map(\.1))
    }

    package nonisolated func inspectImage(_ name: String) throws(EscaleError) -> JSON {
        try images.find(name).inspect
    }
    package nonisolated func imageHistory(_ name: String) throws(EscaleError) -> JSON {
        let image = try images.find(name)
        return image.history(try images.layerSizes(image))
    }

    package nonisolated func tagImage(_ name: String, repository: String, tag: String) throws(EscaleError) {
        let image = try images.find(name)
        let target = tag.isEmpty ? repository : "\(repository):\(tag)"
        try images.tag(image, as: target)
        imageEvent("tag", image.id, target)
    }

    package func removeImage(_ name: String, force: Bool) throws(EscaleError) -> JSON {
        let image = try images.find(name)
        var uses: [String: [ImageUse]] = [:]
        for c in containers.values {
            uses[c.record.image, default: []].append(
                ImageUse(containerID: c.id, isRunning: c.state.isRunning))
        }
        let removed = try images.remove(name, force: force, uses: uses)
        for text in removed.untagged { imageEvent("untag", image.id, text) }
        if !removed.deleted.isEmpty { imageEvent("delete", image.id, image.id) }
        return Self.removal(removed)
    }

    package func pruneImages(_ json: JSON) throws(EscaleError) -> JSON {
        let filters = try Filters(json, accepted: ["dangling"])
        let all = try filters.flag("dangling") == false
        let (removed, bytes) = try images.prune(all: all, used: Set(containers.values.map(\.record.image)))
        return ["ImagesDeleted": Self.removal(removed), "SpaceReclaimed": .int(bytes)]
    }

    private static func removal(_ removed: RemovedImage) -> JSON {
        .array(
            removed.untagged.map { ["Untagged": .string($0)] }
                + removed.deleted.map { ["Deleted": .string($0)] })
    }

    package nonisolated func imageEvent(_ action: String, _ id: String, _ name: String) {
        events.emit(EngineEvent(type: "image", action: action, actor: id, attributes: [("name", name)]))
    }
}

/// `reference=busy*`, `reference=*/web:1.*`: a shell pattern of the whole name, or of it without tag.
package enum ReferencePattern {
    package static func matches(_ pattern: String, _ tag: String) -> Bool {
        let repository = tag.split(separator: ":").first.map(String.init) ?? tag
        return [tag, repository].contains { glob(Array(pattern.utf8)[...], Array($0.utf8)[...]) }
    }

    /// `*` and `?` don't go past a slash.
    private static func glob(_ p: ArraySlice<UInt8>, _ s: ArraySlice<UInt8>) -> Bool {
        guard let c = p.first else { return s.isEmpty }
        let slash = UInt8(ascii: "/")
        switch c {
        case UInt8(ascii: "*"):
            var rest = s
            while true {
                if glob(p.dropFirst(), rest) { return true }
                guard let next = rest.first, next != slash else { return false }
                rest = rest.dropFirst()
            }
        case UInt8(ascii: "?"):
            guard let next = s.first, next != slash else { return false }
            return glob(p.dropFirst(), s.dropFirst())
        default: return s.first == c && glob(p.dropFirst(), s.dropFirst())
        }
    }
}
