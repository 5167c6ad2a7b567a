/// What can be typed next.
package enum Completion {
    package struct Request: Equatable, Sendable {
        /// The line before the word.
        package var before: String
        /// The word so far.
        package var word: String
        package init(before: String, word: String) {
            self.before = before
            self.word = word
        }
    }

    package struct Result: Equatable, Sendable {
        /// Whole words that begin as the word does.
        package var words: [String] = []
        /// When there are none: file names make sense here.
        package var files = false
        package init(words: [String] = [], files: Bool = false) {
            self.words = words
            self.files = files
        }
    }

    /// Where names come from; each is asked only when it is needed.
    package struct Sources {
        package var labs: () -> [String] = { [] }
        package var steps: () -> [String] = { [] }
        package var choices: () -> [String] = { [] }
        /// Names that the step wants answered.
        package var answers: () -> [String] = { [] }
        package var terms: () -> [String] = { [] }
        package var containers: () -> [String] = { [] }
        package var running: () -> [String] = { [] }
        package var images: () -> [String] = { [] }
        package var vms: () -> [String] = { [] }
        /// Programs in PATH that begin so.
        package var programs: (String) -> [String] = { _ in [] }
        package init() {}
    }

    package static func complete(_ request: Request, _ sources: Sources) -> Result {
        // Only the command being typed counts: after a pipe, a list or a substitution it begins anew.
        let segment =
            request.before.split(
                omittingEmptySubsequences: false, whereSeparator: { "|;&(`".contains($0) }
            ).last ?? ""
        var words = ShellWords(String(segment)).texts
        if words.first == "?" { words[0] = Verb.aide.rawValue }
        guard let first = words.first else { return firstWord(request.word, sources) }
        if request.word.hasPrefix("./") || request.word.hasPrefix("/") || request.word.hasPrefix("~") {
            return Result(files: true)
        }
        let found: Result
        if first == "docker" {
            found = docker(Array(words.dropFirst()), request.word, sources)
        } else if first == "escale" {
            let rest = Array(words.dropFirst())
            found =
                rest.isEmpty
                ? Result(words: EngineVerb.all + EngineVerb.kit)
                : kit(rest, request.word, sources) ?? docker(rest, request.word, sources)
        } else if let ours = kit(words, request.word, sources) {
            found = ours
        } else if EngineVerb.all.contains(first) {
            found = docker(words, request.word, sources)
        } else {
            found = verb(
                first, Array(words.dropFirst()), isValue: request.before.hasSuffix("="), sources)
        }
        return Result(words: matching(found.words, request.word), files: found.files)
    }

    private static func firstWord(_ word: String, _ sources: Sources) -> Result {
        if word.contains("/") { return Result(files: true) }
        let verbs = Verb.allCases.map(\.rawValue)
        if word.isEmpty { return Result(words: verbs.sorted()) }
        let ours = matching(verbs + EngineVerb.all + EngineVerb.kit, word)
        // Programs only where no verb is meant: `ver` is `verifier`, not one of hundreds.
        return Result(words: ours.isEmpty ? sources.programs(word) : ours, files: true)
    }

    /// Accents and case don't count: `é` finds `etape`.
    private static func matching(_ words: [String], _ prefix: String) -> [String] {
        let key = Fold.key(prefix)
        var seen = Set<String>()
        return words.filter { Fold.key($0).hasPrefix(key) && seen.insert($0).inserted }.sorted()
    }

    /// - Parameter isValue: the word comes right after an equals sign.
    private static func verb(_ word: String, _ arguments: [String], isValue: Bool, _ sources: Sources)
        -> Result
    {
        let verb: Verb
        switch Verb.match(word) {
        case .exact(let v), .prefix(let v): verb = v
        default: return Result(files: true)
        }
        switch verb {
        // One word each: after it there is nothing more to say.
        case .ouvrir: return Result(words: arguments.isEmpty ? sources.labs() : [])
        case .aller: return Result(words: arguments.isEmpty ? sources.steps() : [])
        case .predire: return Result(words: arguments.isEmpty ? sources.choices() : [])
        case .glossaire: return Result(words: arguments.isEmpty ? sources.terms() : [])
        case .aide:
            return Result(words: Verb.allCases.map(\.rawValue) + EngineVerb.all + ["vm"] + sources.terms())
        case .moteur: return Result(words: arguments.isEmpty ? ["escale", "docker"] : [])
        case .expliquer: return explain(arguments, sources)
        case .comparer: return Result(words: sources.images() + ["--json", "--html"])
        case .repondre:
            // The value is the learner's; a name is asked for once.
            if isValue { return Result() }
            return Result(
                words: sources.answers().map { "\($0)=" }.filter { name in
                    !arguments.contains { $0.hasPrefix(name) }
                })
        default: return Result()
        }
    }

    private static func explain(_ words: [String], _ sources: Sources) -> Result {
        guard let first = words.first else { return Result(words: ["run", "build", "image"]) }
        return first == "build" ? Result(files: true) : Result(words: sources.images())
    }

    private static func kit(_ words: [String], _ word: String, _ sources: Sources) -> Result? {
        let rest = words.dropFirst()
        switch words.first {
        case "vm":
            guard let sub = rest.first else {
                return Result(words: [
                    "run", "ps", "stop", "kill", "rm", "pause", "unpause", "balloon", "logs", "console",
                    "inspect"
                ])
            }
            if word.hasPrefix("-") { return Result(words: flags["vm \(sub)"] ?? []) }
            return sub == "run"
                ? operandOfRun(Array(rest.dropFirst()), sources) : Result(words: sources.vms())
        case "compare": return Result(words: sources.images() + ["--json", "--html"])
        case "explain": return explain(Array(rest), sources)
        case "dockerfile": return rest.isEmpty ? Result(words: ["check"]) : Result(files: true)
        case "lab":
            return rest.isEmpty
                ? Result(words: [
                    "show", "start", "predict", "answer", "check", "hint", "solution", "reset", "test"
                ])
                : Result(words: sources.labs() + sources.steps())
        case "bench", "doctor", "grade", "daemon": return Result(words: ["--json"], files: true)
        default: return nil
        }
    }

    private static func docker(_ words: [String], _ word: String, _ sources: Sources) -> Result {
        guard let verb = words.first else { return Result(words: EngineVerb.all) }
        let rest = Array(words.dropFirst())
        if let subs = subcommands[verb], verb != "images" {
            guard let sub = rest.first else { return Result(words: subs) }
            switch verb {
            case "container": return docker(rest, word, sources)
            case "image": return sub == "ls" ? Result() : Result(words: sources.images())
            default: return Result()
            }
        }
        if word.hasPrefix("-") { return Result(words: flags[verb] ?? ["--help"]) }
        switch verb {
        case "run", "create": return operandOfRun(rest, sources)
        case "exec":
            return rest.contains { !$0.hasPrefix("-") }
                ? Result(files: true) : Result(words: sources.running())
        case "stop", "kill", "pause", "top", "stats", "attach", "port":
            return Result(words: sources.running())
        case "build": return Result(files: true)
        case "save", "push": return Result(words: sources.images(), files: verb == "save")
        case "rm", "start", "logs", "diff", "wait", "rename", "restart", "commit", "export", "update",
            "unpause":
            return Result(words: sources.containers(), files: true)
        case "cp": return Result(words: sources.containers().map { $0 + ":" }, files: true)
        case "inspect": return Result(words: sources.containers() + sources.images())
        case "rmi", "tag", "history": return Result(words: sources.images())
        default: return Result(files: true)
        }
    }

    /// The image, then what it runs; after `--network container:` and the like, names.
    private static func operandOfRun(_ words: [String], _ sources: Sources) -> Result {
        let withValue: Set<String> = [
            "--name", "-m", "--memory", "--cpus", "--pids-limit", "-v", "--volume", "-e", "--env", "-w",
            "--workdir", "-u", "--user", "-p", "--publish", "-h", "--hostname", "--entrypoint", "--disk",
            "--label", "-l", "--network", "--restart"
        ]
        if let last = words.last, withValue.contains(last) {
            switch last {
            case "--network":
                return Result(words: ["none", "host", "bridge"] + sources.running().map { "container:\($0)" })
            default: return Result(files: true)
            }
        }
        var at = 0
        while at < words.count, words[at].hasPrefix("-") { at += withValue.contains(words[at]) ? 2 : 1 }
        return at < words.count ? Result(files: true) : Result(words: sources.images())
    }

    private static let subcommands: [String: [String]] = [
        "container": ["ls", "inspect", "rm", "run", "start", "stop", "logs", "exec", "prune"],
        "image": ["ls", "inspect", "rm", "tag", "history"], "builder": ["build", "prune"]
    ]

    private static let runFlags = [
        "--cpus", "--detach", "--entrypoint", "--env", "--help", "--hostname", "--interactive", "--memory",
        "--name", "--network", "--pids-limit", "--publish", "--read-only", "--rm", "--tty", "--user",
        "--volume", "--workdir", "-d", "-e", "-it", "-m", "-p", "-u", "-v", "-w"
    ]

    private static let flags: [String: [String]] = [
        "run": runFlags, "create": runFlags,
        "ps": ["--all", "--filter", "--format", "--help", "--no-trunc", "--quiet", "-a", "-q"],
        "build": [
            "--build-arg", "--file", "--help", "--no-cache", "--progress", "--secret", "--tag", "--target",
            "-f",
            "-t"
        ],
        "exec": ["--detach", "--env", "--help", "--interactive", "--tty", "--user", "--workdir", "-d", "-it"],
        "logs": ["--follow", "--help", "--since", "--tail", "--timestamps", "-f", "-t"],
        "rm": ["--force", "--help", "--volumes", "-f", "-v"],
        "stop": ["--help", "--signal", "--time", "-t"],
        "kill": ["--help", "--signal", "-s"],
        "images": ["--all", "--digests", "--filter", "--format", "--help", "--no-trunc", "--quiet", "-q"],
        "inspect": ["--format", "--help", "--size", "--type", "-f"],
        "stats": ["--all", "--format", "--help", "--no-stream"],
        "vm run": ["--cpus", "--disk", "--help", "--memory", "--name", "-d", "-it", "-m"],
        "vm ps": ["--all", "-a", "-q"], "vm rm": ["--force", "-f"], "vm logs": ["--follow", "-f"]
    ]
}
