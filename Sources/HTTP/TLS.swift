import CTLS
import Glibc
import NIOCore
import Support

/// A server's certificate and key, for its TLS connections (1.2 and 1.3).
package final class TLSIdentity: Sendable {
    /// An SSL_CTX counts its references itself, and is not changed after `init`.
    nonisolated(unsafe) private let context: OpaquePointer

    /// - Parameters:
    ///   - certificate: a PEM file: the certificate, then those that lead to its authority.
    ///   - key: a PEM file.
    package init(certificate: String, key: String) throws(EscaleError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else {
            throw EscaleError(.internal, "TLS: \(Self.reason)")
        }
        self.context = context
        _ = cl_tls_at_least_12(context)
        guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
            throw EscaleError(.invalid, "certificate \(certificate): \(Self.reason)")
        }
        guard SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1,
            SSL_CTX_check_private_key(context) == 1
        else { throw EscaleError(.invalid, "key \(key): \(Self.reason)") }
    }

    deinit { SSL_CTX_free(context) }

    func connection() -> OpaquePointer? { SSL_new(context) }

    private static var reason: String {
        let code = ERR_get_error()
        defer { ERR_clear_error() }
        guard code != 0, let text = ERR_reason_error_string(code) else {
            return ErrnoText.text(errno)
        }
        return String(cString: text)
    }
}

/// TLS on one connection: what comes is decrypted, what goes is encrypted, through two buffers in memory.
/// Lives on the connection's event loop.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = ByteBuffer

    private let ssl: OpaquePointer
    /// Both are the connection's, and go with it.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private var closed = false

    /// nil where there is no memory for it.
    init?(_ identity: TLSIdentity) {
        guard let ssl = identity.connection(), let incoming = BIO_new(BIO_s_mem()),
            let outgoing = BIO_new(BIO_s_mem())
        else { return nil }
        self.ssl = ssl
        self.incoming = incoming
        self.outgoing = outgoing
        SSL_set_bio(ssl, incoming, outgoing)
        SSL_set_accept_state(ssl)
    }

    deinit { SSL_free(ssl) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unwrapInboundIn(data).withUnsafeReadableBytes { raw in
            _ = BIO_write(incoming, raw.baseAddress, Int32(raw.count))
        }
        var plain = context.channel.allocator.buffer(capacity: 1 << 14)
        var ended = false
        while true {
            ERR_clear_error()
            var n: Int32 = 0
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: 1 << 14) { raw in
                n = SSL_read(ssl, raw.baseAddress, Int32(min(raw.count, 1 << 14)))
                return Int(max(n, 0))
            }
            if n > 0 { continue }
            let code = SSL_get_error(ssl, n)
            // Anything but "more is needed": the peer's goodbye, or nonsense.
            ended = code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE
            break
        }
        send(context, promise: nil)
        context.flush()
        if plain.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(plain)) }
        if ended { context.close(promise: nil) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .byteBuffer(var buffer) = unwrapOutboundIn(data) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        while buffer.readableBytes > 0 {
            ERR_clear_error()
            let n = buffer.readWithUnsafeReadableBytes { raw in
                Int(max(0, SSL_write(ssl, raw.baseAddress, Int32(min(raw.count, 1 << 20)))))
            }
            // Memory takes all there is; only a broken connection takes nothing.
            if n == 0 {
                promise?.fail(ChannelError.ioOnClosedChannel)
                context.close(promise: nil)
                return
            }
        }
        send(context, promise: promise)
    }

    private func send(_ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let count = BIO_ctrl_pending(outgoing)
        var out = context.channel.allocator.buffer(capacity: count)
        if count > 0 {
            out.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { raw in
                Int(max(0, BIO_read(outgoing, raw.baseAddress, Int32(count))))
            }
        }
        guard out.readableBytes > 0 || promise != nil else { return }
        context.write(wrapOutboundOut(out), promise: promise)
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if !closed {
            closed = true
            ERR_clear_error()
            SSL_shutdown(ssl)
            send(context, promise: nil)
            context.flush()
        }
        context.close(mode: mode, promise: promise)
    }
}
