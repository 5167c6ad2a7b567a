import Glibc
import Runtime
import Shim
import Support

/// Verbs, a file each. Each gives the program's exit status.
func dispatch(_ options: GlobalOptions) throws(EscaleError) -> Int32 {
    let words = options.arguments
    return switch options.verb {
    case "create": try CreateVerb.create(words, options)
    case "run": try CreateVerb.run(words, options)
    case "start": try StartVerb.run(words, options)
    case "state": try StateVerb.run(words, options)
    case "kill": try KillVerb.run(words, options)
    case "delete": try DeleteVerb.run(words, options)
    case "exec": try ExecVerb.run(words, options)
    case "list": try ListVerb.run(words, options)
    case "ps": try PsVerb.run(words, options)
    case "pause": try PauseVerb.run(words, options, paused: true)
    case "resume": try PauseVerb.run(words, options, paused: false)
    case "update": try UpdateVerb.run(words, options)
    case "events": try EventsVerb.run(words, options)
    case "spec": try SpecVerb.run(words)
    case "features": try FeaturesVerb.run(words)
    case "checkpoint", "restore":
        throw EscaleError(.unavailable, "\(options.verb): not supported: this runtime has no CRIU")
    case "shim": try ShimVerb.run(words)
    case "rootless": try RootlessVerb.run(words)
    case "version": VersionVerb.run()
    case "help": HelpVerb.run()
    default: throw EscaleError(.invalid, "no such command: \(options.verb)", repair: "escale-runtime --help")
    }
}

/// Keeps globals out of top-level code, where each would be a mutable global of the program.
func runMain() -> Int32 {
    var options: GlobalOptions?
    do {
        let parsed = try GlobalOptions(Array(CommandLine.arguments.dropFirst()))
        options = parsed
        return try dispatch(parsed)
    } catch {
        if let options {
            options.report(error)
        } else {
            Output.err("escale-runtime: \(error.message)\n")
        }
        return 1
    }
}

exit(runMain())
