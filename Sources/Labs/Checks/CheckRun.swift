import Support

/// Evaluates the checks of a step in order.
enum CheckRun {
    /// - Parameter progress: called before each check.
    /// - Throws: `.interrupted` when `c.cancelled` says so: nothing is recorded then, and nothing costs.
    static func all(
        _ checks: [Check], _ c: CheckContext, progress: (CheckProgress) -> Void
    ) throws(EscaleError) -> [CheckResult] {
        var results: [CheckResult] = []
        for (i, check) in checks.enumerated() {
            if c.cancelled() { throw interrupted }
            let obstacle = check.after.first { id in
                results.first { $0.id == id }?.status != .passed
            }
            if let obstacle {
                results.append(
                    result(
                        check, .blocked, reason: "attend que « \(obstacle) » réussisse", help: "",
                        expected: "", got: "", nil, 0))
                continue
            }
            progress(
                CheckProgress(id: check.id, number: i + 1, count: checks.count, seconds: check.long))
            let started = Monotonic.now
            let one = evaluate(check, c, started)
            if c.cancelled() { throw interrupted }
            results.append(one)
        }
        return results
    }

    private static var interrupted: EscaleError { EscaleError(.interrupted, "vérification interrompue") }

    private static func evaluate(_ check: Check, _ c: CheckContext, _ started: Monotonic) -> CheckResult {
        let finding: Finding
        var outranked = false
        do {
            finding = try check.kind.evaluate(c)
        } catch {
            outranked = error.outranksReason
            finding = .failed(error.reason, help: error.help, got: error.got)
        }
        func done(_ status: CheckStatus, _ reason: String, _ help: String, _ misconception: String?)
            -> CheckResult
        {
            result(
                check, status, reason: reason, help: help, expected: finding.expected, got: finding.got,
                misconception, started.elapsedMilliseconds)
        }
        switch finding.verdict {
        case .passed: return done(.passed, "", "", nil)
        case .blocked: return done(.blocked, finding.reason, finding.help, nil)
        case .failed:
            if let rule = matching(check.rules, finding.got, c) {
                return done(.failed, rule.say, check.help ?? finding.help, rule.misconception)
            }
            if outranked { return done(.failed, finding.reason, finding.help, nil) }
            return done(
                .failed, check.reason ?? finding.reason, check.help ?? finding.help, finding.misconception)
        }
    }

    private static func matching(
        _ rules: [Check.MisconceptionRule], _ got: String, _ c: CheckContext
    ) -> Check.MisconceptionRule? {
        guard !got.isEmpty else { return nil }
        return rules.first { rule in
            // A value that can't be read now explains nothing.
            let resolved = try? rule.got.map { v throws(Unread) in try v.read(c) }
            return resolved?.holds(got) ?? false
        }
    }

    private static func result(
        _ check: Check, _ status: CheckStatus, reason: String, help: String, expected: String, got: String,
        _ misconception: String?, _ milliseconds: Double
    ) -> CheckResult {
        CheckResult(
            id: check.id, status: status, reason: Typography.french(capital(reason)),
            help: Typography.french(help), expected: Typography.french(expected), got: got,
            misconception: misconception, milliseconds: milliseconds)
    }

    private static func capital(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
