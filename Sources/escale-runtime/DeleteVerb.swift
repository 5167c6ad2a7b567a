import Runtime
import Support

/// `delete [--force] [--explain FILE] ID`: removes what is left of a container.
enum DeleteVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var force = false
        var explain: String?
        let id = try Arguments.onlyID(words, verb: "delete") {
            (arguments, name, value) throws(EscaleError) in
            switch name {
            case "force", "f": force = try Arguments.isOn(name, value)
            case "explain": explain = try arguments.value(name, value)
            default: throw Arguments.unknown(name)
            }
        }
        return try global.explaining(explain) { (steps) throws(EscaleError) in
            try global.store.delete(id, force: force, steps: steps)
            return 0
        }
    }
}
