import OCI
import Support

extension Checker {
    /// Walks every stage with its variables, as a build without `--build-arg` would.
    mutating func stages() {
        let platform = PlatformArguments.values(target: Platform.current, build: Platform.current)
        guard let global = try? GlobalScope(dockerfile, platform: platform) else { return }
        for stage in dockerfile.stages {
            from(stage, global)
            var scope = StageScope(global)
            var last: [Keyword: Instruction] = [:]
            var hasWorkdir = false
            var shell: [String] = []
            for instruction in stage.instructions {
                let command = (try? scope.apply(instruction)) ?? instruction.command
                undefined(instruction, scope, inherits: stage.from.image != "scratch")
                once(instruction, &last)
                switch command {
                case .shell(let words): shell = words
                case .run(let run): if case .shell(let text) = run.line { self.run(text, shell, instruction) }
                case .workdir(let path):
                    if !hasWorkdir, !path.hasPrefix("/") {
                        add(
                            .workdirRelativePath,
                            "Relative workdir \(quoted(path)) can have unexpected results if the base image changes",
                            mended: "WORKDIR /\(path)", path, at: instruction)
                    }
                    hasWorkdir = true
                case .cmd(.shell(let text)) where shell.isEmpty,
                    .entrypoint(.shell(let text)) where shell.isEmpty:
                    jsonArguments(text, instruction)
                default: settings(command, instruction)
                }
            }
            if stage.index == dockerfile.stages.count - 1 { user(stage) }
        }
    }

    // MARK: - FROM

    private mutating func from(_ stage: Dockerfile.Stage, _ global: GlobalScope) {
        let instruction = stage.instruction
        let image = stage.from.image
        let expanded = try? global.expand(image, at: instruction)
        for name in expanded?.missing ?? [] {
            let near = Suggestion.nearest(name, in: global.values.keys.sorted()).map {
                " (did you mean \($0)?)"
            }
            add(
                .undefinedArgInFrom, "FROM argument '\(name)' is not declared\(near ?? "")", name,
                at: instruction)
        }
        let name = expanded?.text ?? ""
        let isStage = dockerfile.stage(name, before: stage.index) != nil && Int(name) == nil
        let reference = try? Reference(name)
        if reference == nil, !isStage, name != "scratch", image.utf8.contains(UInt8(ascii: "$")) {
            add(
                .invalidDefaultArgInFrom,
                "Default value for ARG \(image) results in empty or invalid base image name", image,
                at: instruction)
        }
        if let reference, !isStage, name != "scratch", reference.digest == nil {
            if !name.hasSuffix(":\(reference.tag ?? "")") {
                add(
                    .pinBaseImage, "Base image \(quoted(name)) has no tag, so it means \"latest\"", image,
                    at: instruction)
            } else if reference.tag == "latest" {
                add(
                    .latestTag, "Base image \(quoted(name)) is not pinned to a version", image,
                    at: instruction)
            }
        }
        guard let platform = stage.from.platform, let value = try? global.expand(platform, at: instruction)
        else {
            return
        }
        if value.used == ["TARGETPLATFORM"], value.missing.isEmpty,
            value.text == global.values["TARGETPLATFORM"]
        {
            add(
                .redundantTargetPlatform,
                "Setting platform to predefined \(platform) in FROM is redundant as this is the default behavior",
                mended: instruction.text.split(separator: " ").filter { !$0.hasPrefix("--platform") }
                    .joined(separator: " "), platform, at: instruction)
        }
        let parts = platform.split(separator: "/").map(String.init)
        if value.used.isEmpty, !parts.contains(where: { (stage.name ?? "").contains($0) }) {
            add(
                .fromPlatformFlagConstDisallowed,
                "FROM --platform flag should not use constant value \(quoted(platform))", platform,
                at: instruction)
        }
    }

    // MARK: - Any instruction

    /// Variables that every image sets are not known here, so `PATH` and what `RUN` expands are left alone.
    private mutating func undefined(_ instruction: Instruction, _ scope: StageScope, inherits: Bool) {
        var seen: Set<String> = inherits ? ["PATH"] : []
        for name in scope.missing where seen.insert(name).inserted {
            guard !scope.arguments.contains(where: { $0.name == name }) else { continue }
            let near = Suggestion.nearest(name, in: scope.names).map { " (did you mean $\($0)?)" } ?? ""
            add(.undefinedVar, "Usage of undefined variable '$\(name)'\(near)", name, at: instruction)
        }
    }

    private mutating func once(_ instruction: Instruction, _ last: inout [Keyword: Instruction]) {
        let keyword = instruction.command.name
        guard [.cmd, .entrypoint, .healthcheck].contains(keyword) else { return }
        if let before = last[keyword] {
            add(
                .multipleInstructionsDisallowed,
                "Multiple \(instruction.keyword) instructions should not be used in the same stage because only "
                    + "the last one will be used", at: before)
        }
        last[keyword] = instruction
    }

