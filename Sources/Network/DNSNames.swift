import Linux

/// What a server knows by itself, as questions that any thread may ask.
public struct DNSNames: Sendable {
    /// Addresses of a name, nil for one it does not know. The client's address says who asks.
    public var addresses: @Sendable (_ name: String, _ client: IPv4) -> [IPv4]?
    /// The name of an address.
    public var name: @Sendable (_ address: IPv4) -> String?
    /// The block whose reverse names are nobody else's.
    public var block: IPv4Network

    public init(
        block: IPv4Network, addresses: @escaping @Sendable (_ name: String, _ client: IPv4) -> [IPv4]?,
        name: @escaping @Sendable (_ address: IPv4) -> String?
    ) {
        self.block = block
        self.addresses = addresses
        self.name = name
    }

    /// What becomes of a question.
    public enum Decision: Equatable, Sendable {
        case reply([UInt8])
        case forward
    }

    public func decide(_ query: DNSQuery, client: IPv4) -> Decision {
        if let address = query.reverseAddress {
            if let name = name(address) {
                return .reply(query.type == DNSType.ptr ? query.reply(pointer: name) : query.reply(.noError))
            }
            return block.contains(address) ? .reply(query.reply(.noSuchName)) : .forward
        }
        if let found = addresses(query.name, client) {
            let wanted = query.type == DNSType.a || query.type == DNSType.any
            // No IPv6 yet, but the name exists: an empty answer, so that the client takes the IPv4 one.
            return .reply(query.reply(.noError, addresses: wanted ? found : []))
        }
        // Nobody outside knows a name of one word; offline, asking would only make the learner wait.
        return query.name.contains(".") ? .forward : .reply(query.reply(.noSuchName))
    }
}

/// resolv.conf(5).
public struct ResolvConf: Sendable, Equatable {
    public var servers: [String] = []
    public var search: [String] = []
    public var options: [String] = []

    public init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver": servers.append(words[1])
            case "search", "domain": search = Array(words.dropFirst())
            case "options": options += words.dropFirst()
            default: break
            }
        }
    }

    /// The host's; empty where there is none.
    public static var host: ResolvConf {
        ResolvConf((try? Files.text("/etc/resolv.conf")) ?? "")
    }

    /// The file for a container whose names our server on `gateway` answers.
    public func forContainer(gateway: String) -> String {
        var text = "nameserver \(gateway)\n"
        if !search.isEmpty { text += "search \(search.joined(separator: " "))\n" }
        let kept = options.filter { !$0.hasPrefix("ndots:") && $0 != "edns0" && $0 != "trust-ad" }
        return text + "options \((kept + ["ndots:0"]).joined(separator: " "))\n"
    }
}
