import Support

/// QEMU's machine protocol (docs/interop/qmp-spec): JSON lines both ways.
public struct QMPReader: Sendable {
    private var pending: [UInt8] = []

    public init() {}

    public enum Message: Equatable, Sendable {
        /// The first line.
        case greeting
        case returned(JSON)
        case failed(String)
        case event(String)
    }

    /// The whole lines that have come in so far.
    public mutating func feed(_ bytes: some Sequence<UInt8>) throws(EscaleError) -> [Message] {
        pending += bytes
        var messages: [Message] = []
        while let end = pending.firstIndex(of: 10) {
            let line = Array(pending[..<end])
            pending.removeFirst(end + 1)
            if line.allSatisfy({ $0 <= 32 }) { continue }
            let json = try JSON.parse(line)
            if let event = json["event"].string {
                messages.append(.event(event))
            } else if let text = json["error"]["desc"].string {
                messages.append(.failed(text))
            } else if !json["QMP"].isNull {
                messages.append(.greeting)
            } else {
                messages.append(.returned(json["return"]))
            }
        }
        return messages
    }

    /// A command as it is sent.
    public static func command(_ name: String, _ arguments: JSON? = nil) -> [UInt8] {
        var json: JSON = ["execute": .string(name)]
        if let arguments { json = ["execute": .string(name), "arguments": arguments] }
        return json.bytes() + [10]
    }
}
