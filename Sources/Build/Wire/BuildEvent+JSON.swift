import Support

extension BuildEvent {
    /// A line of our own stream: `{"escale": {"event": "began", …}}`, between the lines that any client of
    /// the Docker API reads.
    package var json: JSON {
        var o: [(String, JSON)]
        switch self {
        case .plan(let steps):
            o = [
                ("event", "plan"),
                (
                    "steps",
                    .array(
                        steps.map {
                            [
                                "id": JSON($0.id), "stage": .string($0.stage), "number": JSON($0.number),
                                "count": JSON($0.count), "text": .string($0.text), "line": JSON($0.line)
                            ]
                        })
                )
            ]
        case .began(let id): o = [("event", "began"), ("id", JSON(id))]
        case .container(let id, let name):
            o = [("event", "container"), ("id", JSON(id)), ("container", .string(name))]
        case .output(let id, let stream, let bytes):
            o = [
                ("event", "output"), ("id", JSON(id)), ("stream", JSON(stream)),
                ("text", .string(String(decoding: bytes, as: UTF8.self)))
            ]
        case .cached(let id, let reason):
            o = [("event", "cached"), ("id", JSON(id))] + reason.members
        case .done(let id, let milliseconds, let reason, let layer, let bytes):
            o =
                [
                    ("event", "done"), ("id", JSON(id)), ("milliseconds", .double(milliseconds)),
                    ("layer", JSON(layer?.description)), ("bytes", .int(bytes))
                ] + reason.members
        case .failed(let id, let why): o = [("event", "failed"), ("id", JSON(id)), ("error", .string(why))]
        case .warning(let text): o = [("event", "warning"), ("text", .string(text))]
        case .findings(let list):
            o = [
                ("event", "findings"),
                (
                    "findings",
                    .array(
                        list.map {
                            [
                                "rule": .string($0.rule.rawValue), "message": .string($0.message),
                                "line": JSON($0.position.line)
                            ]
                        })
                )
            ]
        case .status(let text): o = [("event", "status"), ("text", .string(text))]
        }
        return ["escale": .object(JSONObject(o))]
    }
}

extension CacheReason {
    fileprivate var members: [(String, JSON)] {
        [("reason", .string(kind.rawValue)), ("changes", JSON(changes))]
            + (source.map { [("source", .string($0))] } ?? [])
    }
}

/// What Docker's classic builder says: one step after the other, also where they run at the same time.
package struct ClassicText: Sendable {
    private var steps: [StepInfo] = []
    private var text: [Int: String] = [:]
    private var finished: Set<Int> = []
    private var at = 0

    package init() {}

    /// What is to be said now.
    package mutating func say(_ event: BuildEvent) -> String {
        switch event {
        case .plan(let steps):
            // Once more from the beginning, where an imported cache didn't keep its word.
            self = ClassicText()
            self.steps = steps
            return steps.isEmpty ? "" : head()
        case .container(let id, let name): return add(id, " ---> Running in \(name.prefix(12))\n")
        case .output(let id, _, let bytes): return add(id, String(decoding: bytes, as: UTF8.self))
        case .cached(let id, let reason):
            return end(id, reason.kind == .hit ? " ---> Using cache\n" : "")
        case .done(let id, _, _, let layer, _):
            return end(id, layer.map { " ---> \($0.short)\n" } ?? "")
        case .warning(let text): return "[Warning] \(text)\n"
        case .began, .failed, .status, .findings: return ""
        }
    }

    private func head() -> String {
        at < steps.count ? "Step \(at + 1)/\(steps.count) : \(steps[at].text)\n" : ""
    }

    private mutating func add(_ id: Int, _ more: String) -> String {
        if at < steps.count, steps[at].id == id { return more }
        text[id, default: ""] += more
        return ""
    }

    private mutating func end(_ id: Int, _ more: String) -> String {
        finished.insert(id)
        var out = add(id, more)
        while at < steps.count, finished.contains(steps[at].id) {
            at += 1
            out += head()
            if at < steps.count { out += text.removeValue(forKey: steps[at].id) ?? "" }
        }
        return out
    }
}
