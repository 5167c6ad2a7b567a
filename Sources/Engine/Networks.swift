import Linux
import Network
import Support

/// The networks that every Docker has: `bridge`, `host` and `none`.
package enum Networks {
    package static let names = ["bridge", "host", "none"]

    /// 64 hexadecimal digits that stay the same for a kit.
    package static func id(_ name: String, _ kit: Kit) -> String {
        // FNV-1a (64 bits) over the kit's root and the name, four times with another start.
        var text = ""
        for round in 0..<4 {
            var h: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(round)
            for byte in "\(kit.root)\0\(name)".utf8 { h = (h ^ UInt64(byte)) &* 0x100_0000_01b3 }
            text += Hex.encode((0..<8).map { UInt8(truncatingIfNeeded: h >> (56 - 8 * UInt64($0))) })
        }
        return text
    }

    static func bridgeID(_ kit: Kit) -> String { id("bridge", kit) }
}

extension Engine {
    package func listNetworks(_ json: JSON) throws(EscaleError) -> JSON {
        let filters = try Filters(
            json, accepted: ["name", "id", "driver", "type", "scope", "label", "dangling"])
        let dangling = try filters.flag("dangling")
        return .array(
            Networks.names.filter { name in
                filters.allows("name") { name.contains($0) }
                    && filters.allows("id") { Networks.id(name, kit).hasPrefix($0) }
                    && filters.allows("driver") { $0 == driver(name) }
                    && filters.allows("scope") { $0 == "local" }
                    && filters.allows("type") { $0 == "builtin" } && filters["label"].isEmpty
                    && dangling != true
            }.map { network($0, members: false) })
    }

    package func inspectNetwork(_ reference: String) throws(EscaleError) -> JSON {
        let found = Networks.names.first { name in
            name == reference || name == "bridge" && reference == "default"
                || reference.utf8.count >= 4 && Networks.id(name, kit).hasPrefix(reference)
        }
        guard let found else { throw EscaleError(.notFound, "network \(reference) not found") }
        return network(found, members: true)
    }

    private nonisolated func driver(_ name: String) -> String { name == "none" ? "null" : name }

    private func network(_ name: String, members: Bool) -> JSON {
        let bridge = name == "bridge" ? networking.bridge : nil
        let config: JSON =
            bridge.map { .array([["Subnet": .string($0.subnet), "Gateway": .string($0.gateway)]]) } ?? []
        var o = JSONObject([
            ("Name", .string(name)), ("Id", .string(Networks.id(name, kit))),
            ("Created", .string(host.started.rfc3339)), ("Scope", "local"), ("Driver", .string(driver(name))),
            ("EnableIPv4", true), ("EnableIPv6", false),
            ("IPAM", ["Driver": "default", "Options": .null, "Config": config]),
            ("Internal", false), ("Attachable", false), ("Ingress", false),
            ("ConfigFrom", ["Network": ""]), ("ConfigOnly", false)
        ])
        var connected = JSONObject()
        if members {
            for c in containers.values.sorted(by: { $0.id < $1.id })
            where c.state.isRunning && c.options.network.networkName == name {
                connected[c.id] = [
                    "Name": .string(c.record.name), "EndpointID": .string(c.id),
                    "MacAddress": .string(c.state.mac ?? ""),
                    "IPv4Address": .string(c.state.address.map { "\($0)/\(c.state.prefix ?? 0)" } ?? ""),
                    "IPv6Address": ""
                ]
            }
        }
        o["Containers"] = .object(connected)
        o["Options"] =
            name == "bridge"
            ? [
                "com.docker.network.bridge.default_bridge": "true",
                "com.docker.network.bridge.enable_icc": "true",
                "com.docker.network.bridge.enable_ip_masquerade": .string(
                    bridge?.natProblem == nil ? "true" : "false"),
                "com.docker.network.bridge.name": .string(bridge?.name ?? InterfaceName.bridge(kit)),
                "com.docker.network.driver.mtu": .string("\(bridge?.mtu ?? 1500)")
            ] : [:]
        o["Labels"] = [:]
        return .object(o)
    }
}
