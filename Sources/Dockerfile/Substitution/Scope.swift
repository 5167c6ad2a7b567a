/// What the lines before the first `FROM` and the command line give to the whole file.
public struct GlobalScope: Sendable {
    /// `ARG` before `FROM`, and the platform's: what `FROM` sees, and a stage's `ARG NAME` without a default.
    public private(set) var values: [String: String]
    /// `--build-arg NAME=VALUE`.
    public let buildArguments: [String: String]
    let source: SourceText
    let escape: UInt8

    /// Proxies that every `RUN` sees without an `ARG`, and that stay out of history and cache.
    public static let proxies: Set<String> = [
        "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "FTP_PROXY", "ftp_proxy", "NO_PROXY",
        "no_proxy", "ALL_PROXY", "all_proxy"
    ]

    /// `platform`: `TARGETPLATFORM`, `TARGETOS`, `BUILDARCH`… with their values; see `PlatformArguments`.
    public init(
        _ dockerfile: Dockerfile, buildArguments: [String: String] = [:], platform: [String: String] = [:]
    ) throws(DockerfileError) {
        values = platform
        self.buildArguments = buildArguments
        source = dockerfile.source
        escape = dockerfile.directives.escape
        for instruction in dockerfile.metaArguments {
            guard case .arg(let arguments) = instruction.command else { continue }
            for argument in arguments {
                if let given = buildArguments[argument.name] {
                    values[argument.name] = given
                } else if let value = argument.value {
                    values[argument.name] = try expand(value, at: instruction).text
                }
            }
        }
    }

    /// A `FROM` with its variables replaced. Throws where nothing is left of the image's name.
    public func expand(_ stage: Dockerfile.Stage) throws(DockerfileError) -> From {
        var from = stage.from
        from.image = try expand(stage.from.image, at: stage.instruction).text
        func fail(_ message: String, _ text: String) -> DockerfileError {
            Failure(.substitution, message, in: text).placed(in: stage.instruction.line, source: source)
        }
        if from.image.isEmpty {
            throw fail("base name (\(stage.from.image)) should not be blank", stage.from.image)
        }
        if let platform = stage.from.platform {
            let value = try expand(platform, at: stage.instruction).text
            if value.isEmpty { throw fail("empty platform value from expression \(platform)", platform) }
            from.platform = value
        }
        return from
    }

    /// A word as `FROM` sees it, and the names in it.
    func expand(
        _ word: String, at instruction: Instruction
    ) throws(DockerfileError) -> (text: String, used: [String], missing: [String]) {
        var expansion = Expansion(escape: escape) { values[$0] }
        do throws(Failure) {
            let text = try expansion.word(word)
            return (text, expansion.used, expansion.missing)
        } catch {
            throw error.placed(in: instruction.line, source: source)
        }
    }
}

/// The variables of one stage, from its `FROM` down: feed it each instruction in turn.
public struct StageScope: Sendable {
    /// The image's environment so far: the base image's, then each `ENV`.
    public private(set) var environment: [Pair]
    /// `ARG`s declared so far, with their values; nil: declared, and not set.
    public private(set) var arguments: [Argument] = []
    /// Names that the last instruction used and that nothing sets.
    public private(set) var missing: [String] = []
    private let global: GlobalScope

    /// `environment`: the base image's, `NAME=value`.
    public init(_ global: GlobalScope, environment: [String] = []) {
        self.global = global
        self.environment = []
        for entry in environment {
            let (name, value) = InstructionParser.cut(entry)
            set(name, value ?? "")
        }
    }

    /// `NAME=value`, for the image's configuration.
    public var imageEnvironment: [String] { environment.map { "\($0.name)=\($0.value)" } }

    /// What a `RUN` sees: proxies of the command line, `ARG`s, then the environment, which wins.
    public var runEnvironment: [String] {
        var values: [Pair] = []
        func add(_ name: String, _ value: String) {
            values.removeAll { $0.name == name }
            values.append(Pair(name: name, value: value))
        }
        for (name, value) in global.buildArguments.sorted(by: { $0.key < $1.key })
        where GlobalScope.proxies.contains(name) { add(name, value) }
        for argument in arguments { if let value = argument.value { add(argument.name, value) } }
        for pair in environment { add(pair.name, pair.value) }
        return values.map { "\($0.name)=\($0.value)" }
    }

    /// A variable's value: `ENV` always wins over `ARG`.
    public func value(_ name: String) -> String? {
        environment.first { $0.name == name }?.value ?? arguments.last { $0.name == name }?.value
    }

