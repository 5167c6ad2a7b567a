import NIOCore
import NIOHTTP1
import NIOPosix
import Support

/// A connection that was HTTP: its bytes are relayed to a unix socket (the peer) and back.
///
/// What the client sends before the peer is there waits in the socket.
package struct HijackedConnection: Sendable {
    let channel: any Channel
    private let relay: NIOLoopBound<RelayHandler>
    /// The request's own task: cancelled when the client leaves while it waits.
    private let gone: AsyncStream<Void>
    /// Ends when the peer has sent all, or the client has left.
    private let peerEnd: AsyncStream<Void>
    private let peerEnded: AsyncStream<Void>.Continuation

    /// On the event loop: writes `head`, removes the HTTP handlers, leaves a relay.
    static func takeOver(_ channel: any Channel, from handler: HTTPHandler, head: String) throws
        -> HijackedConnection
    {
        let sync = channel.pipeline.syncOperations
        let task = handler.hijacked()
        let (gone, continuation) = AsyncStream.makeStream(of: Void.self)
        let (peerEnd, peerEnded) = AsyncStream.makeStream(of: Void.self)
        let relay = RelayHandler {
            continuation.finish()
            peerEnded.finish()
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
            channel: channel, relay: NIOLoopBound(relay, eventLoop: channel.eventLoop), gone: gone,
            peerEnd: peerEnd, peerEnded: peerEnded)
    }

    /// Connects to the peer's socket, sends the request line, and relays from now on.
    /// Returns once the line is on its way.
    /// - Parameter closesClient: the peer's end ends the client's connection; else `waitForPeerEnd`
    ///   tells, and the caller closes.
    package func connect(
        to socket: String, request: [UInt8], detach: (any InputFilter)?, closesClient: Bool = true,
        onDetach: @escaping @Sendable () -> Void
    ) async throws {
        let loop = channel.eventLoop
        let client = channel
        let relay = relay
        let peerEnded = peerEnded
        let peer = try await ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(unixDomainSocketPath: socket).get()
        try await loop.submit {
            let other = RelayHandler {}
            try peer.pipeline.syncOperations.addHandler(other)
            peer.writeAndFlush(ByteBuffer(bytes: request), promise: nil)
            relay.value.link(to: peer, ends: .input, detach: detach, onDetach: onDetach)
            other.link(
                to: client, ends: closesClient ? .whole : .told { peerEnded.finish() }, detach: nil,
                onDetach: {})
            peer.setOption(.autoRead, value: true).whenComplete { _ in }
            client.setOption(.autoRead, value: true).whenComplete { _ in }
            peer.read()
            client.read()
        }.get()
    }

    /// Writes bytes of our own (earlier log lines) before relaying.
    package func write(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    package func close() { channel.close(promise: nil) }

    /// Returns when the client has left.
    package func waitUntilGone() async { for await _ in gone {} }

    /// Returns when all of the peer's output has been written, or the client has left: true for the
    /// former.
    package func waitForPeerEnd() async -> Bool {
        for await _ in peerEnd {}
        return !Task.isCancelled
    }
}

/// Looks at what a client sends: keys that leave a terminal.
package protocol InputFilter: Sendable {
    /// What goes on to the peer, and whether the client leaves now.
    mutating func filter(_ input: [UInt8]) -> (bytes: [UInt8], detach: Bool)
}

/// One side of a relay: what is read here is written to the peer; reading stops while the peer is full.
final class RelayHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var peer: (any Channel)?
    private var early: [ByteBuffer] = []
    private var inputEnded = false
    private var ends = PeerEnd.input
    private var detach: (any InputFilter)?
    private var onDetach: @Sendable () -> Void = {}
    private let onGone: @Sendable () -> Void

    /// What the end of this side means for the peer.
    enum PeerEnd {
        /// The peer reads the end; it may go on writing.
        case input
        case whole
        /// Somebody else decides.
        case told(@Sendable () -> Void)
    }

    init(onGone: @escaping @Sendable () -> Void) { self.onGone = onGone }

    func link(
        to peer: any Channel, ends: PeerEnd, detach: (any InputFilter)?,
        onDetach: @escaping @Sendable () -> Void
    ) {
        self.peer = peer
        self.ends = ends
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
        let written = peer.writeAndFlush(ByteBuffer())
        switch ends {
        case .input: written.whenComplete { _ in peer.close(mode: .output, promise: nil) }
        case .whole: written.whenComplete { _ in peer.close(promise: nil) }
        case .told(let tell): written.whenComplete { _ in tell() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        onGone()
        guard let peer else { return }
        if case .input = ends { peer.close(promise: nil) } else { endPeer() }
        self.peer = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
