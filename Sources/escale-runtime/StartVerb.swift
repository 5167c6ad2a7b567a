import Runtime
import Support

/// `start [--explain FILE] ID`: lets the program of a created container run.
enum StartVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var explain: String?
        let id = try Arguments.onlyID(words, verb: "start") {
            (arguments, name, value) throws(EscaleError) in
            guard name == "explain" else { throw Arguments.unknown(name) }
            explain = try arguments.value(name, value)
        }
        return try global.explaining(explain) { (steps) throws(EscaleError) in
            try global.store.start(id, steps: steps)
            return 0
        }
    }
}
