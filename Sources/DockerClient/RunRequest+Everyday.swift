extension RunRequest {
    /// The words after `run`, where they are everyday ones: `--rm -it -p 8080:80 IMAGE COMMAND…`. Nil for
    /// all others, and for mistakes, which the whole command line's parser reads and words: building it
    /// takes longer than starting a container.
    public init?(everyday words: [String]) {
        self.init()
        var rest = words[...]
        while let word = rest.first, word.hasPrefix("-") {
            rest.removeFirst()
            let named = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard word.hasPrefix("--"), named.count == 2 else {
                if take(switches: word) { continue }
                guard let value = rest.popFirst(), take(word, value) else { return nil }
                continue
            }
            guard take(String(named[0]), String(named[1])) else { return nil }
        }
        guard let image = rest.popFirst(), !image.isEmpty else { return nil }
        self.image = image
        command = Array(rest)
    }

    private mutating func take(switches word: String) -> Bool {
        switch word {
        case "--rm": remove = true
        case "--detach": detach = true
        case "--interactive": interactive = true
        case "--tty": tty = true
        default:
            let letters = word.dropFirst()
            guard !letters.isEmpty, letters.allSatisfy({ "dit".contains($0) }) else { return false }
            if letters.contains("d") { detach = true }
            if letters.contains("i") { interactive = true }
            if letters.contains("t") { tty = true }
        }
        return true
    }

    private mutating func take(_ flag: String, _ value: String) -> Bool {
        if value.hasPrefix("-") { return false }
        switch flag {
        case "--name": name = value
        case "--network", "--net": network = value
        case "--memory", "-m": memory = value
        case "--cpus": cpus = value
        case "--publish", "-p": publish.append(value)
        case "--workdir", "-w": workingDirectory = value
        case "--user", "-u": user = value
        case "--pids-limit":
            guard let limit = Int(value) else { return false }
            pidsLimit = limit
        case "--env", "-e":
            // A name alone stands for a variable of ours.
            guard value.contains("=") else { return false }
            environment.append(value)
        case "--volume", "-v":
            // A relative source depends on the folder we are in.
            guard !value.hasPrefix(".") else { return false }
            volumes.append(value)
        default: return false
        }
        return true
    }
}