    var names: [String] { environment.map(\.name) + arguments.map(\.name) }

    private mutating func set(_ name: String, _ value: String) {
        if let index = environment.firstIndex(where: { $0.name == name }) {
            environment[index].value = value
        } else {
            environment.append(Pair(name: name, value: value))
        }
    }

    /// The instruction with its variables replaced, where the reference replaces them; `ENV` and `ARG` also
    /// change the scope. Use it for an image's triggers too.
    public mutating func apply(_ instruction: Instruction) throws(DockerfileError) -> Command {
        missing = []
        do throws(Failure) {
            return try apply(instruction.command)
        } catch {
            throw error.placed(in: instruction.line, source: global.source)
        }
    }

    private mutating func apply(_ command: Command) throws(Failure) -> Command {
        switch command {
        case .env(let pairs):
            let pairs = try pairs.map { pair throws(Failure) in try expand(pair) }
            for pair in pairs { set(pair.name, pair.value) }
            return .env(pairs)
        case .arg(let arguments):
            // Each sees those before it on the same line.
            return .arg(try arguments.map { argument throws(Failure) in try declare(argument) })
        case .label(let pairs): return .label(try pairs.map { pair throws(Failure) in try expand(pair) })
        case .copy(var copy):
            copy.transfer = try expand(copy.transfer)
            return .copy(copy)
        case .add(var add):
            add.transfer = try expand(add.transfer)
            add.checksum = try add.checksum.map { word throws(Failure) in try expand(word) }
            return .add(add)
        case .run(var run):
            run.mounts = try run.mountFlags.map { text throws(Failure) in
                try Mount.parse(text) { word throws(Failure) in try expand(word) }
            }
            return .run(run)
        case .expose(let ports):
            var words: [String] = []
            for port in ports {
                var expansion = expansion()
                words += try expansion.words(port).parts
                missing += expansion.missing
            }
            return .expose(words)
        case .user(let word): return .user(try expand(word))
        case .workdir(let word): return .workdir(try expand(word))
        case .stopsignal(let word): return .stopsignal(try expand(word))
        case .volume(let words): return .volume(try words.map { word throws(Failure) in try expand(word) })
        case .from, .cmd, .entrypoint, .healthcheck, .shell, .maintainer, .onbuild: return command
        }
    }

    private mutating func declare(_ argument: Argument) throws(Failure) -> Argument {
        var declared = argument
        declared.name = try expand(argument.name)
        if let given = global.buildArguments[declared.name] {
            declared.value = given
        } else if let value = argument.value {
            declared.value = try expand(value)
        } else {
            declared.value = global.values[declared.name]
        }
        arguments.removeAll { $0.name == declared.name }
        arguments.append(declared)
        return declared
    }

    private mutating func expand(_ pair: Pair) throws(Failure) -> Pair {
        Pair(name: try expand(pair.name), value: try expand(pair.value), isLegacy: pair.isLegacy)
    }

    private mutating func expand(_ transfer: Transfer) throws(Failure) -> Transfer {
        var out = transfer
        out.destination = try expand(transfer.destination)
        out.chown = try transfer.chown.map { word throws(Failure) in try expand(word) }
        out.chmod = try transfer.chmod.map { word throws(Failure) in try expand(word) }
        out.sources = try transfer.sources.map { source throws(Failure) in
            switch source {
            case .path(let path): return .path(try expand(path))
            case .inline(let heredoc): return .inline(try expand(heredoc))
            }
        }
        return out
    }

    /// The content of a file: leading tabulators gone, variables replaced, quotes kept.
    private mutating func expand(_ heredoc: Heredoc) throws(Failure) -> Heredoc {
        var out = heredoc
        out.content = heredoc.body
        out.stripsTabs = false
        guard heredoc.expands else { return out }
        var expansion = expansion(escape: UInt8(ascii: "\\"))
        expansion.readsQuotes = false
        expansion.limit = Expansion.fileLimit
        defer { missing += expansion.missing }
        do throws(Failure) {
            out.content = try expansion.word(out.content)
        } catch {
            var failure = error
            failure.place = .text(heredoc.name)
            throw failure
        }
        return out
    }

    private mutating func expand(_ word: String) throws(Failure) -> String {
        var expansion = expansion()
        defer { missing += expansion.missing }
        return try expansion.word(word)
    }

    private func expansion(escape: UInt8? = nil) -> Expansion {
        let scope = self
        return Expansion(escape: escape ?? global.escape) { scope.value($0) }
    }
}
