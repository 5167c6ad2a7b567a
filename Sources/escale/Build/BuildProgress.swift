import Glibc
import Support

/// What every form keeps of the steps.
final class BuildSteps {
    struct Step {
        var id: Int
        var stage: String
        var number: Int
        var count: Int
        var text: String
        var began: Monotonic?
        var ended: Monotonic?
        var isCached = false
        var error: String?

        var title: String { "[\(stage) \(number)/\(count)] \(text)" }
        var seconds: Double { began.map { ((ended ?? .now) - $0) / 1000 } ?? 0 }
    }

    private(set) var steps: [Step] = []
    let start = Monotonic.now

    func index(_ id: Int?) -> Int? { steps.firstIndex { $0.id == id } }

    /// - Returns: the step that the event is about.
    func take(_ event: JSON) -> Int? {
        if event["event"].string == "plan" {
            steps = []
            for s in event["steps"].array ?? [] {
                steps.append(
                    Step(
                        id: s["id"].int ?? 0, stage: s["stage"].string ?? "", number: s["number"].int ?? 0,
                        count: s["count"].int ?? 0, text: s["text"].string ?? ""))
            }
            return nil
        }
        guard let i = index(event["id"].int) else { return nil }
        switch event["event"].string {
        case "began": steps[i].began = .now
        case "cached":
            steps[i].isCached = event["reason"].string == "hit"
            steps[i].ended = .now
        case "done": steps[i].ended = .now
        case "failed":
            steps[i].error = event["error"].string ?? ""
            steps[i].ended = .now
        default: break
        }
        return i
    }
}

/// What the checks found, at the end of a build, in BuildKit's words.
enum BuildFindings {
    static func text(_ event: JSON) -> String {
        let all = event["findings"].array ?? []
        guard !all.isEmpty else { return "" }
        let head = " \(all.count) warning\(all.count == 1 ? "" : "s") found (escale build --check):\n"
        return head
            + all.map { finding in
                " - \(finding["rule"].string ?? ""): \(finding["message"].string ?? "") "
                    + "(line \(finding["line"].int ?? 0))\n"
            }.joined()
    }
}

final class QuietProgress: BuildProgress {
    func show(_ line: JSON) {
        if line["error"].string != nil, let text = line["escale"]["excerpt"].string {
            Output.err(text + "\n")
        }
    }
    func end() {}
}

final class JSONProgress: BuildProgress {
    func show(_ line: JSON) { Output.out(line.text() + "\n") }
    func end() {}
}

/// Lines for logs: `#3 [build 2/4] RUN make`.
final class PlainProgress: BuildProgress {
    private let steps = BuildSteps()

    func show(_ line: JSON) {
        if let text = line["escale"]["excerpt"].string { Output.err(text + "\n") }
        let event = line["escale"]
        guard event["event"].string != nil else { return }
        let i = steps.take(event)
        if event["event"].string == "status" { return Output.err("# \(event["text"].string ?? "")\n") }
        if event["event"].string == "warning" { return Output.err("! \(event["text"].string ?? "")\n") }
        if event["event"].string == "findings" { return Output.err("\n" + BuildFindings.text(event)) }
        guard let i else { return }
        let step = steps.steps[i]
        let tag = "#\(i + 1)"
        switch event["event"].string {
        case "began": Output.err("\(tag) \(step.title)\n")
        case "output":
            let text = event["text"].string ?? ""
            var out = ""
            for part in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
                text.hasSuffix("\n") ? 1 : 0)
            {
                out += "\(tag) \(Units.fixed(step.seconds, 3)) \(part)\n"
            }
            Output.err(out)
        case "cached": Output.err(step.isCached ? "\(tag) CACHED\n\n" : "\(tag) DONE\n\n")
        case "done": Output.err("\(tag) DONE \(Units.fixed(step.seconds, 1))s\n\n")
        case "failed": Output.err("\(tag) ERROR: \(step.error ?? "")\n")
        default: break
        }
    }

    func end() {}
}
