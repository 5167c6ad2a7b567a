import CCurl
import Glibc
import Support

/// libcurl's failures in the words that Docker's users know, which are Go's.
enum TransportWords {
    /// - Parameters:
    ///   - errno: of the system call behind it, 0 where there is none.
    ///   - began: whether some of the answer had come.
    static func failure(_ code: CURLcode, _ request: HTTPRequest, errno: Int32, began: Bool)
        -> TransportFailure
    {
        let origin = Address.origin(request.url)
        let host = origin.split(separator: "/").last.map(String.init) ?? origin
        let name = RegistrySettings.hostName(host)
        let (kind, errorCode, why, repair): (RetryPolicy.Failure, EscaleError.Code, String, String?) =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST:
                (.unreachable, .unavailable, "dial tcp: lookup \(name): no such host", nil)
            case CURLE_COULDNT_RESOLVE_PROXY:
                (.unreachable, .unavailable, "the proxy's host is not known", "env | grep -i _proxy")
            case CURLE_COULDNT_CONNECT:
                (
                    .unreachable, .unavailable,
                    "dial tcp \(host): connect: \(errno == 0 ? "no connection" : ErrnoText.text(errno))", nil
                )
            case CURLE_OPERATION_TIMEDOUT:
                began
                    ? (.cut, .timeout, "the server went silent", nil)
                    : (.unreachable, .timeout, "dial tcp \(host): i/o timeout", nil)
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
                (
                    .unreachable, .denied,
                    "tls: failed to verify certificate: x509: certificate signed by unknown authority, "
                        + "or not \(name)'s",
                    "put its CA in /etc/docker/certs.d/\(host)/ca.crt, or list \(host) in insecure-registries"
                )
            case CURLE_SSL_CONNECT_ERROR:
                (.unreachable, .unavailable, "tls: \(name) speaks no TLS that we understand", nil)
            case CURLE_TOO_MANY_REDIRECTS:
                (.unreachable, .unavailable, "stopped after 10 redirects", nil)
            case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING,
                CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY:
                (.cut, .unavailable, errno == 0 ? "unexpected EOF" : ErrnoText.text(errno), nil)
            default:
                (.unreachable, .unavailable, String(cString: ccurl_message(code)), nil)
            }
        return TransportFailure(
            kind: kind,
            error: EscaleError(
                errorCode, "\(capitalised(request.method)) \"\(request.url)\": \(why)", errno: errno,
                repair: repair))
    }

    /// `Get`, as Go names a method.
    private static func capitalised(_ method: String) -> String {
        method.prefix(1) + method.dropFirst().lowercased()
    }
}
