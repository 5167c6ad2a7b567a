import Support

/// `80/tcp`: a port of a container.
package struct PortKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var port: Int
    /// `tcp` or `udp`.
    package var proto: String

    package var description: String { "\(port)/\(proto)" }

    package init(port: Int, proto: String) {
        self.port = port
        self.proto = proto
    }

    package static func < (a: PortKey, b: PortKey) -> Bool { (a.port, a.proto) < (b.port, b.proto) }

    /// `80`, `80/tcp`, `8000-8010/udp`: a range gives several.
    package static func parse(_ text: String) throws(EscaleError) -> [PortKey] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let proto = parts.count > 1 ? parts[1].lowercased() : "tcp"
        guard parts.count <= 2, let range = PortRange.parse(parts[0]), range.lowerBound > 0 else {
            throw EscaleError(.invalid, "invalid port specification: \"\(text)\"")
        }
        guard proto == "tcp" || proto == "udp" else {
            throw EscaleError(
                .invalid, "invalid port specification: \"\(text)\": unsupported protocol \(proto)")
        }
        return range.map { PortKey(port: $0, proto: proto) }
    }
}

enum PortRange {
    /// `8080` or `8080-8090`; nil for anything else.
    static func parse(_ text: String) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1],
            (0...65535).contains(first), first <= last, last <= 65535
        else { return nil }
        return first...last
    }
}

/// One wish of `-p`: a port of the container on one of the host.
package struct PortBinding: Equatable, Sendable {
    package var key: PortKey
    package var hostIP: String
    /// nil: any free one. A range: the first free one in it.
    package var hostPorts: ClosedRange<Int>?

    /// All wishes of a create request: `PortBindings`, and every exposed port with `PublishAllPorts`.
    package static func parse(_ host: JSONObject, exposed: [PortKey]) throws(EscaleError) -> [PortBinding] {
        var wishes: [PortBinding] = []
        for (text, value) in host["PortBindings"]?.object?.members.map({ ($0.key, $0.value) }) ?? [] {
            let keys = try PortKey.parse(text)
            guard keys.count == 1, let key = keys.first else {
                throw EscaleError(.invalid, "invalid port specification: \"\(text)\"")
            }
            for binding in value.array ?? [] {
                let ip = binding["HostIp"].string ?? ""
                let port = binding["HostPort"].string ?? ""
                var range: ClosedRange<Int>?
                if !port.isEmpty {
                    guard let parsed = PortRange.parse(port) else {
                        throw EscaleError(.invalid, "invalid port specification: \"\(port)\"")
                    }
                    range = parsed == 0...0 ? nil : parsed
                }
                guard !ip.contains(":") else {
                    throw EscaleError(
                        .invalid, "invalid IP address \(ip): IPv6 is not supported by this engine")
                }
                wishes.append(PortBinding(key: key, hostIP: ip.isEmpty ? "0.0.0.0" : ip, hostPorts: range))
            }
            if (value.array ?? []).isEmpty {
                wishes.append(PortBinding(key: key, hostIP: "0.0.0.0", hostPorts: nil))
            }
        }
        if host.flag("PublishAllPorts") {
            for key in exposed.sorted() where !wishes.contains(where: { $0.key == key }) {
                wishes.append(PortBinding(key: key, hostIP: "0.0.0.0", hostPorts: nil))
            }
        }
        return wishes
    }
}

/// A port as it was published.
package struct PublishedBinding: Codable, Equatable, Sendable {
    package var port: Int
    package var proto: String
    package var hostIP: String
    package var hostPort: Int
    package var key: PortKey { PortKey(port: port, proto: proto) }

    package init(port: Int, proto: String, hostIP: String, hostPort: Int) {
        self.port = port
        self.proto = proto
        self.hostIP = hostIP
        self.hostPort = hostPort
    }
}
