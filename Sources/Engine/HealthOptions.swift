import Support

/// `HEALTHCHECK`: how the container is asked whether it is well. Times in nanoseconds.
package struct HealthOptions: Equatable, Sendable {
    package var command: [String]
    package var interval: Int
    package var timeout: Int
    package var startPeriod: Int
    package var startInterval: Int
    package var retries: Int

    /// nil where there is none, or `NONE`.
    init?(_ json: JSON) throws(EscaleError) {
        let test = json["Test"].array?.compactMap(\.string) ?? []
        switch test.first {
        case nil, "", "NONE": return nil
        case "CMD" where test.count > 1: command = Array(test.dropFirst())
        case "CMD-SHELL" where test.count == 2: command = ["/bin/sh", "-c", test[1]]
        default:
            throw EscaleError(
                .invalid, "invalid healthcheck: Test must be [\"CMD\", …] or [\"CMD-SHELL\", \"…\"]")
        }
        func time(_ key: String, _ fallback: Int) throws(EscaleError) -> Int {
            let n = json[key].int ?? 0
            guard n == 0 || n >= 1_000_000 else {
                throw EscaleError(.invalid, "\(key) in Healthcheck cannot be less than 1ms")
            }
            return n == 0 ? fallback : n
        }
        interval = try time("Interval", 30_000_000_000)
        timeout = try time("Timeout", 30_000_000_000)
        startPeriod = try time("StartPeriod", 0)
        startInterval = try time("StartInterval", 5_000_000_000)
        retries = json["Retries"].int ?? 0
        if retries < 0 { throw EscaleError(.invalid, "Retries in Healthcheck cannot be negative") }
        if retries == 0 { retries = 3 }
    }
}
