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

/// Steps in place, with the last lines of those that run.
final class TerminalProgress: BuildProgress {
    private let steps = BuildSteps()
    private var tails: [Int: [String]] = [:]
    private var logs: [Int: String] = [:]
    private var drawn = 0
    private var last = Monotonic(nanoseconds: 0)
    private var note = ""
    private var excerpt: String?
    private var warnings: [String] = []

    func show(_ line: JSON) {
        if let text = line["escale"]["excerpt"].string { excerpt = text }
        let event = line["escale"]
        guard let kind = event["event"].string else { return }
        let i = steps.take(event)
        if kind == "status" { note = event["text"].string ?? "" }
        if kind == "warning", let text = event["text"].string { warnings.append(text) }
        if kind == "output", let i {
            let text = event["text"].string ?? ""
            logs[i, default: ""] += text
            let lines = text.split(whereSeparator: { $0 == "\n" || $0 == "\r\n" }).map(String.init)
            tails[i] = Array((tails[i, default: []] + lines).suffix(5))
            if last.elapsedMilliseconds < 50 { return }
        }
        draw()
    }

    private func width() -> Int {
        var size = winsize()
        return ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 20 ? Int(size.ws_col) : 80
    }

    private func draw(final: Bool = false) {
        last = .now
        let width = width() - 1
        let done = steps.steps.count { $0.ended != nil && $0.error == nil }
        var lines = [
            "[+] \(Units.fixed(steps.start.elapsedMilliseconds / 1000, 1))s (\(done)/\(steps.steps.count)) \(final ? "" : note)"
        ]
        for (i, step) in steps.steps.enumerated() where step.began != nil {
            let state = step.error != nil ? "ERROR" : step.isCached ? "CACHED" : ""
            let right = "\(Units.fixed(step.seconds, 1))s"
            let left = " \(step.ended == nil ? "=>" : "✔ ")\(state.isEmpty ? "" : " \(state)") \(step.title)"
            let room = max(10, width - right.count - 1)
            let cut = left.count > room ? left.prefix(room - 1) + "…" : left[...]
            lines.append(cut + String(repeating: " ", count: max(1, width - cut.count - right.count)) + right)
            if step.ended == nil, !final {
                for tail in tails[i] ?? [] { lines.append("   # \(tail)".prefix(width).description) }
            }
        }
        let up = drawn > 0 ? "\u{1B}[\(drawn)A\r" : ""
        Output.err(up + lines.map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
        drawn = lines.count
    }

    func end() {
        draw(final: true)
        for warning in warnings { Output.err("! \(warning)\n") }
        for (i, step) in steps.steps.enumerated() where step.error != nil {
            Output.err("------\n > \(step.title):\n\(logs[i] ?? "")------\n")
        }
        if let excerpt { Output.err(excerpt + "\n") }
    }
}
