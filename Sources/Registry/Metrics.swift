import HTTP
import NIOHTTP1
import Support
import Synchronization

/// Counts what the registry does, for Prometheus (text format 0.0.4).
package final class Metrics: Sendable {
    private struct State {
        var requests: [String: Int] = [:]
        var received: Int64 = 0
        var sent: Int64 = 0
        var mirrored = 0
    }

    private let state = Mutex(State())
    private let start = Timestamp.now.seconds

    package init() {}

    func answered(_ method: HTTPMethod, _ response: Response) {
        let (status, bytes): (UInt, Int)
        switch response {
        case .json(let code, _), .empty(let code): (status, bytes) = (code.code, 0)
        case .full(let code, _, let data): (status, bytes) = (code.code, data.count)
        case .file(let code, _, let file): (status, bytes) = (code.code, file.count)
        case .text, .stream, .hijack: (status, bytes) = (200, 0)
        }
        let key = "method=\"\(method.rawValue)\",code=\"\(status)\""
        state.withLock { s in
            s.requests[key, default: 0] += 1
            if method != .HEAD { s.sent += Int64(bytes) }
        }
    }

    func received(_ bytes: Int) { state.withLock { $0.received += Int64(bytes) } }

    var text: String {
        let s = state.withLock { $0 }
        var lines = [
            "# HELP escale_registry_requests_total Requests answered.",
            "# TYPE escale_registry_requests_total counter"
        ]
        lines += s.requests.sorted { $0.key < $1.key }.map {
            "escale_registry_requests_total{\($0.key)} \($0.value)"
        }
        for (name, help, value) in [
            ("received_bytes_total", "Bytes of blobs received.", s.received),
            ("sent_bytes_total", "Bytes of blobs and manifests sent.", s.sent)
        ] {
            lines += [
                "# HELP escale_registry_\(name) \(help)", "# TYPE escale_registry_\(name) counter",
                "escale_registry_\(name) \(value)"
            ]
        }
        lines += [
            "# HELP process_start_time_seconds Start of the registry, in seconds since 1970.",
            "# TYPE process_start_time_seconds gauge", "process_start_time_seconds \(start)"
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
