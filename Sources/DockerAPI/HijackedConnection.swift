import Engine
import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// A connection that was HTTP: `attach` and `exec start` relay its bytes to a shim and back.
///
/// What the client sends before the shim is there waits in the socket.
struct HijackedConnection: Sendable {
    let channel: any Channel
    private let relay: NIOLoopBound<RelayHandler>
    /// The request's own task: cancelled when the client leaves while it waits.
    private let gone: AsyncStream<Void>

    /// On the event loop: writes `head`, removes the HTTP handlers, leaves a relay.
    static func takeOver(_ channel: any Channel, from handler: HTTPHandler, head: String) throws
        -> HijackedConnection
    {
        let sync = channel.pipeline.syncOperations
        let task = handler.hijacked()
        let (gone, continuation) = AsyncStream.makeStream(of: Void.self)
        let relay = RelayHandler {
            continuation.finish()
            task?.cancel()
        }
        let decoder = try sync.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        let encoder = try sync.handler(type: HTTPResponseEncoder.self)
        try sync.addHandler(relay)
        sync.removeHandler(handler, promise: nil)
        if let errors = try? sync.handler(type: HTTPServerProtocolErrorHandler.self) {
            sync.removeHandler(errors, promise: nil)
        }
        sync.removeHandler(encoder, promise: nil)
        // Forwards what it has not parsed to the relay.
        sync.removeHandler(decoder, promise: nil)
        channel.writeAndFlush(ByteBuffer(string: head), promise: nil)
        return HijackedConnection(
            channel: channel, relay: NIOLoopBound(relay, eventLoop: channel.eventLoop), gone: gone)
    }

    /// Connects to the shim's socket, sends the request line, and relays from now on.
    /// Returns once the line is on its way.
    func connect(
        to socket: String, request: [UInt8], detach: DetachKeys?, onDetach: @escaping @Sendable () -> Void
    )
        async throws
    {
        let loop = channel.eventLoop
        let client = channel
        let relay = relay
        let shim = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: socket).get()
        try await loop.submit {
            let other = RelayHandler {}
            try shim.pipeline.syncOperations.addHandler(other)
            shim.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
            relay.value.link(to: shim, closesWhole: false, detach: detach, onDetach: onDetach)
            other.link(to: client, closesWhole: true, detach: nil, onDetach: {})
            shim.setOption(.autoRead, value: true).whenComplete { _ in }
            client.setOption(.autoRead, value: true).whenComplete { _ in }
            shim.read()
            client.read()
        }.get()
    }

    /// Writes bytes of our own (earlier log lines) before relaying.
    func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    func close() { channel.close(promise: nil) }

    /// Returns when the client has left.
    func waitUntilGone() async { for await _ in gone {} }
}

/// One side of a relay: what is read here is written to the peer; reading stops while the peer is full.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var peer: (any Channel)?
    private var early: [ByteBuffer] = []
    private var inputEnded = false
    /// The end of this side ends the peer whole; else it only ends the peer's input.
    private var closesWhole = false
    private var detach: DetachKeys?
    private var onDetach: @Sendable () -> Void = {}
    private let onGone: @Sendable () -> Void

    init(onGone: @escaping @Sendable () -> Void) { self.onGone = onGone }

    func link(
        to peer: any Channel, closesWhole: Bool, detach: DetachKeys?,
        onDetach: @escaping @Sendable () -> Void
    ) {
        self.peer = peer
        self.closesWhole = closesWhole
        self.detach = detach
        self.onDetach = onDetach
        for piece in early { forward(piece) }
        early = []
        if inputEnded { endPeer() }
    }

    private func forward(_ piece: ByteBuffer) {
        guard let peer else {
            early.append(piece)
            return
        }
        guard detach != nil else {
            peer.writeAndFlush(piece, promise: nil)
            return
        }
        let (bytes, left) = detach?.filter(Array(piece.readableBytesView)) ?? ([], false)
        if !bytes.isEmpty { peer.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
        if left {
            onDetach()
            peer.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        forward(unwrapInboundIn(data))
        // Nobody to write to yet: no more until there is.
        if peer == nil { context.channel.setOption(.autoRead, value: false).whenComplete { _ in } }
    }

    func read(context: ChannelHandlerContext) {
        // A full peer calls for more when it has room (`channelWritabilityChanged` there).
        if peer?.isWritable ?? true { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { peer?.read() }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            inputEnded = true
            endPeer()
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func endPeer() {
        guard let peer else { return }
        // An empty write is done when all before it is.
        let whole = closesWhole
        peer.writeAndFlush(ByteBuffer()).whenComplete { _ in
            peer.close(mode: whole ? .all : .output, promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        onGone()
        guard let peer else { return }
        if closesWhole {
            endPeer()
        } else {
            peer.close(promise: nil)
        }
        self.peer = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