    private mutating func jsonArguments(_ text: String, _ instruction: Instruction) {
        // Words that need a shell are not put in an array for its author.
        let isPlain = !text.isEmpty && !text.contains { "$|&;<>()\"'`*?\\".contains($0) }
        let words = text.split(separator: " ").map(String.init)
        add(
            .jsonArgsRecommended,
            "JSON arguments recommended for \(instruction.keyword) to prevent unintended behavior related to OS "
                + "signals",
            mended: isPlain
                ? "\(instruction.keyword) [\(words.map(quoted).joined(separator: ", "))]"
                : "\(instruction.keyword) [\"/bin/sh\", \"-c\", \(quoted("exec " + text))]", at: instruction)
    }

    private mutating func settings(_ command: Command, _ instruction: Instruction) {
        switch command {
        case .maintainer(let name):
            add(
                .maintainerDeprecated, "Maintainer instruction is deprecated in favor of using label",
                mended: "LABEL org.opencontainers.image.authors=\(quoted(name))", at: instruction)
        case .env(let pairs), .label(let pairs):
            for pair in pairs where pair.isLegacy {
                let word = instruction.keyword
                add(
                    .legacyKeyValueFormat,
                    "\"\(word) key=value\" should be used instead of legacy \"\(word) key value\" format",
                    mended: "\(word) \(pair.name)=\(quoted(pair.value))", at: instruction)
            }
            guard case .env = command else { return }
            for pair in pairs where Self.isSecret(pair.name) { secret("ENV", pair.name, instruction) }
        case .arg(let arguments):
            for argument in arguments where Self.isSecret(argument.name) {
                secret("ARG", argument.name, instruction)
            }
        case .expose(let words): for word in words { expose(word, instruction) }
        case .copy(let copy):
            if copy.from == nil { ignored(copy.transfer, "Copy", instruction) }
        case .add(let add):
            ignored(add.transfer, "Add", instruction)
            let isPlain = add.transfer.paths.allSatisfy { path in
                !path.contains("://") && !path.hasPrefix("git@") && !path.hasSuffix(".git")
                    && !path.contains("$")
                    && ![".tar", ".gz", ".tgz", ".xz", ".bz2", ".zst"].contains { path.hasSuffix($0) }
            }
            if isPlain, add.checksum == nil {
                self.add(
                    .addInsteadOfCopy, "COPY should be used instead of ADD for files and folders",
                    mended: "COPY" + instruction.text.dropFirst(instruction.keyword.count), at: instruction)
            }
        default: break
        }
    }

    private mutating func secret(_ keyword: String, _ name: String, _ instruction: Instruction) {
        add(
            .secretsUsedInArgOrEnv,
            "Do not use ARG or ENV instructions for sensitive data (\(keyword) \(quoted(name)))",
            mended: "RUN --mount=type=secret,id=\(name.lowercased()) …", name, at: instruction)
    }

    /// A word of the name is one that secrets have, and none says that it is none.
    private static func isSecret(_ name: String) -> Bool {
        let words = Set(name.lowercased().split(separator: "_").map(String.init))
        let secret: Set<String> = [
            "apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret",
            "token"
        ]
        return !words.isDisjoint(with: secret) && words.isDisjoint(with: ["public", "file", "version"])
    }

    private mutating func expose(_ word: String, _ instruction: Instruction) {
        guard let port = try? ExposedPort.parse(word) else { return }
        let plain = word.split(separator: ":").last.map(String.init) ?? word
        if port.hasCapitals {
            add(
                .exposeProtoCasing, "Defined protocol '\(word)' in EXPOSE instruction should be lowercase",
                mended: "EXPOSE \(plain.lowercased())", word, at: instruction)
        }
        if port.hasHostPart {
            add(
                .exposeInvalidFormat,
                "EXPOSE instruction should not define an IP address or host-port mapping, found '\(word)'",
                mended: "EXPOSE \(plain)", word, at: instruction)
        }
    }

    private mutating func ignored(_ transfer: Transfer, _ verb: String, _ instruction: Instruction) {
        // With exceptions a folder may be left out and something in it kept.
        guard let ignore, !ignore.hasExceptions else { return }
        for path in transfer.paths where !path.contains("://") {
            let clean = PathText.clean(path)
            let isRoot = clean == "." || clean == "/"
            let isOut =
                isRoot
                ? ignore.patterns.contains { ["*", "**", "**/*"].contains($0.text) }
                : ignore.ignores(clean.hasPrefix("/") ? String(clean.dropFirst()) : clean)
            guard isOut else { continue }
            add(
                .copyIgnoredFile,
                "Attempting to \(verb) file \(quoted(clean)) that is excluded by .dockerignore", path,
                at: instruction)
        }
    }

    private mutating func user(_ stage: Dockerfile.Stage) {
        let users = stage.instructions.filter { $0.command.name == .user }
        guard let last = users.last else { return }
        guard case .user(let name) = last.command, ["root", "0", "root:root", "0:0"].contains(name) else {
            return
        }
        add(.lastUserRoot, "The last USER is root", name, at: last)
    }
}
