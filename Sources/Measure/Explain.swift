import DockerClient
import Linux
import OCI
import Support

/// A real start, step by step, and the running container from both sides.
public struct Explain: Sendable {
    public let image: String
    public let steps: [KernelStep]
    public let views: [View]

    /// One fact, as the container sees it and as the host does.
    public struct View: Sendable, Equatable {
        public let what: String
        public let inside: String
        public let host: String
    }

    /// The label that makes our engine keep the steps of a container's starts.
    public static let label = "fr.escale.explain"

    /// Starts a container of `image` that sleeps, reads what the runtime wrote down, looks at it from both
    /// sides, and removes it.
    public static func run(client: DockerClient, image: String, command: [String]) throws(EscaleError)
        -> Explain
    {
        guard client.isOurs else {
            throw EscaleError(
                .unavailable, "only Escale's own engine explains its starts",
                repair: "unset ESCALE_DOCKER_HOST")
        }
        let body: JSON = [
            "Image": .string(image), "Cmd": command.isEmpty ? .null : JSON(command), "Tty": true,
            "OpenStdin": true,
            "Labels": [(label): "1"]
        ]
        let name = "explique-\(Hex.random(3))"
        guard let id = try client.post("/containers/create", [("name", name)], body: body)["Id"].string else {
            throw EscaleError(.corrupt, "the engine gave no container id")
        }
        defer { _ = try? client.delete("/containers/\(id)", [("force", "1"), ("v", "1")]) }
        try client.post("/containers/\(id)/start")
        let steps = try read(kit: client.kit, id: id)
        return Explain(image: image, steps: steps, views: try look(client, id))
    }

    private static func read(kit: Kit, id: String) throws(EscaleError) -> [KernelStep] {
        let path = "\(kit.containers)/\(id)/explain.jsonl"
        var steps: [KernelStep] = []
        for line in try Files.text(path).split(separator: "\n") {
            steps.append(try JSON.parse(String(line)).decode(KernelStep.self))
        }
        // By their ends: execve begins before the filters that the same process sets last.
        return steps.sorted { $0.start + $0.duration < $1.start + $1.duration }
    }

    /// Reads /proc of the first process from the host, and what the process itself would read.
    private static func look(_ client: DockerClient, _ id: String) throws(EscaleError) -> [View] {
        let info = try client.get("/containers/\(id)/json")
        guard let pid = info["State"]["Pid"].int, pid > 0 else { return [] }
        let proc = "/proc/\(pid)"
        var views: [View] = []
        let status = (try? Files.text("\(proc)/status")) ?? ""
        let inside = status.split(separator: "\n").first { $0.hasPrefix("NSpid:") }?.split(separator: "\t")
            .last
        views.append(View(what: "PID", inside: inside.map(String.init) ?? "?", host: "\(pid)"))
        for ns in ["pid", "mnt", "net", "uts", "ipc", "cgroup", "user"] {
            views.append(
                View(
                    what: "ns/\(ns)", inside: Links.target("\(proc)/ns/\(ns)") ?? "?",
                    host: Links.target("/proc/self/ns/\(ns)") ?? "?"))
        }
        let host = (try? Files.text("/proc/sys/kernel/hostname")) ?? "?"
        views.append(
            View(
                what: "nom de machine", inside: info["Config"]["Hostname"].string ?? "?",
                host: host.split(separator: "\n").first.map(String.init) ?? "?"))
        let upper = mountOption("upperdir=", of: "\(proc)/mountinfo") ?? "\(proc)/root"
        views.append(View(what: "racine /", inside: "/", host: upper))
        let cgroup = ((try? Files.text("\(proc)/cgroup")) ?? "").split(separator: "\n").first {
            $0.contains("pids") || $0.hasPrefix("0::")
        }
        let path =
            cgroup?.split(separator: ":", omittingEmptySubsequences: false).last.map(String.init) ?? "?"
        views.append(View(what: "cgroup", inside: "/", host: path))
        views.append(
            View(
                what: "noyau",
                inside: (try? Files.text("\(proc)/root/proc/sys/kernel/osrelease")).map(firstLine)
                    ?? firstLine((try? Files.text("/proc/sys/kernel/osrelease")) ?? "?"),
                host: firstLine((try? Files.text("/proc/sys/kernel/osrelease")) ?? "?")))
        return views
    }

    private static func firstLine(_ text: String) -> String {
        text.split(separator: "\n").first.map(String.init) ?? ""
    }

    private static func mountOption(_ key: String, of path: String) -> String? {
        guard let text = try? Files.text(path) else { return nil }
        for line in text.split(separator: "\n") where line.contains(" / / ") {
            for option in line.split(separator: ",") where option.hasPrefix(key) {
                return String(option.dropFirst(key.count))
            }
        }
        return nil
    }

    /// Microseconds from the first step's start to the last one's end.
    public var total: Double { (steps.map { $0.start + $0.duration }.max() ?? 0) - (steps.first?.start ?? 0) }

    /// Schema 1; additions only.
    public var json: JSON {
        [
            "schema": 1, "image": .string(image), "totalMicroseconds": .double(total),
            "steps": .array(
                steps.map { step in
                    var object = (try? JSON.encode(step))?.object ?? JSONObject()
                    object["purpose"] = .string(ExplainTexts.purpose(of: step))
                    return .object(object)
                }),
            "views": .array(
                views.map {
                    ["what": .string($0.what), "inside": .string($0.inside), "host": .string($0.host)]
                })
        ]
    }

    public func text(_ style: Style) -> String {
        var out = style.paint("Un conteneur de \(image), pas à pas", "1") + "\n"
        var act = ""
        for step in steps {
            let heading = ExplainTexts.act(of: step)
            if heading != act {
                act = heading
                out += "\n" + style.paint(heading, "36") + "\n"
            }
            let time = pad(Self.time(of: step), 11, left: true)
            out +=
                "\(time)  " + style.paint(step.id, "1")
                + "  \(step.syscall)(\(clip(step.arguments, style.width - 18 - step.id.count - step.syscall.count)))\n"
            let purpose = ExplainTexts.purpose(of: step)
            if !purpose.isEmpty {
                out += wrap(purpose, style.width - 11).split(separator: "\n").map { "           \($0)\n" }
                    .joined()
            }
            if step.result != "ok" {
                out += "             " + style.paint("échec : \(step.result)", "31") + "\n"
            }
        }
        out += "\n\(steps.count) étapes, \(Self.micros(total)) du premier appel au dernier.\n"
        out += "\n" + style.paint("Le même conteneur, des deux côtés", "1") + "\n"
        let width = max(14, (style.width - 20) / 2)
        out += "  \(pad("", 16))\(pad("de l’intérieur", width))  de l’hôte\n"
        for view in views {
            out +=
                "  \(pad(view.what, 16))\(pad(clip(view.inside, width), width))  \(clip(view.host, width, keepEnd: true))\n"
        }
        return out
    }

    /// One clone3 makes several namespaces at once: its time is told on its own line only.
    package static func time(of step: KernelStep) -> String {
        step.syscall == "clone3" && step.id.hasPrefix("namespace.") ? "avec clone3" : micros(step.duration)
    }

    static func micros(_ value: Double) -> String {
        value >= 1000 ? "\(Figure.short(value / 1000)) ms" : "\(Int(value.rounded())) µs"
    }

    private func clip(_ text: String, _ width: Int, keepEnd: Bool = false) -> String {
        let width = max(8, width)
        if text.count <= width { return text }
        return keepEnd ? "…" + text.suffix(width - 1) : text.prefix(width - 1) + "…"
    }
}
