import Shim
import ShimProtocol
import Support

/// `shim CONFIG`: holds one container for the daemon.
enum ShimVerb {
    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        guard words.count == 1 else { throw EscaleError(.invalid, "shim: \"<config>\" is required") }
        return words[0] == SpareShim.argument ? ShimRun.wait() : ShimRun.run(configPath: words[0])
    }
}
