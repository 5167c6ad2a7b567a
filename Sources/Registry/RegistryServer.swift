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
        let (socket, address) = try options.address.listen()
        let service = RegistryService(store: store, limits: options.limits)
        Task {
            do {
                let loops = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
                _ = try await Listener.start(service, on: socket, loops: loops)
                ready("http://\(address)")
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
