import Engine
import Glibc
import HTTP
import Linux
import Support

/// The Docker API on a unix socket.
public enum Server {
    /// Binds `path` (a stale file is replaced) and serves from now on.
    /// - Parameter group: the numeric group that may connect too; root or the owner alone when nil.
    public static func start(engine: Engine, path: String, group gid: gid_t?) async throws(EscaleError) {
        let socket = try UnixSocket.listen(path, mode: gid == nil ? 0o600 : 0o660, backlog: 512)
        if let gid { chown(path, geteuid(), gid) }
        // One loop is enough: the work is done in the engine's actors.
        do { _ = try await Listener.start(APIRoutes.router(engine), on: socket) } catch {
            throw error.within(path)
        }
    }
}
