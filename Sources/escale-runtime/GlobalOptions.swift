import Glibc
import Linux
import Runtime
import Support

/// Options before the verb, as runc's.
struct GlobalOptions {
    var root: String
    var log: String?
    var logIsJSON = false
    var debug = false
    var verb = ""
    var arguments: [String] = []

    init(_ words: [String]) throws(EscaleError) {
        root = Self.defaultRoot
        var rest = Arguments(words)
        while let word = rest.next() {
            switch word {
            case .flag("root", let v): root = try rest.value("root", v)
            case .flag("log", let v): log = try rest.value("log", v)
            case .flag("log-format", let v):
                let format = try rest.value("log-format", v)
                guard format == "json" || format == "text" else {
                    throw EscaleError(.invalid, "unknown log-format \"\(format)\"")
                }
                logIsJSON = format == "json"
            case .flag("debug", let v): debug = try Arguments.isOn("debug", v)
            case .flag("rootless", let v):
                // Accepted as runc does; what a user may not is found out by trying.
                let mode = try rest.value("rootless", v)
                guard ["true", "false", "auto"].contains(mode) else {
                    throw EscaleError(
                        .invalid, "invalid value \"\(mode)\" for flag -rootless: true, false or auto")
                }
            case .flag("systemd-cgroup", let v):
                if try Arguments.isOn("systemd-cgroup", v) {
                    throw EscaleError(
                        .unavailable, "systemd cgroup driver is not supported: use cgroupfs",
                        repair: "set native.cgroupdriver=cgroupfs in the engine that calls this runtime")
                }
            case .flag("criu", let v): _ = try rest.value("criu", v)
            case .flag("v", _), .flag("version", _): verb = "version"
            case .flag("h", _), .flag("help", _): verb = "help"
            case .flag(let name, _): throw Arguments.unknown(name)
            case .word(let text):
                verb = text
                arguments = rest.remaining()
            }
        }
        if verb.isEmpty { verb = "help" }
    }

    /// `/run/escale-runtime`, or the user's own run-time folder: also when an ordinary user's engine has
    /// made itself root of a user namespace, as podman does.
    private static var defaultRoot: String {
        let isRoot = geteuid() == 0
        let isUsers = Environment["XDG_RUNTIME_DIR"] != nil && Environment["USER"] != "root"
        if isRoot, !isUsers || !UserNamespace.isNested { return "/run/escale-runtime" }
        return "\(Environment["XDG_RUNTIME_DIR"] ?? "/tmp/escale-runtime-\(geteuid())")/escale-runtime"
    }

    var store: StateStore { StateStore(root) }

    /// Runs a verb whose steps can be followed: `--explain` names a file for them, or `-`. A failure tells
    /// the step that failed.
    func explaining(_ path: String?, _ body: (Steps) throws(EscaleError) -> Int32) throws(EscaleError)
        -> Int32
    {
        let steps = Steps(explain: try path.map(Steps.open) ?? -1)
        do { return try body(steps) } catch {
            report(error, step: steps.failed)
            return 1
        }
    }

    /// Tells of what was left out: in the log where there is one, since stderr may be the container's own.
    func warn(_ message: String) {
        if message.isEmpty { return }
        if log == nil { return Output.err("escale-runtime: warning: \(message)\n") }
        write("warning", message, nil)
    }

    /// Tells an error on stderr, and in the log that an engine reads it from.
    /// - Parameter step: the one that failed, where it is known.
    func report(_ error: EscaleError, step: String? = nil) {
        let repair = error.repair.map { " (\($0))" } ?? ""
        let place = step.map { " [step \($0)]" } ?? ""
        Output.err("escale-runtime: \(error.message)\(repair)\(place)\n")
        write("error", error.message, step)
    }

    private func write(_ level: String, _ message: String, _ step: String?) {
        guard let log else { return }
        let line: String
        if logIsJSON {
            var object = JSONObject([
                ("level", .string(level)), ("msg", .string(message)), ("time", .string(Timestamp.now.rfc3339))
            ])
            if let step { object["step"] = .string(step) }
            line = JSON.object(object).text() + "\n"
        } else {
            let time = JSON.string(Timestamp.now.rfc3339).text()
            line = "time=\(time) level=\(level) msg=\(JSON.string(message).text())\n"
        }
        guard let fd = try? Sys.open(log, O_WRONLY | O_CREAT | O_APPEND) else { return }
        try? Sys.writeAll(fd.raw, line.utf8)
    }
}
