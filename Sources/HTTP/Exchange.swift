import NIOCore
import NIOHTTP1
import Support

/// One request being answered: carries a route's `Response` to the connection.
struct Exchange: Sendable {
    let service: any Service
    let channel: any Channel
    let handler: NIOLoopBound<HTTPHandler>
    /// HEAD: the answer's head only.
    let isHead: Bool
    let keepAlive: Bool
    let encrypts: Bool

    func run(_ head: HTTPRequestHead, _ body: Request.Body) async {
        let response: Response
        do {
            // In a task of its own: what was asked for is done also when the client does not wait for it.
            response = try await Task { try await service.respond(to: head, body) }.value
        } catch {
            answer(service.answer(to: EscaleError.wrap(error)))
            return
        }
        switch response {
        case .stream(let contentType, let headers, let write):
            await stream(contentType, headers, write)
        case .hijack(let contentType, let take):
            await hijack(head, contentType, take)
        case .file(let status, let headers, let file):
            send(status, headers, file)
        default:
            answer(response)
        }
    }

    /// Writes a whole answer in one go.
    func answer(_ response: Response) {
        var headers = HTTPHeaders()
        var status = HTTPResponseStatus.ok
        var bytes: [UInt8] = []
        switch response {
        case .json(let code, let value):
            status = code
            headers.add(name: "Content-Type", value: "application/json")
            bytes = value.bytes()
            bytes.append(10)
        case .text(let text):
            headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
            bytes = Array(text.utf8)
        case .empty(let code): status = code
        case .full(let code, let more, let data):
            status = code
            headers = more
            bytes = data
        case .file(let code, let more, let file):
            send(code, more, file)
            return
        case .stream, .hijack: return
        }
        let mayHaveBody = status.mayHaveResponseBody
        if mayHaveBody { headers.replaceOrAdd(name: "Content-Length", value: "\(bytes.count)") }
        let head = self.head(status, headers)
        let payload = isHead || !mayHaveBody || bytes.isEmpty ? nil : ByteBuffer(bytes: bytes)
        onLoop {
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            if let payload {
                channel.write(HTTPServerResponsePart.body(.byteBuffer(payload)), promise: nil)
            }
            finish()
        }
    }

    /// Writes a file: sent by the kernel where nothing has to see its bytes.
    private func send(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ file: FileBody) {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Length", value: "\(file.count)")
        let head = self.head(status, headers)
        onLoop {
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            guard !isHead, file.count > 0 else {
                finish()
                return
            }
            // A small one goes out with its head, in one system call.
            if file.count <= Self.smallFile, let bytes = file.read(at: file.offset, limit: file.count),
                bytes.readableBytes == file.count
            {
                channel.write(HTTPServerResponsePart.body(.byteBuffer(bytes)), promise: nil)
                finish()
                return
            }
            if encrypts {
                Task { await sendPieces(file) }
                return
            }
            let region = HTTPServerResponsePart.body(.fileRegion(file.region))
            channel.write(region).whenComplete { result in
                file.close()
                // Too late for a status: a file cut short must not be taken for a whole one.
                if case .failure = result { channel.close(promise: nil) }
            }
            finish()
        }
    }

    /// Writes a file piece by piece, each once the connection has taken the one before.
    private func sendPieces(_ file: FileBody) async {
        var position = file.offset
        let end = file.offset + file.count
        do {
            while position < end {
                guard let piece = file.read(at: position, limit: 1 << 17) else { throw ChannelError.eof }
                position += piece.readableBytes
                try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(piece))).get()
            }
        } catch {
            // As in `send`: never to be taken for a whole one.
            channel.close(promise: nil)
            return
        }
        channel.eventLoop.execute { finish() }
    }

    /// In bytes.
    private static let smallFile = 1 << 15

    private func onLoop(_ body: @escaping @Sendable () -> Void) {
        if channel.eventLoop.inEventLoop { body() } else { channel.eventLoop.execute(body) }
    }

    private func head(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) -> HTTPResponseHead {
        var headers = headers
        headers.add(contentsOf: service.headers)
        if !keepAlive { headers.replaceOrAdd(name: "Connection", value: "close") }
        return HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    private func finish() {
        channel.writeAndFlush(HTTPServerResponsePart.end(nil)).whenComplete { _ in
            handler.value.finished(on: channel)
        }
    }

    private func stream(
        _ contentType: String, _ headers: HTTPHeaders, _ write: @Sendable (StreamWriter) async throws -> Void
    ) async {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: contentType)
        let head = self.head(.ok, headers)
        do {
            try await channel.writeAndFlush(HTTPServerResponsePart.head(head)).get()
            if !isHead { try await write(StreamWriter(channel: channel)) }
        } catch {
            // Too late for a status. A client that left is no failure; for any other the stream is cut,
            // so that it can't be taken for a whole one.
            channel.close(promise: nil)
            return
        }
        channel.eventLoop.execute { finish() }
    }

    /// Answers `101 UPGRADED` (or Docker's bare 200 to clients that did not ask to upgrade), takes HTTP
    /// off the connection and hands it over.
    private func hijack(
        _ request: HTTPRequestHead, _ contentType: String,
        _ take: @escaping @Sendable (HijackedConnection) async throws -> Void
    ) async {
        let upgrades = request.headers.contains(name: "upgrade")
        let lines =
            upgrades
            ? "101 UPGRADED\r\nContent-Type: \(contentType)\r\nConnection: Upgrade\r\nUpgrade: tcp"
            : "200 OK\r\nContent-Type: \(contentType)"
        let more = service.headers.map { "\($0.name): \($0.value)\r\n" }.joined()
        let head = "HTTP/1.1 \(lines)\r\n\(more)\r\n"
        do {
            let connection = try await channel.eventLoop.submit {
                try HijackedConnection.takeOver(channel, from: handler.value, head: head)
            }.get()
            try await take(connection)
        } catch {
            // The client left, or the peer did: either way the connection is over.
            channel.close(promise: nil)
        }
    }
}

/// Pieces of a streamed answer; each write waits until the socket has taken it.
package struct StreamWriter: Sendable {
    let channel: any Channel

    package func write(_ bytes: [UInt8]) async throws {
        try Task.checkCancellation()
        guard !bytes.isEmpty else { return }
        try await channel.writeAndFlush(
            HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes)))
        ).get()
    }

    /// One JSON document and a newline.
    package func write(_ value: JSON) async throws { try await write(value.bytes() + [10]) }
}

extension HTTPResponseStatus {
    /// RFC 9110, section 6.4.1: no content in 1xx, 204 and 304.
    fileprivate var mayHaveResponseBody: Bool { code >= 200 && code != 204 && code != 304 }
}
