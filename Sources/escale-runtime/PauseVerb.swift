import Runtime
import Support

/// `pause ID` and `resume ID`: freezes and thaws all processes of a container.
enum PauseVerb {
    static func run(_ words: [String], _ global: GlobalOptions, paused: Bool) throws(EscaleError) -> Int32 {
        let id = try Arguments.onlyID(words, verb: paused ? "pause" : "resume")
        try global.store.pause(id, paused)
        return 0
    }
}
