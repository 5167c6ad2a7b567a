import NIOCore
import NIOHTTP1
import Support

/// One connection of a client: requests one after the other, each answered by a task.
///
/// Lives on its event loop. What comes while a request is in the works waits, in order.
final class HTTPHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case collecting(HTTPRequestHead, ByteBuffer)
        case streaming(BodyStream)
        /// The request is complete; its answer is not.
        case answering
        case closing
    }

    private let service: any Service
    private let encrypts: Bool
    private var state = State.idle
    private var later: [HTTPServerRequestPart] = []
    private var task: Task<Void, Never>?
    private var answered = true
    private var keepAlive = true
    private var context: ChannelHandlerContext?

    /// - Parameter encrypts: bytes must pass through TLS: the kernel can't send files.
    init(_ service: any Service, encrypts: Bool) {
        self.service = service
        self.encrypts = encrypts
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if later.isEmpty { take(part, context) } else { later.append(part) }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch (state, part) {
        case (.idle, .head(let head)):
            begin(head, context)
        case (.collecting(let head, var body), .body(var piece)):
            state = .idle  // releases our copy, so that the append is in place
            body.writeBuffer(&piece)
            if body.readableBytes > service.bodyLimit {
                refuse(head, context)
            } else {
                state = .collecting(head, body)
            }
        case (.collecting(let head, let body), .end):
            state = .answering
            dispatch(head, .whole(Array(body.readableBytesView)), context)
        case (.streaming(let stream), .body(let piece)):
            stream.feed(piece)
        case (.streaming(let stream), .end):
            state = .answering
            stream.end(complete: true)
            if answered { next(context) }
        case (.answering, _):
            later.append(part)
        default: break  // what follows a refused body
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        keepAlive = head.isKeepAlive
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        if service.streamsBody(head) {
            let stream = BodyStream(channel: context.channel)
            state = .streaming(stream)
            dispatch(head, .pieces(stream), context)
            return
        }
        if let length = head.headers.first(name: "content-length").flatMap(Int.init),
            length > service.bodyLimit
        {
            refuse(head, context)
            return
        }
        state = .collecting(head, context.channel.allocator.buffer(capacity: 0))
    }

    private func refuse(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .closing
        keepAlive = false
        answered = false
        exchange(head, context).answer(service.tooLarge)
    }

    private func exchange(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) -> Exchange {
        Exchange(
            service: service, channel: context.channel,
            handler: NIOLoopBound(self, eventLoop: context.eventLoop),
            isHead: head.method == .HEAD, keepAlive: keepAlive, encrypts: encrypts)
    }

    private func dispatch(_ head: HTTPRequestHead, _ body: Request.Body, _ context: ChannelHandlerContext) {
        answered = false
        let exchange = exchange(head, context)
        if case .whole(let bytes) = body, bytes.isEmpty, let response = service.respondNow(to: head) {
            exchange.answer(response)
            return
        }
        task = Task { await exchange.run(head, body) }
    }

    /// From the exchange: the answer has been written to its end.
    func finished(on channel: any Channel) {
        answered = true
        task = nil
        guard keepAlive else {
            state = .closing
            channel.close(promise: nil)
            return
        }
        if case .streaming(let stream) = state {
            // The client is still sending: its end comes.
            stream.drop()
            return
        }
        if let context { next(context) }
    }

    /// From the exchange: the connection is no longer HTTP's.
    func hijacked() -> Task<Void, Never>? {
        answered = true
        state = .closing
        return task
    }

    private func next(_ context: ChannelHandlerContext) {
        state = .idle
        let waiting = later
        later = []
        for (i, part) in waiting.enumerated() {
            take(part, context)
            if case .answering = state, i + 1 < waiting.count {
                later.append(contentsOf: waiting[(i + 1)...])
                return
            }
        }
    }

    /// Half-closed by the client: it waits for the answer of a short request, but has left a stream.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            if case .streaming(let stream) = state { stream.end(complete: false) }
            keepAlive = false
            if answered { context.close(promise: nil) } else { task?.cancel() }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .streaming(let stream) = state { stream.end(complete: false) }
        task?.cancel()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        task?.cancel()
        context.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }
}
