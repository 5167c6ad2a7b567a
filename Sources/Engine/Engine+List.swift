import Linux
import Support

extension Engine {
    private static let listFilters: Set<String> = [
        "ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name",
        "network", "publish", "since", "status", "volume"
    ]

    /// `docker ps`: newest first.
    package func list(all: Bool, limit: Int, size: Bool, filters json: JSON) async throws(EscaleError) -> JSON
    {
        let filters = try Filters(json, accepted: Self.listFilters)
        for status in filters["status"] where ContainerState.Status(rawValue: status) == nil {
            throw EscaleError(.invalid, "invalid filter 'status=\(status)'")
        }
        for code in filters["exited"] where Int(code) == nil {
            throw EscaleError(.invalid, "invalid filter 'exited=\(code)'")
        }
        let matcher = try matcher(filters)
        // The filters that name dead ones, and -n, look at all.
        let everything = all || limit > 0 || !filters["status"].isEmpty || !filters["exited"].isEmpty
        let sorted = containers.values.sorted { ($0.record.created, $0.id) > ($1.record.created, $1.id) }
        var chosen: [Container] = []
        for c in sorted where (everything || c.state.isRunning || c.state.status == .restarting) && matcher(c)
        {
            chosen.append(c)
            if limit > 0, chosen.count == limit { break }
        }
        var sizes: [String: Int] = [:]
        if size {
            let uppers = chosen.map { ($0.id, $0.paths.upper) }
            sizes = try await Blocking.run { () throws(EscaleError) in
                Dictionary(uppers.map { ($0.0, DiskUsage.bytes($0.1)) }, uniquingKeysWith: { a, _ in a })
            }
        }
        let now = Timestamp.now
        return .array(chosen.map { entry($0, now: now, size: size ? sizes[$0.id] ?? 0 : nil) })
    }

    private func matcher(_ filters: Filters) throws(EscaleError) -> (Container) -> Bool {
        let before = try filters["before"].first.map { name throws(EscaleError) in
            try find(name).record.created
        }
        let since = try filters["since"].first.map { name throws(EscaleError) in try find(name).record.created
        }
        let ancestors = Set(filters["ancestor"].compactMap { try? images.find($0).id })
        return { c in
            let labels = c.options.config["Labels"]?.object ?? JSONObject()
            return filters.allows("id") { c.id.hasPrefix($0) }
                && filters.allows("name") { NamePattern($0).matches("/" + c.record.name) }
                && filters.allows("status") { $0 == c.state.status.rawValue }
                && filters.allows("exited") { code in
                    c.state.startedAt != nil && !c.state.isRunning && Int(code) == c.state.exitCode
                }
                && filters.all("label") { LabelFilter($0).matches { labels[$0]?.string } }
                && filters.allows("ancestor") { _ in ancestors.contains(c.record.image) }
                && (before.map { c.record.created < $0 } ?? true)
                && (since.map { c.record.created > $0 } ?? true)
                && filters.allows("health") { $0 == (c.health?.status ?? "none") }
                && filters.allows("volume") { value in
                    c.options.mounts.contains { m in
                        m.destination == value || m.source == value
                            || c.record.volumes[m.destination] == value
                    }
                }
                && filters.allows("network") { value in
                    guard let name = c.options.network.networkName else { return false }
                    return value == name || Networks.id(name, self.kit).hasPrefix(value)
                }
                && filters.allows("publish") { value in
                    let port = value.split(separator: "/").first.flatMap { Int($0) }
                    return c.state.ports.contains { $0.hostPort == port || $0.port == port }
                }
                && filters.allows("expose") { value in
                    let port = value.split(separator: "/").first.flatMap { Int($0) }
                    return c.options.network.exposed.contains { $0.port == port }
                }
        }
    }

    private func entry(_ c: Container, now: Timestamp, size: Int?) -> JSON {
        let o = c.options
        let created = Timestamp(rfc3339: c.record.created)?.seconds ?? 0
        // As typed at create; the id once that name belongs to another image.
        let typed = o.config.text("Image")
        let image = (try? images.find(typed))?.id == c.record.image ? typed : c.record.image
        var entry = JSONObject([
            ("Id", .string(c.id)), ("Names", JSON(["/" + c.record.name])), ("Image", .string(image)),
            ("ImageID", .string(c.record.image)), ("Command", .string(Self.commandLine(o.args))),
            ("Created", .int(created)), ("Ports", .array(ports(c)))
        ])
        if let size {
            entry["SizeRw"] = JSON(size)
            entry["SizeRootFs"] = JSON(size + Int((try? images.find(c.record.image))?.size ?? 0))
        }
        entry["Labels"] = o.config["Labels"] ?? [:]
        entry["State"] = .string(c.state.status.rawValue)
        entry["Status"] = .string(c.state.describe(now: now, health: c.health?.status))
        entry["HostConfig"] = ["NetworkMode": .string(o.host.text("NetworkMode"))]
        entry["NetworkSettings"] = [
            "Networks": .object(JSONObject(o.network.networkName.map { [($0, endpointJSON(c))] } ?? []))
        ]
        entry["Mounts"] = mountsJSON(c)
        return .object(entry)
    }

    /// Words that a shell would split are quoted, as Docker shows them.
    static func commandLine(_ args: [String]) -> String {
        args.enumerated().map { i, arg in
            i > 0 && (arg.contains(" ") || arg.isEmpty) ? "'\(arg)'" : arg
        }.joined(separator: " ")
    }

    private func ports(_ c: Container) -> [JSON] {
        guard c.state.isRunning else { return [] }
        var list: [JSON] = c.state.ports.sorted { ($0.key, $0.hostPort) < ($1.key, $1.hostPort) }.map {
            [
                "IP": .string($0.hostIP), "PrivatePort": JSON($0.port), "PublicPort": JSON($0.hostPort),
                "Type": .string($0.proto)
            ]
        }
        let published = Set(c.state.ports.map(\.key))
        for key in c.options.network.exposed.sorted() where !published.contains(key) {
            list.append(["PrivatePort": JSON(key.port), "Type": .string(key.proto)])
        }
        return list
    }
}

/// Docker's name filter is a regular expression; anchors and plain text are what people use of it.
package struct NamePattern: Sendable {
    private let text: String
    private let fromStart: Bool
    private let toEnd: Bool

    package init(_ pattern: String) {
        var p = Substring(pattern)
        fromStart = p.hasPrefix("^")
        if fromStart { p = p.dropFirst() }
        toEnd = p.hasSuffix("$")
        if toEnd { p = p.dropLast() }
        text = String(p)
    }

    /// - Parameter name: with its slash in front; patterns fit with or without it.
    package func matches(_ name: String) -> Bool {
        let bare = String(name.dropFirst())
        return [name, bare].contains { candidate in
            switch (fromStart, toEnd) {
            case (true, true): candidate == text
            case (true, false): candidate.hasPrefix(text)
            case (false, true): candidate.hasSuffix(text)
            case (false, false): text.isEmpty || candidate.contains(text)
            }
        }
    }
}
