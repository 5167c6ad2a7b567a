import Glibc
import HTTP
import Linux
import Support

/// A registry as a process of its own.
package enum RegistryServer {
    package struct Options: Sendable {
        package var address: ListenAddress
        package var root: String
        package var limits = Limits()
        /// PEM files, for TLS.
        package var certificate: String?
        package var key: String?
        /// A file of users and bcrypt hashes.
        package var passwords: String?
        /// A file of rights (`AccessRules`).
        package var access: String?
        /// Clients log in for a token.
        package var usesTokens = false
        /// The address of a registry that this one mirrors.
        package var mirror: String?
        /// Also off loopback without TLS or passwords.
        package var insecure = false

        /// Throws `.invalid` for what is no `HOST:PORT`.
        package init(address: String, root: String) throws(EscaleError) {
            self.address = try ListenAddress(address)
            self.root = root
        }
    }

    /// Serves until SIGTERM or SIGINT, then ends the process: what was acknowledged is on disk, there is
    /// nothing to wait for. Throws only what keeps it from starting. Call it from the main thread, before
    /// any other thread is there.
    /// - Parameter ready: told its URL once clients can connect.
    package static func run(_ options: Options, ready: @escaping @Sendable (String) -> Void)
        throws(EscaleError) -> Never
    {
        signal(SIGPIPE, SIG_IGN)
        umask(0o022)
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGTERM)
        sigaddset(&signals, SIGINT)
        // Before the first thread, so that all inherit it and the signals come to `sigwait` alone.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let store: RegistryStore
        do { store = try RegistryStore(root: options.root) } catch { throw error.within("registry") }
        let gate = try gate(options)
        let tls = try identity(options)
        try checkSafety(options)
        let mirror: Mirror?
        if let upstream = options.mirror { mirror = try Mirror(upstream) } else { mirror = nil }
        let (socket, address) = try options.address.listen()
        let service = RegistryService(store: store, limits: options.limits, gate: gate, mirror: mirror)
        Task {
            do {
                let loops = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
                _ = try await Listener.start(service, on: socket, loops: loops, tls: tls)
                ready("\(tls == nil ? "http" : "https")://\(address)")
            } catch {
                Output.err("\(EscaleError.wrap(error).message)\n")
                exit(1)
            }
            await housekeeping(store, options.limits)
        }
        var signal: Int32 = 0
        while sigwait(&signals, &signal) != 0 {}
        exit(0)
    }

    /// Off loopback, passwords and images travel where others listen.
    private static func checkSafety(_ options: Options) throws(EscaleError) {
        guard !options.address.isLoopback, !options.insecure else { return }
        guard options.certificate != nil, options.passwords != nil else {
            throw EscaleError(
                .denied,
                "\(options.address) is no loopback address: a registry there needs TLS and passwords",
                repair: "escale registry serve --cert FILE --key FILE --htpasswd FILE, or --insecure")
        }
    }

    private static func identity(_ options: Options) throws(EscaleError) -> TLSIdentity? {
        guard let certificate = options.certificate, let key = options.key else {
            guard options.certificate == nil, options.key == nil else {
                throw EscaleError(.invalid, "a certificate and its key go together: --cert and --key")
            }
            return nil
        }
        return try TLSIdentity(certificate: certificate, key: key)
    }

    private static func gate(_ options: Options) throws(EscaleError) -> Gate {
        let passwords: Passwords?
        if let path = options.passwords { passwords = try Passwords(path: path) } else { passwords = nil }
        var rules = passwords == nil ? AccessRules.open : .users
        if let path = options.access {
            do { rules = try AccessRules(try Files.text(path)) } catch { throw error.within(path) }
        }
        guard options.usesTokens else { return Gate(rules: rules, passwords: passwords, tokens: nil) }
        guard passwords != nil else {
            throw EscaleError(.invalid, "tokens need passwords to be had with: --htpasswd FILE")
        }
        return Gate(
            rules: rules, passwords: passwords, tokens: try TokenKey(path: "\(options.root)/token.key"),
            scheme: options.certificate == nil ? "http" : "https")
    }

    /// Removes abandoned uploads, at once and then every tenth of their age.
    private static func housekeeping(_ store: RegistryStore, _ limits: Limits) async {
        let pause = min(3600, max(1, limits.uploadAge / 10))
        while !Task.isCancelled {
            do throws(RegistryError) {
                _ = try await blocking { () throws(RegistryError) in
                    try store.removeAbandoned(age: limits.uploadAge)
                }
            } catch { Output.err("abandoned uploads: \(error.message)\n") }
            try? await Task.sleep(nanoseconds: UInt64(pause) * 1_000_000_000)
        }
    }
}
