import Support

/// What a teacher collects, in several forms. Pure.
public struct Grade: Sendable {
    public let summary: ProgressSummary

    public init(_ summary: ProgressSummary) { self.summary = summary }

    public var isComplete: Bool { summary.labs.allSatisfy(\.isComplete) && !summary.labs.isEmpty }

    /// Documented in docs/json.md.
    public var json: JSON {
        [
            "learner": ["id": .string(summary.learner.id), "name": .string(summary.learner.name)],
            "earned": JSON(summary.earned), "points": JSON(summary.points), "passed": .bool(isComplete),
            "predictions": ["made": JSON(summary.predictionsMade), "right": JSON(summary.predictionsRight)],
            "labs": .array(summary.labs.map(\.json)),
            "misconceptions": .array(
                summary.misconceptions.map {
                    ["id": .string($0.id), "text": .string($0.text), "count": JSON($0.count)]
                })
        ]
    }

    /// JUnit XML: a suite a lab, a case a step.
    public var junit: String {
        var lines = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"\(Self.xml(summary.learner.name))\">"
        ]
        for lab in summary.labs {
            let failures = lab.steps.count - lab.solved
            lines.append(
                "  <testsuite name=\"\(Self.xml(lab.id))\" tests=\"\(lab.steps.count)\" failures=\"\(failures)\">"
            )
            for step in lab.steps {
                let head = "    <testcase classname=\"\(Self.xml(lab.id))\" name=\"\(Self.xml(step.id))\""
                if step.solved {
                    lines.append(head + "/>")
                } else {
                    let why = step.attempts == 0 ? "pas commencée" : "\(step.attempts) essai(s) sans réussite"
                    lines.append(head + "><failure message=\"\(Self.xml(why))\"/></testcase>")
                }
            }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>"]).joined(separator: "\n") + "\n"
    }

    /// Comma-separated (RFC 4180), a line a step.
    public var csv: String {
        var rows = [
            [
                "apprenant", "lab", "etape", "reussie", "points", "maximum", "essais", "indices", "solution",
                "revision"
            ]
        ]
        for lab in summary.labs {
            for step in lab.steps {
                rows.append([
                    summary.learner.name, lab.id, step.id, step.solved ? "oui" : "non", "\(step.earned)",
                    "\(step.points)", "\(step.attempts)", "\(step.hintsTaken)",
                    step.solutionSeen ? "oui" : "non",
                    step.nextReview ?? ""
                ])
            }
        }
        return rows.map { $0.map(Self.quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func quoted(_ cell: String) -> String {
        // A leading = + - @ would be a formula in a spreadsheet.
        let safe = cell.first.map { "=+-@".contains($0) } == true ? "'" + cell : cell
        return safe.contains { ",\"\r\n".contains($0) }
            ? "\"" + safe.replacing("\"", with: "\"\"") + "\"" : safe
    }

    private static func xml(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}

extension LabSummary {
    public var json: JSON {
        [
            "number": JSON(number), "id": .string(id), "title": .string(title), "minutes": JSON(duration),
            "notions": .array(notions.map { JSON($0) }), "points": JSON(points), "earned": JSON(earned),
            "solved": JSON(solved), "passed": .bool(isComplete), "steps": .array(steps.map(\.json))
        ]
    }
}

extension StepSummary {
    public var json: JSON {
        [
            "number": JSON(number), "id": .string(id), "title": .string(title), "points": JSON(points),
            "earned": JSON(earned), "passed": .bool(solved), "attempts": JSON(attempts),
            "hints": JSON(hintsTaken), "solutionSeen": .bool(solutionSeen), "nextReview": JSON(nextReview),
            "reviewIsDue": .bool(reviewIsDue)
        ]
    }
}

extension LabProblem {
    public var json: JSON {
        ["file": .string(file), "line": JSON(line), "rule": .string(rule), "repair": .string(repair)]
    }
}
