import Glibc
import Linux
import Support

/// `--env` and `--env-file`.
enum EnvironmentFile {
    /// `NAME=value` as it stands; `NAME` with our own value, nil where we have none.
    static func resolve(_ text: String) -> String? {
        text.contains("=") ? text : Environment[text].map { "\(text)=\($0)" }
    }

    /// Lines of `NAME=value`; blank ones and those from `#` on are skipped.
    static func read(_ paths: [String]) throws -> [String] {
        var all: [String] = []
        for path in paths {
            for line in try Files.text(path).split(separator: "\n")
            where !line.isEmpty && !line.hasPrefix("#") {
                if let entry = resolve(String(line)) { all.append(entry) }
            }
        }
        return all
    }
}

/// `-v SOURCE:TARGET[:OPTIONS]`.
enum VolumeFlag {
    /// A relative source becomes absolute: the daemon has another working directory.
    static func absolute(_ text: String) throws -> String {
        guard text.hasPrefix("."), let colon = text.firstIndex(of: ":") else { return text }
        guard let here = getcwd(nil, 0) else { throw EscaleError.system("getcwd", errno: errno) }
        defer { free(here) }
        return Path.clean(Path.join(String(cString: here), String(text[..<colon]))) + String(text[colon...])
    }
}

/// `--security-opt`.
enum SecurityFlag {
    /// `seccomp=FILE` becomes `seccomp=<its JSON>`, which is what the API takes.
    static func resolve(_ text: String) throws -> String {
        guard text.hasPrefix("seccomp="), !["unconfined", "builtin"].contains(text.dropFirst(8)) else {
            return text
        }
        return try "seccomp=" + JSON.parse(Files.read(String(text.dropFirst(8)))).text()
    }
}
