import Runtime
import Support

/// `start ID`: lets the program of a created container run.
enum StartVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        let (id, _) = try Arguments.id(words, verb: "start")
        try global.store.start(id, steps: Steps())
        return 0
    }
}
