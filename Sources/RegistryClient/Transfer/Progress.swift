import Linux
import Support
import Synchronization

/// Something that a pull or push tells while it goes on: a line of the whole, or of one layer.
public struct RegistryProgress: Equatable, Sendable {
    /// A layer's short digest, or the tag; nil for a line of the whole.
    public var id: String?
    /// `Downloading`, `Pull complete`: Docker's words.
    public var status: String
    /// Bytes, where they are counted.
    public var current: Int64?
    public var total: Int64?
    /// What `docker push` tells programs at its end.
    public var pushed: (tag: String, digest: String, size: Int64)?

    public init(_ status: String, id: String? = nil, current: Int64? = nil, total: Int64? = nil) {
        self.status = status
        self.id = id
        self.current = current
        self.total = total
    }

    public static func == (a: RegistryProgress, b: RegistryProgress) -> Bool { a.json == b.json }

    /// One message of Docker's stream (jsonmessage).
    public var json: JSON {
        if let pushed {
            return [
                "progressDetail": [:],
                "aux": [
                    "Tag": .string(pushed.tag), "Digest": .string(pushed.digest), "Size": .int(pushed.size)
                ]
            ]
        }
        var o: [(String, JSON)] = [("status", .string(status))]
        if let current, let total {
            o.append(("progressDetail", ["current": .int(current), "total": .int(total)]))
            o.append(("progress", .string(ProgressBar.docker(current, total))))
        } else if id != nil, !status.hasPrefix("Pulling from") {
            o.append(("progressDetail", [:]))
        }
        if let id { o.append(("id", .string(id))) }
        return .object(JSONObject(o))
    }
}

public enum ProgressBar {
    /// `[=====>      ]  1.2MB/3.4MB`, 50 wide, as Docker draws it.
    public static func docker(_ current: Int64, _ total: Int64) -> String {
        guard total > 0 else { return Units.size(current) }
        let filled = Int(min(50, current * 50 / total))
        let bar = String(repeating: "=", count: filled) + (filled < 50 ? ">" : "")
        let blank = String(repeating: " ", count: max(0, 50 - filled - (filled < 50 ? 1 : 0)))
        func pad(_ text: String) -> String { String(repeating: " ", count: max(0, 8 - text.count)) + text }
        return "[\(bar)\(blank)] \(pad(Units.size(current)))/\(Units.size(total))"
    }
}

/// Counts one layer's bytes and tells of them at most ten times a second.
final class ProgressMeter: Sendable {
    private let id: String
    private let status: String
    private let total: Int64
    private let tell: @Sendable (RegistryProgress) -> Void
    private let last = Mutex(Monotonic(nanoseconds: 0))

    init(_ id: String, _ status: String, total: Int64, _ tell: @escaping @Sendable (RegistryProgress) -> Void)
    {
        self.id = id
        self.status = status
        self.total = total
        self.tell = tell
    }

    func reached(_ current: Int64) {
        let isDue = last.withLock { last in
            let now = Monotonic.now
            guard now - last >= 100 || current == total else { return false }
            last = now
            return true
        }
        if isDue { tell(RegistryProgress(status, id: id, current: current, total: total)) }
    }
}
