import Linux
import Support

/// What a kit knows of registries: `ROOT/config/daemon.json` in Docker's words, and the environment.
public struct RegistrySettings: Equatable, Sendable {
    /// `host`, `host:port` or a network (`10.0.0.0/8`) spoken to without TLS, or with any certificate.
    public var insecure: [String] = []
    /// Addresses asked before Docker Hub, in order: `https://mirror.example`.
    public var mirrors: [String] = []
    /// Folders with a folder a registry: `HOST/*.crt`, `*.cert` with `*.key`. The first that has one counts.
    public var certificateFolders: [String] = []

    public init(insecure: [String] = [], mirrors: [String] = [], certificateFolders: [String] = []) {
        self.insecure = insecure
        self.mirrors = mirrors
        self.certificateFolders = certificateFolders
    }

    public static func path(_ kit: Kit) -> String { "\(kit.root)/config/daemon.json" }

    /// Read anew for each pull or push: a teacher edits the file without restarting anything. Throws
    /// `.invalid` with the file's name. `ESCALE_INSECURE_REGISTRIES` and `ESCALE_REGISTRY_MIRRORS` (words
    /// parted by commas) add to it.
    public static func load(_ kit: Kit) throws(EscaleError) -> RegistrySettings {
        let path = path(kit)
        var settings = RegistrySettings()
        if Files.exists(path) {
            do { settings = try parse(try JSON.parse(try Files.read(path, limit: 1 << 20))) } catch {
                throw error.within(path)
            }
        }
        func words(_ name: String) -> [String] {
            (Environment[name] ?? "").split(whereSeparator: { ", ".contains($0) }).map(String.init)
        }
        settings.insecure += words("ESCALE_INSECURE_REGISTRIES")
        settings.mirrors += try words("ESCALE_REGISTRY_MIRRORS").map { m throws(EscaleError) in try mirror(m)
        }
        settings.certificateFolders = ["\(kit.root)/config/certs.d", "/etc/docker/certs.d"]
        return settings
    }

    /// Other members of Docker's file are passed over.
    package static func parse(_ json: JSON) throws(EscaleError) -> RegistrySettings {
        func list(_ name: String) throws(EscaleError) -> [String] {
            if json[name].isNull { return [] }
            let words = json[name].array?.compactMap(\.string)
            guard let words, words.count == json[name].array?.count else {
                throw EscaleError(.invalid, "\(name): must be a list of strings")
            }
            return words
        }
        return RegistrySettings(
            insecure: try list("insecure-registries"),
            mirrors: try list("registry-mirrors").map { m throws(EscaleError) in try mirror(m) })
    }

    private static func mirror(_ text: String) throws(EscaleError) -> String {
        guard ["http://", "https://"].contains(where: { text.hasPrefix($0) && text.count > $0.count }) else {
            throw EscaleError(.invalid, "invalid mirror \(text): must begin with http:// or https://")
        }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Whether a registry may be spoken to without TLS: this machine, or one that is listed.
    package func isInsecure(_ host: String) -> Bool {
        let name = Self.hostName(host)
        if Self.isLoopback(name) { return true }
        return insecure.contains { entry in
            if entry == host || entry == name { return true }
            guard let network = IPv4Network(entry), let address = IPv4(name) else { return false }
            return network.contains(address)
        }
    }

    /// A host without its port, and without an IPv6 address's brackets.
    package static func hostName(_ host: String) -> String {
        if host.hasPrefix("["), let close = host.firstIndex(of: "]") {
            return String(host[host.index(after: host.startIndex)..<close])
        }
        return host.lastIndex(of: ":").map { String(host[..<$0]) } ?? host
    }

    package static func isLoopback(_ name: String) -> Bool {
        name == "localhost" || name.hasSuffix(".localhost") || name == "::1"
            || (name.hasPrefix("127.") && IPv4(name) != nil)
    }
}
