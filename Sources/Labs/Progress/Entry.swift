import Support

/// What happened, as the journal keeps it.
public enum LabEvent: Sendable, Equatable {
    /// The step was opened for the first time in this attempt: its files were put in the workspace.
    case opened
    /// `refaire`: a new attempt, with new variables.
    case reset
    case predicted(String)
    case answered(String)
    /// Objects that were seen to exist: `container phare`.
    case seen([String])
    case checked(results: [CheckResult], measured: Measured?)
    /// The hint of this number, from 1, was read.
    case hint(Int)
    case solution

    /// What the prediction's measurement gave.
    public struct Measured: Sendable, Equatable {
        /// Key of a choice; nil where it could not be measured.
        public var choice: String?
        public var raw: String
        /// Why not.
        public var note: String?

        public init(choice: String?, raw: String, note: String? = nil) {
            self.choice = choice
            self.raw = raw
            self.note = note
        }
    }
}

/// One line of the journal.
public struct Entry: Sendable, Equatable {
    /// From 1, without holes.
    public let number: Int
    public let time: Timestamp
    public let step: String
    public let event: LabEvent

    public init(number: Int, time: Timestamp, step: String, event: LabEvent) {
        self.number = number
        self.time = time
        self.step = step
        self.event = event
    }

    public var json: JSON {
        var object = JSONObject([
            ("n", JSON(number)), ("t", .string(time.rfc3339)), ("step", .string(step))
        ])
        switch event {
        case .opened: object["e"] = "opened"
        case .reset: object["e"] = "reset"
        case .predicted(let choice):
            object["e"] = "predicted"
            object["choice"] = .string(choice)
        case .answered(let text):
            object["e"] = "answered"
            object["text"] = .string(text)
        case .seen(let objects):
            object["e"] = "seen"
            object["objects"] = JSON(objects)
        case .checked(let results, let measured):
            object["e"] = "checked"
            object["results"] = .array(results.map(\.json))
            if let measured {
                object["measured"] = [
                    "choice": JSON(measured.choice), "raw": .string(measured.raw), "note": JSON(measured.note)
                ]
            }
        case .hint(let n):
            object["e"] = "hint"
            object["hint"] = JSON(n)
        case .solution: object["e"] = "solution"
        }
        return .object(object)
    }

    /// Nil for anything that is not a line of ours.
    public init?(_ json: JSON) {
        guard let number = json["n"].int, let time = json["t"].string.flatMap({ Timestamp(rfc3339: $0) }),
            let step = json["step"].string, let event = Self.event(json)
        else { return nil }
        self.init(number: number, time: time, step: step, event: event)
    }

    private static func event(_ json: JSON) -> LabEvent? {
        switch json["e"].string {
        case "opened": return .opened
        case "reset": return .reset
        case "predicted": return json["choice"].string.map { .predicted($0) }
        case "answered": return json["text"].string.map { .answered($0) }
        case "seen": return json["objects"].array.map { .seen($0.compactMap(\.string)) }
        case "checked":
            guard let list = json["results"].array else { return nil }
            let results = list.compactMap { CheckResult($0) }
            guard results.count == list.count else { return nil }
            let measured = json["measured"]
            return .checked(
                results: results,
                measured: measured.isNull
                    ? nil
                    : LabEvent.Measured(
                        choice: measured["choice"].string, raw: measured["raw"].string ?? "",
                        note: measured["note"].string))
        case "hint": return json["hint"].int.map { .hint($0) }
        case "solution": return .solution
        default: return nil
        }
    }
}

extension CheckResult {
    /// Also the form of `--json` outputs.
    public var json: JSON {
        [
            "id": .string(id), "status": .string(status.rawValue), "reason": .string(reason),
            "help": .string(help),
            "expected": .string(expected), "got": .string(got), "misconception": JSON(misconception),
            "milliseconds": JSON(milliseconds)
        ]
    }

    init?(_ json: JSON) {
        guard let id = json["id"].string, let status = json["status"].string.flatMap(CheckStatus.init) else {
            return nil
        }
        self.init(
            id: id, status: status, reason: json["reason"].string ?? "", help: json["help"].string ?? "",
            expected: json["expected"].string ?? "", got: json["got"].string ?? "",
            misconception: json["misconception"].string, milliseconds: json["milliseconds"].double ?? 0)
    }
}
