import CCurl
import Glibc
import Linux
import Support

/// A connection's user: one libcurl handle, which keeps its connections open for the next exchange. Not
/// for several threads at once.
final class Transfer {
    private let handle: OpaqueHandle
    /// Silence for so many seconds counts as a cut.
    static let patience = 30

    /// libcurl's `CURL *`.
    typealias OpaqueHandle = UnsafeMutableRawPointer

    /// Throws `.unavailable` where libcurl is missing.
    init() throws(EscaleError) {
        guard ccurl_load() == 0, let handle = ccurl_new() else {
            throw EscaleError(
                .unavailable, "registries need libcurl: \(String(cString: ccurl_load_error()))",
                repair: "apt-get install libcurl4")
        }
        self.handle = handle
    }

    deinit { ccurl_free(handle) }

    /// One exchange. A successful answer's body goes to `receive` piece by piece, with its head; any other's
    /// is collected, up to 64 KiB.
    /// - Throws: `TransportFailure` where there is no answer, or its body is cut; what `receive` throws.
    func perform(
        _ request: HTTPRequest, cancellation: Cancellation,
        receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    ) throws(TransportFailure) -> HTTPResponse {
        let context = TransferContext(request, cancellation, receive)
        let retained = Unmanaged.passRetained(context)
        defer { retained.release() }
        var list: UnsafeMutablePointer<curl_slist>?
        // "Expect: 100-continue" costs a second with servers that don't know it.
        for (name, value) in request.headers + [("Expect", "")] {
            list = ccurl_append(list, value.isEmpty ? "\(name):" : "\(name): \(value)")
        }
        defer { ccurl_free_list(list) }
        configure(request, context: retained.toOpaque(), headers: list)
        let code = ccurl_perform(handle)
        var response = context.response
        response.url =
            ccurl_info_text(handle, CURLINFO_EFFECTIVE_URL).map { String(cString: $0) } ?? request.url
        if cancellation.isCancelled {
            throw TransportFailure(kind: .unreachable, error: Cancellation.error)
        }
        if let failure = context.failure {
            throw TransportFailure(
                kind: failure.code == .corrupt ? .wrongContent : .unreachable, error: failure)
        }
        // An answer that came before the whole upload was taken counts: it says why.
        if code == CURLE_OK || (code == CURLE_SEND_ERROR && response.status >= 400) { return response }
        throw TransportWords.failure(
            code, request, errno: Int32(ccurl_info_long(handle, CURLINFO_OS_ERRNO)),
            began: response.status != 0)
    }

