import Dockerfile
import Engine
import Linux
import OCI
import Support

/// Turns the instructions of one stage into steps, given what it is built on. Pure: the same input always
/// gives the same steps.
package struct StageCompiler {
    package let dockerfile: Dockerfile
    package let stage: Int

    private var config: ImageConfig.Execution
    private var scope: StageScope
    private let global: GlobalScope
    private let isNamed: (String) -> Bool
    private var steps: [Step] = []

    /// - Parameter isNamed: whether a name is a named context: then it hides stages.
    package init(
        _ dockerfile: Dockerfile, stage: Int, base: ImageConfig.Execution, global: GlobalScope,
        isNamed: @escaping (String) -> Bool = { _ in false }
    ) {
        self.isNamed = isNamed
        self.dockerfile = dockerfile
        self.stage = stage
        self.global = global
        config = base
        config.onBuild = nil
        if !config.env.contains(where: { $0.hasPrefix("PATH=") }) { config.env.insert(Defaults.path, at: 0) }
        scope = StageScope(global, environment: config.env)
    }

    /// - Parameter triggers: instructions of the base image's `ONBUILD`: done first.
    package mutating func compile(triggers: [Instruction]) throws(BuildFailure) -> [Step] {
        for instruction in triggers {
            try add(instruction)
            steps[steps.count - 1].isTrigger = true
        }
        for instruction in dockerfile.stages[stage].instructions { try add(instruction) }
        return steps
    }

    // MARK: Instructions

    private mutating func add(_ instruction: Instruction) throws(BuildFailure) {
        let command: Command
        do throws(DockerfileError) {
            command = try scope.apply(instruction)
        } catch { throw BuildFailure(error) }
        do throws(EscaleError) {
            try compile(command, instruction)
        } catch {
            throw BuildFailure(StepError(error, instruction, in: dockerfile.source))
        }
    }

    private mutating func push(
        _ instruction: Instruction, _ history: String, _ action: Step.Action = .configuration
    ) {
        steps.append(
            Step(
                action: action, instruction: instruction, text: instruction.text, history: history,
                config: config))
    }

    /// - Parameter command: with its variables replaced.
    private mutating func compile(_ command: Command, _ instruction: Instruction) throws(EscaleError) {
        switch command {
        case .from: throw EscaleError(.invalid, "FROM is not allowed here")
        case .arg(let list):
            let shown = list.map { a in a.name + (a.value.map { "=\($0)" } ?? "") }
            push(instruction, "ARG \(shown.joined(separator: " "))")
        case .env(let pairs):
            config.env = scope.imageEnvironment
            push(instruction, "ENV \(pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " "))")
        case .label(let pairs):
            for pair in pairs { config.labels[pair.name] = pair.value }
            push(instruction, "LABEL \(pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " "))")
        case .maintainer(let name):
            author = name
            push(instruction, "MAINTAINER \(name)")
        case .run(let run): try compile(run, instruction)
        case .copy(let copy): try compile(copy, instruction)
        case .add(let add): try compile(add, instruction)
        case .cmd(let line):
            config.cmd = arguments(line)
            hasOwnCommand = true
            push(instruction, "CMD \(JSON(config.cmd ?? []).text())")
        case .entrypoint(let line):
            config.entrypoint = arguments(line)
            // The base's command was meant for the base's entry point.
            if !hasOwnCommand { config.cmd = nil }
            push(instruction, "ENTRYPOINT \(JSON(config.entrypoint ?? []).text())")
        case .healthcheck(let check):
            config.healthcheck = healthcheck(check)
            push(instruction, instruction.text)
        case .expose(let list):
            var ports: [String] = []
            for text in list {
                do throws(DockerfileError) {
                    ports += try ExposedPort.parse(text, at: instruction, in: dockerfile.source).ports
                } catch { throw error.escaleError }
            }
            config.exposedPorts = Set(config.exposedPorts + ports).sorted()
            push(
                instruction,
                "EXPOSE map[\(Set(ports).sorted().map { $0 + ":{}" }.joined(separator: " "))]")
        case .user(let name):
            config.user = name
            push(instruction, "USER \(config.user ?? "")")
        case .workdir(let path):
            let folder = absolute(path)
            config.workingDir = folder
            push(instruction, "WORKDIR \(folder)", .folder(folder))
        case .volume(let list):
            let paths = list
            guard !paths.contains("") else {
                throw EscaleError(.invalid, "VOLUME specified can not be an empty string")
            }
            config.volumes = Set(config.volumes + paths).sorted()
            push(instruction, "VOLUME [\(paths.joined(separator: " "))]")
        case .stopsignal(let signal):
            _ = try Signals.parse(signal)
            config.stopSignal = signal
            push(instruction, "STOPSIGNAL \(signal)")
        case .shell(let words):
            config.shell = words
            push(instruction, "SHELL [\(words.joined(separator: " "))]")
        case .onbuild(let expression, _):
            config.onBuild = (config.onBuild ?? []) + [expression]
            push(instruction, "ONBUILD \(expression)")
        }
    }

    package private(set) var author: String?
    private var hasOwnCommand = false

    private var shell: [String] { config.shell ?? ["/bin/sh", "-c"] }

    private func arguments(_ line: CommandLine) -> [String] {
        switch line {
        case .exec(let words): words
        case .shell(let text): shell + [text]
        }
    }

    private func absolute(_ path: String) -> String {
        Path.clean(path.hasPrefix("/") ? path : Path.join(config.workingDir ?? "/", path))
    }

    private func healthcheck(_ check: Healthcheck) -> ImageConfig.Healthcheck {
        guard case .check(let c) = check else { return .init(test: ["NONE"]) }
        let test: [String] =
            switch c.line {
            case .exec(let words): ["CMD"] + words
            case .shell(let text): ["CMD-SHELL", text]
            }
        func time(_ n: Int64) -> Int64? { n == 0 ? nil : n }
        var result = ImageConfig.Healthcheck(
            test: test, interval: time(c.interval), timeout: time(c.timeout),
            startPeriod: time(c.startPeriod), retries: c.retries == 0 ? nil : c.retries)
        result.startInterval = time(c.startInterval)
        return result
    }

    // MARK: RUN

    private mutating func compile(_ run: Run, _ instruction: Instruction) throws(EscaleError) {
        let own = Set(config.env.map { $0.prefix { $0 != "=" } })
        let quiet = GlobalScope.proxies
        var action = RunAction(
            arguments: [], environment: config.env, user: config.user ?? "", folder: config.workingDir ?? "/")
        var extra: [String] = []
        for entry in scope.runEnvironment {
            let name = entry.prefix { $0 != "=" }
            if own.contains(name) { continue }
            if quiet.contains(String(name)) {
                action.quietEnvironment.append(entry)
            } else {
                extra.append(entry)
            }
        }
        action.environment += extra
        action.network = run.network
        action.isInsecure = run.security == .insecure
        action.mounts = run.mounts
        switch run.script {
        case .shell(let text): action.arguments = shell + [text]
        case .exec(let words): action.arguments = words
        case .file(let name, let content):
            action.arguments = ["/dev/pipes/\(name)"]
            action.script = content
        }
        let prefix = extra.isEmpty ? "" : "|\(extra.count) \(extra.joined(separator: " ")) "
        push(instruction, "RUN \(prefix)\(action.arguments.joined(separator: " "))", .run(action))
    }

    // MARK: COPY and ADD

    private func transfer(_ transfer: Transfer, isAdd: Bool, from: FileOrigin) throws(EscaleError)
        -> TransferAction
    {
        let written = transfer.destination
        guard !written.isEmpty else { throw EscaleError(.invalid, "no destination given") }
        let intoFolder = written.hasSuffix("/") || written.hasSuffix("/.") || written == "."
        guard intoFolder || transfer.sources.count == 1 else {
            throw EscaleError(
                .invalid,
                "When using \(isAdd ? "ADD" : "COPY") with more than one source file, the destination must be a "
                    + "directory and end with a /")
        }
        return TransferAction(
            isAdd: isAdd, from: from, sources: transfer.sources, destination: absolute(written),
            intoFolder: intoFolder,
            owner: transfer.chown, chmod: transfer.chmod, isLink: transfer.link, excludes: transfer.excludes)
    }

    private func shown(_ words: [String], _ t: TransferAction) -> String {
        let sources = t.sources.map { source in
            switch source {
            case .path(let path): path
            case .inline(let heredoc): heredoc.name
            }
        }
        return (words + sources + [t.destination]).joined(separator: " ")
    }

    private mutating func compile(_ copy: Copy, _ instruction: Instruction) throws(EscaleError) {
        let from: FileOrigin
        if let name = copy.from {
            if !isNamed(name), let other = dockerfile.stage(name, before: stage) {
                from = .stage(other.index)
            } else {
                from = .named(name)
            }
        } else {
            from = .context
        }
        var action = try transfer(copy.transfer, isAdd: false, from: from)
        action.keepsParents = copy.parents
        push(instruction, shown(["COPY"], action), .transfer(action))
    }

    private mutating func compile(_ add: Add, _ instruction: Instruction) throws(EscaleError) {
        var action = try transfer(add.transfer, isAdd: true, from: .context)
        action.checksum = add.checksum
        action.keepsGitDir = add.keepGitDir ?? false
        action.unpack = add.unpack
        push(instruction, shown(["ADD"], action), .transfer(action))
    }
}

/// An error at an instruction.
package struct StepError: Error, Sendable {
    package var error: EscaleError
    package var instruction: Instruction
    package var source: SourceText

    package init(_ error: EscaleError, _ instruction: Instruction, in source: SourceText) {
        self.error = error
        self.instruction = instruction
        self.source = source
    }
}
