import Glibc
import Linux
import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// A listening socket whose connections speak HTTP/1.1 to a service.
package final class Listener: Sendable {
    private let channel: any Channel

    /// The same for a socket of `ListenAddress`.
    package static func start(
        _ service: any Service, on socket: ListeningSocket, loops: Int = 1, tls: TLSIdentity? = nil
    )
        async throws(EscaleError) -> Listener
    {
        try await start(service, on: try socket.fd.duplicate(), loops: loops, tls: tls)
    }

    /// Serves the clients of a socket that listens already, from now on.
    /// - Parameter loops: event loops: each copies bytes and parses heads on a thread of its own.
    package static func start(
        _ service: any Service, on socket: consuming FD, loops: Int = 1, tls: TLSIdentity? = nil
    )
        async throws(EscaleError) -> Listener
    {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        let raw = socket.release()
        do {
            let channel = try await ServerBootstrap(group: group)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let sync = channel.pipeline.syncOperations
                        if let tls {
                            guard let handler = TLSHandler(tls) else { throw ChannelError.eof }
                            try sync.addHandler(handler)
                        }
                        try sync.addHandler(HTTPResponseEncoder())
                        try sync.addHandler(
                            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)))
                        try sync.addHandler(HTTPServerProtocolErrorHandler())
                        try sync.addHandler(HTTPHandler(service, encrypts: tls != nil))
                    }
                }
                .withBoundSocket(raw).get()
            return Listener(channel)
        } catch {
            close(raw)
            throw EscaleError(.internal, "listen: \(error)")
        }
    }

    private init(_ channel: any Channel) { self.channel = channel }

    /// Stops listening. Connections end with the process.
    package func stop() async {
        try? await channel.close().get()
    }
}