    private func configure(
        _ request: HTTPRequest, context: UnsafeMutableRawPointer, headers: UnsafeMutablePointer<curl_slist>?
    ) {
        let h = handle
        ccurl_reset(h)
        ccurl_set_text(h, CURLOPT_URL, request.url)
        ccurl_set_text(h, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_text(h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        ccurl_set_text(h, CURLOPT_USERAGENT, "escale/0.1.0")
        ccurl_set_long(h, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(h, CURLOPT_FOLLOWLOCATION, 1)
        ccurl_set_long(h, CURLOPT_MAXREDIRS, 10)
        ccurl_set_long(h, CURLOPT_CONNECTTIMEOUT, 15)
        ccurl_set_long(h, CURLOPT_LOW_SPEED_LIMIT, 1)
        ccurl_set_long(h, CURLOPT_LOW_SPEED_TIME, Self.patience)
        ccurl_set_long(h, CURLOPT_BUFFERSIZE, 512 << 10)
        ccurl_set_long(h, CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        ccurl_set_pointer(h, CURLOPT_HTTPHEADER, headers)
        ccurl_on_header(h, onHeader, context)
        ccurl_on_body(h, onBody, context)
        ccurl_on_progress(h, onProgress, context)
        switch request.body {
        case .none:
            if request.method == "HEAD" {
                ccurl_set_long(h, CURLOPT_NOBODY, 1)
            } else if request.method != "GET" {
                ccurl_set_text(h, CURLOPT_CUSTOMREQUEST, request.method)
            }
        case .bytes(let bytes): upload(request.method, Int64(bytes.count), context)
        case .file(_, _, let count): upload(request.method, count, context)
        }
        trust(request.trust)
        proxy(request.url)
    }

    private func upload(_ method: String, _ count: Int64, _ context: UnsafeMutableRawPointer) {
        ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
        ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, method)
        ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(count))
        ccurl_on_upload(handle, onUpload, onSeek, context)
    }

    private func trust(_ trust: Trust) {
        if trust.anyone {
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if !trust.authorities.isEmpty {
            // Instead of the system's bundle; its folder of single certificates still counts.
            ccurl_set_text(handle, CURLOPT_CAPATH, "/etc/ssl/certs")
            _ = trust.authorities.withUnsafeBytes {
                ccurl_set_blob(handle, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count)
            }
        }
        if let certificate = trust.certificate, let key = trust.key {
            ccurl_set_text(handle, CURLOPT_SSLCERT, certificate)
            ccurl_set_text(handle, CURLOPT_SSLKEY, key)
        }
    }

    /// libcurl reads `https_proxy`, `HTTPS_PROXY`, `http_proxy` and `no_proxy` itself. As with Docker,
    /// `HTTP_PROXY` counts too, and this machine is never asked through a proxy.
    private func proxy(_ url: String) {
        let host = Address.origin(url).split(separator: "/").last.map(String.init) ?? ""
        if RegistrySettings.isLoopback(RegistrySettings.hostName(host)) {
            ccurl_set_text(handle, CURLOPT_NOPROXY, "*")
        } else if url.hasPrefix("http://"), Environment["http_proxy"] == nil,
            let proxy = Environment["HTTP_PROXY"]
        {
            ccurl_set_text(handle, CURLOPT_PROXY, proxy)
        }
    }
}

/// What the callbacks of one exchange share.
private final class TransferContext {
    let request: HTTPRequest
    let cancellation: Cancellation
    let receive: (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    var response = HTTPResponse()
    var failure: EscaleError?
    /// Of the request's body.
    var position: Int64 = 0

    init(
        _ request: HTTPRequest, _ cancellation: Cancellation,
        _ receive: @escaping (HTTPResponse, UnsafeRawBufferPointer) throws(EscaleError) -> Void
    ) {
        self.request = request
        self.cancellation = cancellation
        self.receive = receive
    }

    static func of(_ pointer: UnsafeMutableRawPointer?) -> TransferContext? {
        pointer.map { Unmanaged<TransferContext>.fromOpaque($0).takeUnretainedValue() }
    }

    func header(_ line: String) {
        if line.hasPrefix("HTTP/") {
            // Of a redirection's answer, or of an interim one, nothing is kept.
            response = HTTPResponse()
            let words = line.split(separator: " ", maxSplits: 2)
            response.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        } else if let colon = line.firstIndex(of: ":") {
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let old = response.headers[name].map { $0 + ", " } ?? ""
            response.headers[name] = old + value
        }
    }

    func body(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard response.isSuccess else {
            if response.body.count < 64 << 10 { response.body.append(contentsOf: bytes) }
            return true
        }
        do throws(EscaleError) { try receive(response, bytes) } catch {
            failure = error
            return false
        }
        return true
    }

    /// The next bytes of the request's body; nil where they can't be read.
    func upload(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        var count = 0
        switch request.body {
        case .none: return 0
        case .bytes(let bytes):
            let rest = bytes[Int(position)...].prefix(buffer.count)
            buffer.copyBytes(from: rest)
            count = rest.count
        case .file(let fd, let offset, let total):
            let wanted = min(buffer.count, Int(total - position))
            count = wanted == 0 ? 0 : pread(fd, buffer.baseAddress, wanted, off_t(offset + position))
            if count < 0 || (count == 0 && wanted > 0) {
                failure =
                    count < 0 ? .system("read", errno: errno) : EscaleError(.corrupt, "a file has shrunk")
                return nil
            }
        }
        position += Int64(count)
        request.sent?(position)
        return count
    }
}

// libcurl's callbacks (curl.se/libcurl/c/curl_easy_setopt.html).

private let onHeader: curl_write_callback = { bytes, size, count, context in
    guard let context = TransferContext.of(context), let bytes else { return 0 }
    var line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)[...]
    while let last = line.last, last.isNewline || last == " " { line.removeLast() }
    context.header(String(line))
    return size * count
}

private let onBody: curl_write_callback = { bytes, size, count, context in
    guard let context = TransferContext.of(context) else { return 0 }
    return context.body(UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
}

private let onUpload: curl_read_callback = { bytes, size, count, context in
    guard let context = TransferContext.of(context),
        let read = context.upload(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
    else { return Int(CURL_READFUNC_ABORT) }
    return read
}

private let onSeek: curl_seek_callback = { context, offset, origin in
    guard let context = TransferContext.of(context), origin == SEEK_SET else { return CURL_SEEKFUNC_CANTSEEK }
    context.position = Int64(offset)
    return CURL_SEEKFUNC_OK
}

private let onProgress: curl_xferinfo_callback = { context, _, _, _, _ in
    TransferContext.of(context)?.cancellation.isCancelled == true ? 1 : 0
}
