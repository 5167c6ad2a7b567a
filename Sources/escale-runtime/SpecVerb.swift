import Glibc
import Linux
import OCI
import Support

/// `spec [--bundle DIR]`: writes a config.json to start from, with Docker's defaults.
enum SpecVerb {
    static func run(_ words: [String]) throws(EscaleError) -> Int32 {
        var bundle = "."
        var rootless = false
        var arguments = Arguments(words)
        while let word = arguments.next() {
            switch word {
            case .flag("bundle", let v), .flag("b", let v): bundle = try arguments.value("bundle", v)
            case .flag("rootless", let v): rootless = try Arguments.isOn("rootless", v)
            case .flag(let name, _): throw Arguments.unknown(name)
            case .word(let text): throw EscaleError(.invalid, "spec: unexpected argument \"\(text)\"")
            }
        }
        let path = "\(bundle)/config.json"
        if Files.exists(path) {
            throw EscaleError(.conflict, "File \(path) exists. Remove it first")
        }
        let spec =
            rootless ? RuntimeSpec.rootlessExample(uid: geteuid(), gid: getegid()) : RuntimeSpec.example
        try Files.replace(path, try JSON.encode(spec).bytes(pretty: true))
        return 0
    }
}
