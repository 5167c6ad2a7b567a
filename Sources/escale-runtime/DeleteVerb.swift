import Runtime
import Support

/// `delete [--force] ID`: removes what is left of a container.
enum DeleteVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var force = false
        let (id, _) = try Arguments.id(words, verb: "delete") {
            (_, name, value) throws(EscaleError) in
            guard name == "force" || name == "f" else { throw Arguments.unknown(name) }
            force = try Arguments.isOn(name, value)
        }
        try global.store.delete(id, force: force, steps: Steps())
        return 0
    }
}
