import Glibc
import Linux
import OCI
import Runtime
import Support

/// `exec`: one more process in a running container.
enum ExecVerb {
    private struct Options {
        var process: String?
        var cwd: String?
        var env: [String] = []
        var user: String?
        var tty = false
        var detaches = false
        var pidFile: String?
        var consoleSocket: String?
        var noNewPrivileges = false
        var capabilities: [String] = []
        var groups: [UInt32] = []
        var label: String?
        var profile: String?
        var subgroups: [String] = []
        var ignoresPause = false
        var preserved = 0
        var explain: String?
        var id = ""
        var command: [String] = []
    }

    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        let options = try parse(words)
        let steps = Steps(explain: try options.explain.map(Steps.open) ?? -1)
        do throws(EscaleError) { return try run(options, global, steps) } catch {
            global.report(error.within("exec failed"), step: steps.failed)
            // runc's, so that engines which read it know.
            return 255
        }
    }

    private static func run(_ options: Options, _ global: GlobalOptions, _ steps: Steps) throws(EscaleError)
        -> Int32
    {
        let stored = try global.store.load(options.id)
        let spec = try global.store.spec(of: stored)
        let process = try process(options, spec)
        var exec = ExecLaunch(id: options.id, process: process, spec: spec, stateRoot: global.root)
        exec.preserved = options.preserved
        exec.diesWithParent = !options.detaches
        exec.ignoresPause = options.ignoresPause
        if options.detaches, process.terminal == true, options.consoleSocket == nil {
            throw EscaleError(
                .invalid, "cannot allocate tty if runc will detach without setting console socket")
        }
        exec.subgroups = try Subgroups(options.subgroups)
        var foreground = try Foreground()
        var container = try Container.exec(exec, steps: steps)
        global.warn(container.warning)
        if let path = options.pidFile { try Files.replace(path, "\(container.pid)".utf8) }
        if let path = options.consoleSocket, let master = container.console.take() {
            let socket = try UnixSocket.connect(path)
            try PacketSocket(socket).send(Array("/dev/ptmx".utf8), descriptor: master.raw)
        }
        try container.start()
        return options.detaches ? 0 : try foreground.hold(&container)
    }

    private static func parse(_ words: [String]) throws(EscaleError) -> Options {
        var options = Options()
        var arguments = Arguments(words)
        while let word = arguments.next() {
            switch word {
            case .flag(let name, let value):
                switch name {
                case "process", "p": options.process = try arguments.value(name, value)
                case "cwd": options.cwd = try arguments.value(name, value)
                case "env", "e": options.env.append(try arguments.value(name, value))
                case "user", "u": options.user = try arguments.value(name, value)
                case "tty", "t": options.tty = try Arguments.isOn(name, value)
                case "detach", "d": options.detaches = try Arguments.isOn(name, value)
                case "pid-file": options.pidFile = try arguments.value(name, value)
                case "console-socket": options.consoleSocket = try arguments.value(name, value)
                case "no-new-privs": options.noNewPrivileges = try Arguments.isOn(name, value)
                case "cap", "c": options.capabilities.append(try arguments.value(name, value))
                case "explain": options.explain = try arguments.value(name, value)
                case "preserve-fds": options.preserved = try arguments.descriptors(name, value)
                case "additional-gids", "g":
                    let text = try arguments.value(name, value)
                    guard let group = UInt32(text) else {
                        throw EscaleError(.invalid, "invalid value \"\(text)\" for flag -\(name)")
                    }
                    options.groups.append(group)
                case "process-label": options.label = try arguments.value(name, value)
                case "apparmor": options.profile = try arguments.value(name, value)
                case "cgroup": options.subgroups.append(try arguments.value(name, value))
                case "ignore-paused": options.ignoresPause = try Arguments.isOn(name, value)
                default: throw Arguments.unknown(name)
                }
            case .word(let id):
                options.id = id
                options.command = arguments.remaining()
                if options.command.first == "--" { options.command.removeFirst() }
            }
        }
        if options.id.isEmpty { throw EscaleError(.invalid, "exec: \"<container-id>\" is required") }
        return options
    }

    /// From `--process`, or the container's own process with what the flags change.
    private static func process(_ options: Options, _ spec: RuntimeSpec) throws(EscaleError)
        -> RuntimeSpec.Process
    {
        if let path = options.process {
            return try JSON.parse(try Files.read(path)).read()
        }
        guard !options.command.isEmpty else {
            throw EscaleError(.invalid, "exec args cannot be empty")
        }
        var process = spec.process ?? .init()
        process.args = options.command
        process.terminal = options.tty
        process.env = (process.env ?? []) + options.env
        if let cwd = options.cwd { process.cwd = cwd }
        if let label = options.label { process.selinuxLabel = label }
        if let profile = options.profile { process.apparmorProfile = profile }
        if !options.groups.isEmpty {
            process.user.additionalGids = (process.user.additionalGids ?? []) + options.groups
        }
        if options.noNewPrivileges { process.noNewPrivileges = true }
        if !options.capabilities.isEmpty {
            var sets = process.capabilities ?? .init()
            sets.bounding = (sets.bounding ?? []) + options.capabilities
            sets.effective = (sets.effective ?? []) + options.capabilities
            sets.permitted = (sets.permitted ?? []) + options.capabilities
            process.capabilities = sets
        }
        if let user = options.user {
            let parts = user.split(separator: ":").map { UInt32($0) }
            guard let first = parts.first, let uid = first, parts.count == 1 || parts[1] != nil else {
                throw EscaleError(.invalid, "parsing \(user) as int for uid failed")
            }
            process.user.uid = uid
            if parts.count > 1, let gid = parts[1] { process.user.gid = gid }
        }
        return process
    }
}
