import Linux
import Support

extension RegistrySettings {
    /// What the first folder for a host says: `*.crt` are authorities, `NAME.cert` with `NAME.key` is our own
    /// certificate, as in Docker's `/etc/docker/certs.d`.
    package func trust(_ endpoint: Endpoint) throws(EscaleError) -> Trust {
        var trust = Trust()
        trust.anyone = endpoint.isInsecure
        guard
            let folder = certificateFolders.map({ "\($0)/\(endpoint.host)" }).first(where: {
                Files.isDirectory($0)
            })
        else { return trust }
        let names = try Files.list(folder).sorted()
        for name in names where name.hasSuffix(".crt") {
            trust.authorities += try Files.read("\(folder)/\(name)", limit: 1 << 20) + [10]
        }
        for name in names where name.hasSuffix(".cert") {
            let key = "\(folder)/\(name.dropLast(5)).key"
            guard Files.exists(key) else {
                throw EscaleError(
                    .notFound, "missing key \(Path.name(key)) for client certificate \(folder)/\(name)")
            }
            trust.certificate = "\(folder)/\(name)"
            trust.key = key
        }
        return trust
    }
}
