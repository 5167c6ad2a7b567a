import Support

/// Text of the files in /etc that every container gets.
package enum EtcFiles {
    /// - Parameters:
    ///   - extra: `name:address`; the address may be `host-gateway`.
    ///   - base: the host's own file, where the container shares its network.
    package static func hosts(
        name: String, domain: String, address: String?, extra: [String], gateway: String?, base: String?
    ) -> String {
        var lines =
            base.map { $0.split(separator: "\n").map(String.init) } ?? [
                "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::\tip6-localnet",
                "ff00::\tip6-mcastprefix", "ff02::1\tip6-allnodes", "ff02::2\tip6-allrouters"
            ]
        for entry in extra {
            guard let split = entry.firstIndex(where: { $0 == ":" || $0 == "=" }) else { continue }
            var target = String(entry[entry.index(after: split)...])
            if target == "host-gateway" { target = gateway ?? "127.0.0.1" }
            if target.hasPrefix("["), target.hasSuffix("]") { target = String(target.dropFirst().dropLast()) }
            lines.append("\(target)\t\(entry[..<split])")
        }
        if let address {
            let full = domain.isEmpty ? name : "\(name).\(domain) \(name)"
            lines.append("\(address)\t\(full)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Parameters:
    ///   - nameServer: where the kit's own resolver listens; nil without a bridge.
    ///   - dns: `--dns`, in place of it.
    package static func resolv(
        host: String, nameServer: String?, dns: [String], search: [String], options: [String]
    ) -> String {
        func words(_ keyword: String) -> [String] {
            host.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
                .last { $0.first == keyword }.map { Array($0.dropFirst()) } ?? []
        }
        let hostServers = host.split(separator: "\n")
            .map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
            .filter { $0.first == "nameserver" && $0.count > 1 }.map { $0[1] }
        // Our resolver asks the servers of `--dns` no question: they are the container's own choice.
        let servers = !dns.isEmpty ? dns : nameServer.map { [$0] } ?? hostServers
        var lines = servers.map { "nameserver \($0)" }
        let domains = search.isEmpty ? words("search") : search
        // `--dns-search .` means none.
        if !domains.isEmpty, domains != ["."] { lines.append("search \(domains.joined(separator: " "))") }
        let more = options.isEmpty ? words("options") : options
        if !more.isEmpty { lines.append("options \(more.joined(separator: " "))") }
        return lines.joined(separator: "\n") + "\n"
    }
}
