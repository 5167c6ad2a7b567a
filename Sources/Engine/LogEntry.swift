import Support

/// One line of a container's log, as `{"log":"…\n","stream":"stdout","time":"…"}` (Docker's json-file).
package struct LogEntry: Equatable, Sendable {
    package var text: String
    package var isError: Bool
    /// As written; compared and shown, rarely parsed.
    package var time: String

    /// nil for a line that is none: half written when the host went down.
    package init?(line: ArraySlice<UInt8>) {
        guard let json = try? JSON.parse(Array(line)), let text = json["log"].string,
            let stream = json["stream"].string, let time = json["time"].string
        else { return nil }
        self.text = text
        isError = stream == "stderr"
        self.time = time
    }

    package init(text: String, isError: Bool, time: String) {
        self.text = text
        self.isError = isError
        self.time = time
    }
}

/// What `docker logs` asks for.
package struct LogOptions: Sendable {
    package var stdout = true
    package var stderr = true
    package var follow = false
    package var timestamps = false
    package var since: Timestamp?
    package var until: Timestamp?
    /// Lines from the end; nil for all.
    package var tail: Int?

    package init() {}

    package func wants(_ entry: LogEntry) -> Bool {
        guard entry.isError ? stderr : stdout else { return false }
        guard since != nil || until != nil else { return true }
        guard let time = Timestamp(rfc3339: entry.time) else { return true }
        if let since, time < since { return false }
        if let until, time > until { return false }
        return true
    }

    /// True from the first entry after `until` on.
    package func isOver(_ entry: LogEntry) -> Bool {
        guard let until, let time = Timestamp(rfc3339: entry.time) else { return false }
        return time > until
    }

    /// The bytes for a client: framed, unless the container has a terminal.
    package func bytes(_ entry: LogEntry, terminal: Bool) -> [UInt8] {
        var payload = timestamps ? Array("\(entry.time) ".utf8) : []
        payload += entry.text.utf8
        return terminal ? payload : StreamFrame.encode(payload, isError: entry.isError)
    }
}

/// Docker's frames of two streams in one: stream, three zeros, length (big-endian), bytes.
package enum StreamFrame {
    package static func encode(_ payload: [UInt8], isError: Bool) -> [UInt8] {
        let n = UInt32(payload.count)
        return [
            isError ? 2 : 1, 0, 0, 0, UInt8(n >> 24), UInt8(n >> 16 & 255), UInt8(n >> 8 & 255),
            UInt8(n & 255)
        ] + payload
    }
}

/// Times as the API takes them: `1700000000`, `1700000000.123456789` or RFC 3339.
package enum APITime {
    /// - Parameter text: nil, empty and `0` are no time.
    package static func parse(_ text: String?) throws(EscaleError) -> Timestamp? {
        guard let text, !text.isEmpty, text != "0" else { return nil }
        if let time = Timestamp(rfc3339: text) { return time }
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let seconds = Int64(parts[0]) else { throw invalid(text) }
        var nanoseconds: Int64 = 0
        if parts.count > 1 {
            let digits = parts[1].prefix(9)
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { throw invalid(text) }
            nanoseconds = Int64(digits + String(repeating: "0", count: 9 - digits.count)) ?? 0
        }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { throw invalid(text) }
        return Timestamp(nanoseconds: whole + nanoseconds)
    }

    private static func invalid(_ text: String) -> EscaleError {
        EscaleError(.invalid, "invalid time: \"\(text)\"")
    }
}
