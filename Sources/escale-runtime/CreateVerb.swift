import Glibc
import Linux
import OCI
import Runtime
import Support

/// `create` and `run`: a container from a bundle, up to its start or to its end.
enum CreateVerb {
    struct Options {
        var id = ""
        var bundle = "."
        var pidFile: String?
        var consoleSocket: String?
        var explain: String?
        var preserved = 0
        var pivots = true
        var newKeyring = true
        var detaches = false
        var keeps = false

        init(_ words: [String], verb: String) throws(EscaleError) {
            var options = Self.defaults
            let (id, rest) = try Arguments.id(words, verb: verb) {
                (arguments, name, value) throws(EscaleError) in
                switch name {
                case "bundle", "b": options.bundle = try arguments.value(name, value)
                case "pid-file": options.pidFile = try arguments.value(name, value)
                case "console-socket": options.consoleSocket = try arguments.value(name, value)
                case "explain": options.explain = try arguments.value(name, value)
                case "preserve-fds": options.preserved = try arguments.descriptors(name, value)
                case "no-pivot": options.pivots = try !Arguments.isOn(name, value)
                case "no-new-keyring": options.newKeyring = try !Arguments.isOn(name, value)
                case "detach", "d": options.detaches = try Arguments.isOn(name, value)
                case "keep": options.keeps = try Arguments.isOn(name, value)
                // One process reaps here whatever happens.
                case "no-subreaper": _ = try Arguments.isOn(name, value)
                default: throw Arguments.unknown(name)
                }
            }
            guard rest.isEmpty else {
                throw EscaleError(.invalid, "\(verb): unexpected argument \"\(rest[0])\"")
            }
            self = options
            self.id = id
        }

        private static var defaults: Options { Options() }
        private init() {}

        var absoluteBundle: String {
            var buffer = [CChar](repeating: 0, count: 4097)
            guard realpath(bundle, &buffer) != nil else { return bundle }
            return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }

    static func create(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        let options = try Options(words, verb: "create")
        return try global.explaining(options.explain) { (steps) throws(EscaleError) in
            try create(options, global, steps)
        }
    }

    private static func create(_ options: Options, _ global: GlobalOptions, _ steps: Steps)
        throws(EscaleError) -> Int32
    {
        var launch = try launch(options, global)
        launch.detached = true
        try checkConsole(launch.spec, options, detached: true)
        var container = try Container.create(launch, steps: steps)
        global.warn(container.warning)
        do {
            try handOver(&container, options)
        } catch {
            container.abandon()
            throw error
        }
        return 0
    }

    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        let options = try Options(words, verb: "run")
        return try global.explaining(options.explain) { (steps) throws(EscaleError) in
            try run(options, global, steps)
        }
    }

    private static func run(_ options: Options, _ global: GlobalOptions, _ steps: Steps)
        throws(EscaleError) -> Int32
    {
        var launch = try launch(options, global)
        guard launch.spec.process != nil else {
            throw EscaleError(.invalid, "process: missing: there is nothing to start")
        }
        try checkConsole(launch.spec, options, detached: options.detaches)
        launch.diesWithParent = !options.detaches
        var foreground = try Foreground()
        var container = try Container.create(launch, steps: steps)
        global.warn(container.warning)
        do {
            if options.detaches || options.consoleSocket != nil { try handOver(&container, options) }
            try writePid(container.pid, options)
            try container.start()
        } catch {
            container.abandon()
            throw error
        }
        if options.detaches { return 0 }
        let status = try foreground.hold(&container)
        if !options.keeps { try container.removeTraces() }
        return status
    }

    private static func launch(_ options: Options, _ global: GlobalOptions) throws(EscaleError) -> Launch {
        let bundle = options.absoluteBundle
        let (spec, bytes) = try Bundle.read(bundle)
        var launch = Launch(id: options.id, bundle: bundle, spec: spec, stateRoot: global.root)
        launch.config = bytes
        launch.pivots = options.pivots
        launch.newKeyring = options.newKeyring
        launch.preserved = options.preserved
        // Sockets that a service manager opened for the program (sd_listen_fds(3)).
        if let text = Environment["LISTEN_FDS"], let count = Int(text), (1...1024).contains(count),
            Environment["LISTEN_PID"] == "\(getpid())"
        {
            launch.preserved += count
            launch.spec.process?.env = (spec.process?.env ?? []) + ["LISTEN_FDS=\(count)", "LISTEN_PID=1"]
        }
        return launch
    }

    private static func checkConsole(_ spec: RuntimeSpec, _ options: Options, detached: Bool)
        throws(EscaleError)
    {
        let terminal = spec.process?.terminal == true
        if detached, terminal, options.consoleSocket == nil {
            throw EscaleError(
                .invalid, "cannot allocate tty if runc will detach without setting console socket")
        }
        if !terminal, options.consoleSocket != nil {
            throw EscaleError(
                .invalid, "cannot use console socket if runc will not detach or allocate tty")
        }
    }

    static func handOver(_ container: inout Container, _ options: Options) throws(EscaleError) {
        try writePid(container.pid, options)
        if let path = options.consoleSocket, let master = container.console.take() {
            let socket = try UnixSocket.connect(path)
            try PacketSocket(socket).send(Array("/dev/ptmx".utf8), descriptor: master.raw)
        }
    }

    private static func writePid(_ pid: pid_t, _ options: Options) throws(EscaleError) {
        if let path = options.pidFile { try Files.replace(path, "\(pid)".utf8) }
    }
}
