import OCI

/// Where a registry's API may be found.
package struct Endpoint: Hashable, Sendable {
    /// `registry-1.docker.io`, `localhost:5000`
    package let host: String
    /// Tried in order: `https`, and `http` where that is allowed.
    package let schemes: [String]
    /// Whether any certificate will do.
    package let isInsecure: Bool
    /// A copy of Docker Hub, asked for pulls only; the user's credentials are not for it.
    package let isMirror: Bool

    package init(
        host: String, schemes: [String] = ["https"], isInsecure: Bool = false, isMirror: Bool = false
    ) {
        self.host = host
        self.schemes = schemes
        self.isInsecure = isInsecure
        self.isMirror = isMirror
    }

    package static let hubHost = "registry-1.docker.io"
    /// Docker Hub's key in `config.json` and `X-Registry-Auth`.
    public static let hubKey = "https://index.docker.io/v1/"

    /// A registry's own endpoint.
    package static func of(_ domain: String, _ settings: RegistrySettings) -> Endpoint {
        let host = domain == Reference.defaultDomain ? hubHost : domain
        let insecure = settings.isInsecure(host)
        return Endpoint(host: host, schemes: insecure ? ["https", "http"] : ["https"], isInsecure: insecure)
    }

    /// Where to pull from, in order: mirrors stand for Docker Hub alone, as with Docker.
    package static func forPull(_ domain: String, _ settings: RegistrySettings) -> [Endpoint] {
        let own = of(domain, settings)
        guard domain == Reference.defaultDomain else { return [own] }
        return settings.mirrors.map { address in
            let scheme = address.hasPrefix("http://") ? "http" : "https"
            let host = String(address.dropFirst(scheme.count + 3))
            return Endpoint(
                host: host, schemes: [scheme], isInsecure: settings.isInsecure(host), isMirror: true)
        } + [own]
    }
}
