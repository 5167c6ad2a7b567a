import Support

/// A lab as the list of labs shows it.
public struct LabSummary: Sendable, Equatable {
    /// Rank in the course, from 1.
    public let number: Int
    public let id: String
    public let title: String
    /// Minutes.
    public let duration: Int
    public let notions: [Int]
    public let steps: [StepSummary]
    public let points: Int
    public let earned: Int
    public var solved: Int { steps.count { $0.solved } }
    public var isComplete: Bool { solved == steps.count }
}

/// A step as lists and prompts show it.
public struct StepSummary: Sendable, Equatable {
    /// Rank in its lab, from 1.
    public let number: Int
    public let id: String
    public let title: String
    public let points: Int
    /// Points kept, 0 until solved.
    public let earned: Int
    public let solved: Bool
    public let attempts: Int
    public let hintsTaken: Int
    public let solutionSeen: Bool
    /// The next review that is due or to come, RFC 3339 date; nil where none is left.
    public let nextReview: String?
    public let reviewIsDue: Bool
}

/// The step that is open.
public struct StepView: Sendable {
    public let lab: LabSummary
    public let step: StepSummary
    public var count: Int { lab.steps.count }
    /// Markdown, variables replaced.
    public let text: String
    public let prediction: PredictionView?
    public let mode: StepMode
    public let hintCount: Int
    /// Why the step can't be done here (no VM…), in French; nil where it can.
    public let unavailable: String?
    /// What opening it had to say: a repaired progress file, files put in the workspace.
    public let notices: [String]
}

public struct PredictionView: Sendable {
    public let question: String
    /// Keys and texts, in the author's order.
    public let choices: [(key: String, text: String)]
    /// The key committed to, nil before.
    public let chosen: String?
}

public enum CheckStatus: String, Sendable {
    case passed, failed, blocked
}

/// One check's outcome, in French.
public struct CheckResult: Sendable, Equatable {
    public let id: String
    public let status: CheckStatus
    public var reason: String
    public var help: String
    public var expected: String
    public var got: String
    public var misconception: String?
    /// Milliseconds it took.
    public var milliseconds: Double

    public init(
        id: String, status: CheckStatus, reason: String, help: String, expected: String, got: String,
        misconception: String?, milliseconds: Double
    ) {
        self.id = id
        self.status = status
        self.reason = reason
        self.help = help
        self.expected = expected
        self.got = got
        self.misconception = misconception
        self.milliseconds = milliseconds
    }
}

/// What `verifier` found.
public struct CheckReport: Sendable {
    public let results: [CheckResult]
    public let passed: Bool
    /// The first failure: what the learner is shown.
    public var firstFailure: CheckResult? { results.first { $0.status == .failed } }
    /// Points of this step after this check, and what they could have been.
    public let earned: Int
    public let points: Int
    /// Solved now for the first time.
    public let newlySolved: Bool
    /// The explanation (Markdown, values filled in), when passed.
    public let explanation: String?
    /// The prediction against the measurement, when passed and predicted.
    public let prediction: PredictionOutcome?
    /// The last step of the lab, all solved.
    public let labIsComplete: Bool
    public let notices: [String]
}

public struct PredictionOutcome: Sendable {
    /// Texts of the choices.
    public let predicted: String
    /// Nil where the measurement could not be made; `note` says why.
    public let measured: String?
    public let raw: String
    public let isRight: Bool
    /// The misconception's sentence, when the wrong choice stands for one.
    public let misconception: String?
    public let note: String?
}

/// What a long check says while it runs.
public struct CheckProgress: Sendable {
    public let id: String
    /// Rank among the checks, from 1.
    public let number: Int
    public let count: Int
    /// Seconds it announced; nil for an ordinary check.
    public let seconds: Int?
}

public struct HintView: Sendable {
    public let number: Int
    public let count: Int
    public let level: HintLevel
    public let text: String
    /// Points it costs if the step is solved now; 0 after.
    public let cost: Int
}

/// `pourquoi`: more on the last result.
public struct WhyView: Sendable {
    /// Markdown.
    public let text: String
    public let results: [CheckResult]
}

public struct SolutionView: Sendable {
    /// What a learner would type, variables replaced.
    public let script: String
    /// Empty until the step is passed: it tells what was measured.
    public let explanation: String
    /// The most the step can still bring; what it brought, once solved.
    public let cap: Int
    public let isSolved: Bool
}

public struct ResetReport: Sendable {
    /// `conteneur phare`, `VM v1`, `fichier notes.txt`.
    public let removed: [String]
    public let restored: [String]
    public let problems: [String]
    public let view: StepView
}

/// `progres`.
public struct ProgressSummary: Sendable {
    public let learner: Learner
    public let labs: [LabSummary]
    public let points: Int
    public let earned: Int
    public let dueReviews: [(lab: String, step: StepSummary)]
    /// Identifier, sentence, how often seen.
    public let misconceptions: [(id: String, text: String, count: Int)]
    public let predictionsRight: Int
    public let predictionsMade: Int
    public let notices: [String]
}
