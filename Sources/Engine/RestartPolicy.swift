import Support

/// When a container that ended is started again (`--restart`).
package struct RestartPolicy: Equatable, Sendable {
    package enum Name: String, Sendable {
        case no, always
        case onFailure = "on-failure"
        case unlessStopped = "unless-stopped"
    }

    package var name: Name
    /// For `on-failure`: attempts at most; 0 for no limit.
    package var maximum: Int

    package init(_ json: JSON) throws(EscaleError) {
        let text = json["Name"].string ?? ""
        guard let name = text.isEmpty ? .no : Name(rawValue: text) else {
            throw EscaleError(
                .invalid,
                "invalid restart policy: unknown policy '\(text)'; use one of 'no', "
                    + "'always', 'on-failure', or 'unless-stopped'")
        }
        let maximum = json["MaximumRetryCount"].int ?? 0
        if maximum < 0 {
            throw EscaleError(.invalid, "invalid restart policy: maximum retry count cannot be negative")
        }
        if maximum > 0, name != .onFailure {
            throw EscaleError(
                .invalid,
                "invalid restart policy: maximum retry count can only be used with 'on-failure'")
        }
        self.name = name
        self.maximum = maximum
    }

    /// After an exit while the daemon runs.
    /// - Parameter stopped: the user stopped or killed it.
    package func restarts(status: Int, stopped: Bool, count: Int) -> Bool {
        if stopped { return false }
        return switch name {
        case .no: false
        case .always, .unlessStopped: true
        case .onFailure: status != 0 && (maximum == 0 || count < maximum)
        }
    }

    /// For a container found dead when the daemon comes up.
    /// - Parameter wasRunning: it ran when the daemon or the host went away.
    package func restartsAtBoot(wasRunning: Bool, status: Int, stopped: Bool, count: Int) -> Bool {
        switch name {
        case .no: false
        case .always: wasRunning || stopped
        case .unlessStopped: wasRunning && !stopped
        case .onFailure: wasRunning && restarts(status: status, stopped: stopped, count: count)
        }
    }

    /// The wait before the next attempt, in milliseconds: 100, doubled each time up to a minute; from the
    /// start again after a run of ten seconds (Docker's figures).
    package static func backOff(previous: Int, ranFor milliseconds: Double) -> Int {
        if previous == 0 || milliseconds >= 10_000 { return 100 }
        return min(previous * 2, 60_000)
    }
}
