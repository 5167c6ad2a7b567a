import Engine
import Glibc
import Linux
import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// The Docker API on a unix socket.
public final class Server: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel

    /// Binds `path` (a stale file is replaced) and serves from now on.
    /// - Parameter group: the numeric group that may connect too; root or the owner alone when nil.
    public static func start(engine: Engine, path: String, group gid: gid_t?) async throws(EscaleError)
        -> Server
    {
        let router = APIRoutes.router(engine)
        // One loop copies bytes and parses heads; the work is done in the engine's actors.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let listener = try UnixSocket.listen(path, mode: gid == nil ? 0o600 : 0o660, backlog: 512)
        if let gid { chown(path, geteuid(), gid) }
        let raw = listener.release()
        do {
            let channel = try await ServerBootstrap(group: group)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let sync = channel.pipeline.syncOperations
                        try sync.addHandler(HTTPResponseEncoder())
                        try sync.addHandler(
                            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)))
                        try sync.addHandler(HTTPServerProtocolErrorHandler())
                        try sync.addHandler(HTTPHandler(router: router))
                    }
                }
                .withBoundSocket(raw).get()
            return Server(group: group, channel: channel)
        } catch {
            close(raw)
            throw EscaleError(.internal, "listen \(path): \(error)")
        }
    }

    private init(group: MultiThreadedEventLoopGroup, channel: any Channel) {
        self.group = group
        self.channel = channel
    }

    /// Stops listening. Connections end with the process.
    public func stop() async {
        try? await channel.close().get()
    }
}
