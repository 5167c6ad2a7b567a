import Support

/// The order of the labs: `labs/parcours.yaml`.
public struct Course: Sendable {
    /// The folder of the labs.
    public let folder: String
    public let labs: [Lab]
}

/// What a lab or step cannot do without.
public enum Need: String, Sendable, CaseIterable {
    case container, vm, network, limits
}

public struct Lab: Sendable {
    public let id: String
    public let title: String
    /// Minutes.
    public let duration: Int
    public let notions: [Int]
    public let images: [String]
    public let needs: [Need]
    /// Identifier -> sentence.
    public let misconceptions: [(id: String, text: String)]
    public let steps: [Step]
    public let folder: String

    public var points: Int { steps.reduce(0) { $0 + $1.points } }
    public func misconception(_ id: String) -> String? { misconceptions.first { $0.id == id }?.text }
}

/// How much of a step is given: fading, from a worked example to a goal alone.
public enum StepMode: String, Sendable, CaseIterable {
    case worked = "exemple"
    case gaps = "trous"
    case goal = "but"
}

public struct Step: Sendable {
    public let id: String
    public let title: String
    public let notions: [Int]
    public let points: Int
    public let mode: StepMode
    public let needs: [Need]
    public let variables: [Variable]
    public let prepare: [String]
    public let prediction: Prediction?
    /// As written: variables are put in and the kinds read again when the step is played.
    public let checks: YAMLNode
    public let checkIDs: [String]
    public let hints: [Hint]
    public let cleans: Cleans
    /// Days after the success.
    public let reviewDays: [Int]
    public let text: String
    public let explanation: String
    public let solution: Script
    public let wrong: [Script]
    public let folder: String
    /// Relative to the folder of the labs, for messages.
    public let file: String

    /// Whether any of its texts or scripts says KVM or TCG.
    var mentionsAccelerator: Bool {
        let texts =
            [text, explanation, solution.text] + wrong.map(\.text) + prepare + hints.map(\.text)
            + checks.scalars.map(\.text)
        return texts.contains { $0.contains("ACCELERATEUR") }
    }
}

/// A value drawn for a learner.
public struct Variable: Sendable, Equatable {
    public enum Range: Sendable, Equatable {
        case choice([String])
        case integers(ClosedRange<Int>)
    }
    public let name: String
    public let range: Range

    public init(name: String, range: Range) {
        self.name = name
        self.range = range
    }
}

public struct Prediction: Sendable {
    public let question: String
    public let choices: [(key: String, text: String)]
    /// A value, as written.
    public let answer: YAMLNode
    /// Upper bounds (exclusive), nil in the last one; empty when the value is itself a key.
    public let classes: [(below: Double?, key: String)]
    /// Choice -> misconception.
    public let misconceptions: [(choice: String, id: String)]
}

public enum HintLevel: String, Sendable, CaseIterable {
    case orient = "orienter"
    case explain = "expliquer"
    case show = "montrer"

    var rank: Int {
        switch self {
        case .orient: 0
        case .explain: 1
        case .show: 2
        }
    }
}

public struct Hint: Sendable, Equatable {
    public let level: HintLevel
    public let cost: Int
    public let text: String
}

/// What `refaire` takes away besides what the checks name; names may end with `*`.
public struct Cleans: Sendable, Equatable {
    public var containers: [String] = []
    public var vms: [String] = []
    public var files: [String] = []
    /// References as `docker images` shows them: `meteo:*`.
    public var images: [String] = []
    /// Folders of the workspace: the registry that serves one is stopped, and the folder goes.
    public var registries: [String] = []
}

/// `solution.sh` or one of `wrong/*.sh`.
public struct Script: Sendable {
    /// File name, for reports.
    public let name: String
    public let text: String
    /// The check that must stop a wrong one, and the misconception that must be recognised.
    public let expected: (check: String, misconception: String?)?
}
