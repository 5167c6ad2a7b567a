import Support

/// Where a learner is in a step: a pure fold over the journal.
public struct StepState: Sendable, Equatable {
    /// 0 for the first; one more at each `refaire`.
    public var attempt = 0
    /// When this attempt began; nil before the step is opened in it.
    public var since: Timestamp?
    public var prediction: String?
    public var answer: String?
    public var seen: Set<String> = []
    /// `verifier`, over all attempts.
    public var checks = 0
    /// Hints read, over all attempts.
    public var hints = 0
    public var solutionSeen = false
    public var solvedAt: Timestamp?
    /// Points kept once solved.
    public var earned = 0
    public var lastResults: [CheckResult] = []
    public var lastMeasured: LabEvent.Measured?
    public var misconceptions: [String: Int] = [:]
    public var predictionsMade = 0
    public var predictionsRight = 0
    /// Successes after a `refaire` that followed a success: what counts as a review.
    public var reviewedAt: [Timestamp] = []

    /// What costs were at the first success; nothing changes them after.
    private var passedInThisAttempt = false

    public var isSolved: Bool { solvedAt != nil }
    public var isPassedNow: Bool { passedInThisAttempt }

    mutating func apply(_ entry: Entry, _ step: Step) {
        switch entry.event {
        case .opened: if since == nil { since = entry.time }
        case .reset:
            attempt += 1
            since = nil
            prediction = nil
            answer = nil
            seen = []
            lastResults = []
            lastMeasured = nil
            passedInThisAttempt = false
        case .predicted(let choice): prediction = choice
        case .answered(let text): answer = text
        case .seen(let objects): seen.formUnion(objects)
        case .hint(let n): hints = max(hints, n)
        case .solution: solutionSeen = true
        case .checked(let results, let measured): checked(results, measured, entry, step)
        }
    }

    private mutating func checked(
        _ results: [CheckResult], _ measured: LabEvent.Measured?, _ entry: Entry, _ step: Step
    ) {
        checks += 1
        let before = Set(lastResults.compactMap(\.misconception))
        for id in Set(results.compactMap(\.misconception)).subtracting(before) {
            misconceptions[id, default: 0] += 1
        }
        lastResults = results
        guard !results.isEmpty, results.allSatisfy({ $0.status == .passed }) else { return }
        if let measured, let choice = measured.choice, let prediction, !passedInThisAttempt {
            predictionsMade += 1
            if choice == prediction {
                predictionsRight += 1
            } else if let id = step.prediction?.misconceptions.first(where: { $0.choice == prediction })?.id {
                misconceptions[id, default: 0] += 1
            }
        }
        if measured != nil { lastMeasured = measured }
        if solvedAt == nil {
            solvedAt = entry.time
            earned = Score.earned(step, hints: hints, solutionSeen: solutionSeen)
        } else if !passedInThisAttempt {
            reviewedAt.append(entry.time)
        }
        passedInThisAttempt = true
    }

    /// Folds a lab's journal. Entries of steps that the lab no longer has are left alone.
    public static func fold(_ entries: [Entry], _ lab: Lab) -> [String: StepState] {
        var states: [String: StepState] = [:]
        for step in lab.steps { states[step.id] = StepState() }
        for entry in entries {
            guard let step = lab.steps.first(where: { $0.id == entry.step }) else { continue }
            states[entry.step]?.apply(entry, step)
        }
        return states
    }
}

/// Points.
public enum Score {
    /// What a success brings: the points, less the hints read, at most 40 % after the solution was shown.
    public static func earned(_ step: Step, hints: Int, solutionSeen: Bool) -> Int {
        let cost = step.hints.prefix(hints).reduce(0) { $0 + $1.cost }
        let left = max(step.points - cost, 0)
        return solutionSeen ? min(left, solutionCap(step)) : left
    }

    public static func solutionCap(_ step: Step) -> Int { step.points * 40 / 100 }
}

/// When to come back to a step.
public enum Review {
    /// The first review not yet done, and whether its time has come. Doing the step again at or after a date
    /// settles every date up to then.
    public static func next(_ state: StepState, _ step: Step, now: Timestamp) -> (date: Timestamp, due: Bool)?
    {
        guard let solved = state.solvedAt else { return nil }
        for days in step.reviewDays {
            let date = Timestamp(nanoseconds: solved.nanoseconds + Int64(days) * 86_400_000_000_000)
            if !state.reviewedAt.contains(where: { $0 >= date }) { return (date, now >= date) }
        }
        return nil
    }
}
