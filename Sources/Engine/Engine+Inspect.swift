import Linux
import Network
import Support

extension Engine {
    package func inspect(_ reference: String, size: Bool) async throws(EscaleError) -> JSON {
        let c = try find(reference)
        let o = c.options
        let image = try? images.find(c.record.image)
        var doc = JSONObject([
            ("Id", .string(c.id)),
            ("Created", .string(c.record.created)),
            ("Path", .string(o.args.first ?? "")),
            ("Args", JSON(Array(o.args.dropFirst()))),
            ("State", c.state.inspect(health: c.health?.inspect)),
            ("Image", .string(c.record.image)),
            ("ResolvConfPath", .string(c.paths.resolv)),
            ("HostnamePath", .string(c.paths.hostname)),
            ("HostsPath", .string(c.paths.hosts)),
            ("LogPath", .string(c.paths.log)),
            ("Name", .string("/" + c.record.name)),
            ("RestartCount", JSON(c.state.restartCount)),
            ("Driver", "overlay2"),
            ("Platform", "linux"),
            ("MountLabel", ""), ("ProcessLabel", ""), ("AppArmorProfile", ""),
            ("ExecIDs", execIDs(c)),
            ("HostConfig", .object(o.host)),
            ("GraphDriver", graphDriver(c, image)),
            ("Mounts", mountsJSON(c)),
            ("Config", .object(o.config)),
            ("NetworkSettings", networkSettings(c))
        ])
        if size {
            let upper = c.paths.upper
            let rw = try await Blocking.run { () throws(EscaleError) in DiskUsage.bytes(upper) }
            doc["SizeRw"] = JSON(rw)
            doc["SizeRootFs"] = JSON(rw + Int(image?.size ?? 0))
        }
        return .object(doc)
    }

    private func execIDs(_ c: Container) -> JSON {
        let running = c.execs.values.filter(\.running).map(\.id).sorted()
        return running.isEmpty ? .null : JSON(running)
    }

    private func graphDriver(_ c: Container, _ image: EngineImage?) -> JSON {
        [
            "Data": [
                "ID": .string(c.id), "LowerDir": .string((image?.layers ?? []).joined(separator: ":")),
                "MergedDir": .string("\(c.paths.run)/rootfs"), "UpperDir": .string(c.paths.upper),
                "WorkDir": .string(c.paths.work)
            ],
            "Name": "overlay2"
        ]
    }

    func mountsJSON(_ c: Container) -> JSON {
        .array(
            c.options.mounts.filter { $0.kind != .tmpfs }.map { mount in
                var mount = mount
                if mount.kind == .volume {
                    mount.source = c.record.volumes[mount.destination] ?? mount.source
                }
                return mount.inspect(source: mount.kind == .volume ? volumePath(mount.source) : mount.source)
            })
    }

    func networkSettings(_ c: Container) -> JSON {
        let s = c.state
        let endpoint = endpointJSON(c)
        return [
            "Bridge": "", "SandboxID": .string(s.isRunning ? c.id : ""),
            "SandboxKey": .string(s.isRunning ? "/proc/\(s.pid)/ns/net" : ""),
            "Ports": .object(portsJSON(c)), "HairpinMode": false,
            "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0,
            "SecondaryIPAddresses": .null, "SecondaryIPv6Addresses": .null,
            "EndpointID": .string(s.address == nil ? "" : c.id), "Gateway": .string(s.gateway ?? ""),
            "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "IPAddress": .string(s.address ?? ""),
            "IPPrefixLen": JSON(s.prefix ?? 0), "IPv6Gateway": "", "MacAddress": .string(s.mac ?? ""),
            "Networks": .object(JSONObject(c.options.network.networkName.map { [($0, endpoint)] } ?? []))
        ]
    }

    func endpointJSON(_ c: Container) -> JSON {
        let s = c.state
        let aliases = c.options.network.aliases
        return [
            "IPAMConfig": c.options.network.address.map { ["IPv4Address": .string($0)] } ?? .null,
            "Links": .null, "Aliases": aliases.isEmpty ? .null : JSON(aliases),
            "MacAddress": .string(s.mac ?? ""),
            "DriverOpts": .null,
            "NetworkID": .string(c.options.network.networkName.map { Networks.id($0, kit) } ?? ""),
            "EndpointID": .string(s.address == nil ? "" : c.id), "Gateway": .string(s.gateway ?? ""),
            "IPAddress": .string(s.address ?? ""), "IPPrefixLen": JSON(s.prefix ?? 0), "IPv6Gateway": "",
            "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
            "DNSNames": s.address == nil ? .null : JSON([c.record.name, c.record.shortID] + aliases)
        ]
    }

    /// `{"80/tcp": [{"HostIp": …}], "53/udp": null}`; nothing while it does not run.
    private func portsJSON(_ c: Container) -> JSONObject {
        guard c.state.isRunning else { return JSONObject() }
        var ports = JSONObject()
        let keys = Set(c.options.network.exposed + c.state.ports.map(\.key)).sorted()
        for key in keys {
            let bindings = c.state.ports.filter { $0.key == key }
            ports[key.description] =
                bindings.isEmpty
                ? .null
                : .array(
                    bindings.map {
                        ["HostIp": .string($0.hostIP), "HostPort": .string("\($0.hostPort)")]
                    })
        }
        return ports
    }
}
