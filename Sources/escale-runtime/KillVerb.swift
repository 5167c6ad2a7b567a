import Glibc
import Linux
import Runtime
import Support

/// `kill [--all] ID [SIGNAL]`; SIGTERM when none is named.
enum KillVerb {
    static func run(_ words: [String], _ global: GlobalOptions) throws(EscaleError) -> Int32 {
        var all = false
        var signal: String?
        let (id, rest) = try Arguments.id(words, verb: "kill") {
            (_, name, value) throws(EscaleError) in
            switch name {
            case "all", "a": all = try Arguments.isOn(name, value)
            // A negative word would be a flag: runc takes the signal without dash only.
            default: throw Arguments.unknown(name)
            }
        }
        guard rest.count <= 1 else {
            throw EscaleError(.invalid, "kill: unexpected argument \"\(rest[1])\"")
        }
        signal = rest.first
        let name = signal ?? "SIGTERM"
        guard let number = Signals.number(name) else {
            throw EscaleError(.invalid, "unknown signal \"\(name)\"")
        }
        try global.store.kill(id, number, all: all)
        return 0
    }
}
