import Support

/// Where a container is in its life: `state.json` beside its `container.json`.
package struct ContainerState: Codable, Equatable, Sendable {
    package enum Status: String, Codable, Sendable, CaseIterable {
        case created, running, paused, restarting, removing, exited, dead
    }

    package var status: Status = .created
    package var pid = 0
    package var exitCode = 0
    package var oomKilled = false
    package var error = ""
    /// RFC 3339; nil before the first start or end.
    package var startedAt: String?
    package var finishedAt: String?
    package var restartCount = 0
    /// The user stopped or killed it: restart policies hold back.
    package var stoppedByUser = false
    package var address: String?
    package var prefix: Int?
    package var gateway: String?
    package var mac: String?
    package var ports: [PublishedBinding] = []

    package init() {}

    package var isRunning: Bool { status == .running || status == .paused }

    /// `Up 3 minutes (Paused)`, as `docker ps` shows it.
    package func describe(now: Timestamp, health: String? = nil) -> String {
        func since(_ text: String?) -> String {
            guard let text, let time = Timestamp(rfc3339: text) else { return "" }
            return HumanDuration.text(seconds: Double(now.nanoseconds - time.nanoseconds) / 1e9)
        }
        switch status {
        case .running:
            let suffix =
                switch health {
                case "starting": " (health: starting)"
                case .some(let h): " (\(h))"
                case nil: ""
                }
            return "Up \(since(startedAt))\(suffix)"
        case .paused: return "Up \(since(startedAt)) (Paused)"
        case .restarting: return "Restarting (\(exitCode)) \(since(finishedAt)) ago"
        case .removing: return "Removal In Progress"
        case .dead: return "Dead"
        case .created: return "Created"
        case .exited: return "Exited (\(exitCode)) \(since(finishedAt)) ago"
        }
    }

    /// Go's zero time, which Docker shows for "never".
    package static let never = "0001-01-01T00:00:00Z"

    /// The `State` of inspect.
    package func inspect(health: JSON?) -> JSON {
        var o = JSONObject([
            ("Status", .string(status.rawValue)),
            ("Running", .bool(isRunning || status == .restarting)),
            ("Paused", .bool(status == .paused)),
            ("Restarting", .bool(status == .restarting)),
            ("OOMKilled", .bool(oomKilled)),
            ("Dead", .bool(status == .dead)),
            ("Pid", JSON(isRunning ? pid : 0)),
            ("ExitCode", JSON(isRunning ? 0 : exitCode)),
            ("Error", .string(error)),
            ("StartedAt", .string(startedAt ?? Self.never)),
            ("FinishedAt", .string(finishedAt ?? Self.never))
        ])
        o["Health"] = health
        return .object(o)
    }
}

/// A length of time in words, as Docker's tables have it.
package enum HumanDuration {
    package static func text(seconds: Double) -> String {
        let s = Int(max(0, seconds))
        if s < 1 { return "Less than a second" }
        if s == 1 { return "1 second" }
        if s < 60 { return "\(s) seconds" }
        let minutes = s / 60
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        // Rounded to the nearest hour from here on.
        let hours = Int((Double(s) / 3600).rounded())
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 14 { return "\(hours / 24) days" }
        if hours < 24 * 60 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(s / 3600 / 24 / 365) years"
    }
}
