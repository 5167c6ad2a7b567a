/// Docker's verbs, which work here with or without `docker` in front.
package enum EngineVerb {
    package static let all: [String] = [
        "attach", "build", "builder", "commit", "container", "cp", "create", "diff", "events", "exec",
        "export", "history", "image", "images", "import", "info", "inspect", "kill", "load", "login",
        "logout", "logs", "pause", "port", "ps", "pull", "push", "rename", "restart", "rm", "rmi", "run",
        "save", "start", "stats", "stop", "tag", "top", "unpause", "version", "wait"
    ]

    /// Commands of `escale` itself that are not Docker's.
    package static let kit: [String] = [
        "vm", "compare", "explain", "doctor", "bench", "lab", "grade", "docker", "daemon", "registry",
        "dockerfile"
    ]

    /// Verbs that bash or the system also has under the same name: looked at more closely, and not
    /// made into functions inside bash.
    package static let shared: Set<String> = [
        "cp", "diff", "exec", "export", "history", "import", "info", "kill", "ps", "rename", "rm", "top",
        "wait"
    ]

    /// What the line around a shared verb is about.
    package enum Meaning: Equatable, Sendable {
        case engine
        case system
        /// A file and a container have this name.
        case both(String)
    }

    /// What the choice depends on besides the words.
    package struct World {
        /// Does such a file exist (seen from bash's folder)?
        package var fileExists: (String) -> Bool
        /// Is there a container of this name or id?
        package var isContainer: (String) -> Bool
        /// Does bash know a program, function, alias, builtin or keyword of this name?
        package var isCommand: (String) -> Bool

        package init(
            fileExists: @escaping (String) -> Bool, isContainer: @escaping (String) -> Bool,
            isCommand: @escaping (String) -> Bool
        ) {
            self.fileExists = fileExists
            self.isContainer = isContainer
            self.isCommand = isCommand
        }
    }

    /// Is this line Docker's verb, or the system's program of the same name? `rm notes.txt` is about
    /// a file, `rm phare` about a container, `ps aux` about processes, `ps -a` about containers.
    package static func meaning(_ verb: String, _ arguments: [String], in world: World) -> Meaning {
        guard shared.contains(verb) else { return .engine }
        if arguments.contains("--help") { return .engine }
        let flags = arguments.filter { $0.hasPrefix("-") && $0.count > 1 }
        let operands = arguments.filter { !$0.hasPrefix("-") }
        let isEngine: Bool
        switch verb {
        case "ps": isEngine = isDockerPs(arguments)
        case "top": isEngine = !operands.isEmpty && arguments.first == operands.first
        case "kill": isEngine = operands.contains { !isProcess($0) && !isSignal($0) }
        case "wait": isEngine = flags.isEmpty && operands.contains { !isProcess($0) }
        case "rm": return removal(flags, operands, in: world)
        case "cp": isEngine = operands.contains { $0.contains(":") && !world.fileExists($0) }
        case "exec":
            guard let first = operands.first, arguments.count > 1 else { return .system }
            let hasFlags = arguments.first != first
            isEngine = hasFlags || !world.isCommand(first) || world.isContainer(first)
        case "diff": isEngine = flags.isEmpty && operands.count == 1
        case "export": isEngine = flags.contains { $0.hasPrefix("-o") || $0.hasPrefix("--output") }
        case "import": isEngine = !world.isCommand(verb)
        case "rename": isEngine = operands.first.map(world.isContainer) ?? false
        case "history": isEngine = operands.contains { Int($0) == nil }
        case "info": isEngine = operands.isEmpty
        default: isEngine = true
        }
        return isEngine ? .engine : .system
    }

    private static func removal(_ flags: [String], _ operands: [String], in world: World) -> Meaning {
        let docker: Set<String> = ["-f", "--force", "-v", "--volumes", "-l", "--link", "-fv", "-vf"]
        guard !operands.isEmpty, flags.allSatisfy(docker.contains) else { return .system }
        if operands.contains(where: { $0.contains("/") || $0.contains("*") || $0.contains("?") }) {
            return .system
        }
        let files = operands.filter(world.fileExists)
        guard let file = files.first else { return .engine }
        return operands.contains(where: world.isContainer) ? .both(file) : .system
    }

    /// Only flags that `docker ps` has.
    private static func isDockerPs(_ arguments: [String]) -> Bool {
        let withValue: Set<String> = ["-f", "--filter", "-n", "--last", "--format"]
        let alone: Set<String> = ["--all", "--latest", "--no-trunc", "--quiet", "--size"]
        var i = 0
        while i < arguments.count {
            let a = arguments[i]
            if withValue.contains(a) {
                guard i + 1 < arguments.count else { return false }
                if a == "-f", !arguments[i + 1].contains("=") { return false }
                i += 1
            } else if a.hasPrefix("--") {
                guard alone.contains(a) || a.hasPrefix("--format=") || a.hasPrefix("--filter=") else {
                    return false
                }
            } else {
                guard a.hasPrefix("-"), a.count > 1, a.dropFirst().allSatisfy({ "aqsl".contains($0) }) else {
                    return false
                }
            }
            i += 1
        }
        return true
    }

    /// A process id or a job of bash.
    private static func isProcess(_ word: String) -> Bool { word.hasPrefix("%") || Int(word) != nil }
    private static func isSignal(_ word: String) -> Bool {
        word.count > 2 && word.allSatisfy { $0.isUppercase || $0.isNumber }
    }
}
