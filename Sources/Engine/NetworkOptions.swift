import Support

/// Which network a container is on, and what it is told about others.
package struct NetworkOptions: Equatable, Sendable {
    package enum Mode: Equatable, Sendable {
        case bridge, none, host
        /// Another container's, by name or id.
        case container(String)
    }

    package var mode: Mode
    package var ports: [PortBinding]
    package var exposed: [PortKey]
    package var dns: [String]
    package var dnsSearch: [String]
    package var dnsOptions: [String]
    /// `name:address`.
    package var extraHosts: [String]
    package var aliases: [String]
    /// `--ip`.
    package var address: String?

    package init(_ config: JSONObject, _ host: JSONObject, endpoints: JSON) throws(EscaleError) {
        mode = try Self.mode(host.text("NetworkMode"))
        if config.flag("NetworkDisabled") { mode = .none }
        exposed = []
        for text in config.keys("ExposedPorts") { exposed += try PortKey.parse(text) }
        ports = try PortBinding.parse(host, exposed: exposed)
        dns = host.list("Dns")
        dnsSearch = host.list("DnsSearch")
        dnsOptions = host.list("DnsOptions")
        extraHosts = host.list("ExtraHosts")
        aliases = []
        address = nil
        for text in extraHosts {
            guard let colon = text.firstIndex(where: { $0 == ":" || $0 == "=" }), colon != text.startIndex,
                text.index(after: colon) != text.endIndex
            else { throw EscaleError(.invalid, "invalid extra host: \"\(text)\"") }
        }
        for (name, endpoint) in endpoints.object?.members.map({ ($0.key, $0.value) }) ?? [] {
            let other = try Self.mode(name)
            guard other == mode else {
                throw EscaleError(
                    .invalid,
                    "container cannot be connected to network \(name) beside \(host.text("NetworkMode"))")
            }
            aliases += endpoint["Aliases"].array?.compactMap(\.string) ?? []
            if let ip = endpoint["IPAMConfig"]["IPv4Address"].string, !ip.isEmpty { address = ip }
        }
        try checkConflicts(config)
    }

    private func checkConflicts(_ config: JSONObject) throws(EscaleError) {
        guard case .container = mode else { return }
        func conflict(_ what: String) -> EscaleError {
            EscaleError(.invalid, "conflicting options: \(what) and the network mode")
        }
        if !config.text("Hostname").isEmpty { throw conflict("hostname") }
        if !ports.isEmpty {
            throw EscaleError(
                .invalid, "conflicting options: port publishing and the container type network mode")
        }
        if !dns.isEmpty { throw conflict("dns") }
        if !extraHosts.isEmpty {
            throw EscaleError(.invalid, "conflicting options: custom host-to-IP mapping and the network mode")
        }
    }

    static func mode(_ text: String) throws(EscaleError) -> Mode {
        switch text {
        case "", "default", "bridge": return .bridge
        case "none": return .none
        case "host": return .host
        default:
            if text.hasPrefix("container:") {
                let target = String(text.dropFirst("container:".count))
                guard !target.isEmpty else {
                    throw EscaleError(
                        .invalid, "Invalid network mode: invalid container format container:<name|id>")
                }
                return .container(target)
            }
            // Not `.notFound`: clients take a 404 of create for a missing image, and pull it.
            throw EscaleError(.invalid, "network \(text) not found")
        }
    }

    /// Docker's name of the network, as `NetworkSettings.Networks` has it; nil for a joined one.
    var networkName: String? {
        switch mode {
        case .bridge: "bridge"
        case .none: "none"
        case .host: "host"
        case .container: nil
        }
    }
}
