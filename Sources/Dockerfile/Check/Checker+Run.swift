import Support

extension Checker {
    /// Commands of a `RUN` in shell form, as far as they can be told apart without a shell.
    mutating func run(_ text: String, _ shell: [String], _ instruction: Instruction) {
        let commands = Self.commands(text)
        func has(_ first: String, _ second: String? = nil) -> [String]? {
            commands.first { $0.first == first && (second == nil || $0.contains(second ?? "")) }
        }
        let mended = instruction.text
        if commands.contains(where: { $0.first == "sudo" }) {
            add(
                .sudoUsed, "sudo should not be used in RUN",
                mended: mended.split(separator: " ", omittingEmptySubsequences: false).filter { $0 != "sudo" }
                    .joined(separator: " "), "sudo", at: instruction)
        }
        if let cd = commands.first, cd.first == "cd", cd.count > 1 {
            add(
                .cdInRun, "WORKDIR should be used instead of cd", mended: "WORKDIR \(cd[1])", "cd \(cd[1])",
                at: instruction)
        }
        if Self.hasPipe(text), !shell.contains("pipefail"), !text.contains("pipefail") {
            add(
                .pipefailMissing, "A failure before | is not seen without pipefail",
                mended: "SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]", "|", at: instruction)
        }
        if let cat = has("cat"), cat.count == 3, cat.last == "|" {
            add(.uselessCat, "cat of a single file into a pipe", "cat", at: instruction)
        }
        let install = has("apt-get", "install")
        if has("apt-get", "update") != nil, install == nil {
            add(.aptGetUpdateAlone, "apt-get update in a RUN of its own", "apt-get", at: instruction)
        }
        if let install {
            if !text.contains("rm -rf /var/lib/apt/lists"), !instruction.text.contains("--mount=type=cache") {
                add(
                    .aptGetCleanup, "apt-get install leaves its lists in the layer",
                    mended: mended + " && rm -rf /var/lib/apt/lists/*", "apt-get", at: instruction)
            }
            if !install.contains(where: {
                ["-y", "--yes", "-qy", "-yq", "--assume-yes", "-qq", "-qqy"].contains($0)
            }) {
                add(
                    .aptGetYes, "apt-get install asks a question without -y",
                    mended: Self.replace(mended, "apt-get install", "apt-get install -y"), "apt-get",
                    at: instruction)
            }
            unpinned(install, after: "install", mark: "=", instruction)
        }
        if let apk = has("apk", "add") {
            if !apk.contains("--no-cache"), !text.contains("--no-cache") {
                add(
                    .apkNoCache, "apk add leaves its index in the layer",
                    mended: Self.replace(mended, "apk add", "apk add --no-cache"), "apk", at: instruction)
            }
            unpinned(apk, after: "add", mark: "=", instruction)
        }
        if let pip = has("pip", "install") ?? has("pip3", "install") {
            if !text.contains("--no-cache-dir"), !instruction.text.contains("--mount=type=cache") {
                add(
                    .pipNoCacheDir, "pip install leaves its downloads in the layer",
                    mended: Self.replace(mended, "install", "install --no-cache-dir"), "pip", at: instruction)
            }
            if !pip.contains("-r"), !pip.contains("--requirement") {
                unpinned(pip, after: "install", mark: "=", instruction)
            }
        }
    }

    private mutating func unpinned(
        _ command: [String], after verb: String, mark: Character, _ instruction: Instruction
    ) {
        guard let at = command.firstIndex(of: verb) else { return }
        let bare = command[(at + 1)...].first {
            !$0.hasPrefix("-") && $0 != "|" && !$0.contains(mark) && !$0.contains("$") && !$0.contains("/")
                && !$0.contains(".")
        }
        guard let bare else { return }
        add(.packageVersionUnpinned, "Package \(quoted(bare)) has no version", bare, at: instruction)
    }

    /// The words of each simple command; one that feeds a pipe ends with `|`.
    private static func commands(_ text: String) -> [[String]] {
        var out: [[String]] = []
        var current: [String] = []
        func flush() -> [String] {
            defer { current = [] }
            return current
        }
        for raw in text.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }) {
            var word = String(raw)
            if ["&&", "||", ";", "|", "{", "}", "(", ")", "then", "do", "&"].contains(word) {
                if word == "|" { current.append(word) }
                if !current.isEmpty { out.append(flush()) }
                continue
            }
            let ends = word.hasSuffix(";")
            if ends { word.removeLast() }
            if !word.isEmpty { current.append(word) }
            if ends, !current.isEmpty { out.append(flush()) }
        }
        if !current.isEmpty { out.append(current) }
        return out
    }

    /// A single `|` outside quotes.
    private static func hasPipe(_ text: String) -> Bool {
        var quote: UInt8?
        let bytes = Array(text.utf8)
        for (i, byte) in bytes.enumerated() {
            if byte == quote {
                quote = nil
            } else if quote == nil, byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
            } else if quote == nil, byte == UInt8(ascii: "|") {
                let isDouble =
                    (i > 0 && bytes[i - 1] == byte) || (i + 1 < bytes.count && bytes[i + 1] == byte)
                if !isDouble { return true }
            }
        }
        return false
    }

    /// The first occurrence replaced.
    private static func replace(_ text: String, _ wanted: String, _ by: String) -> String {
        let words = Array(text.utf8)
        let needle = Array(wanted.utf8)
        guard words.count >= needle.count,
            let at = (0...(words.count - needle.count)).first(where: {
                words[$0] == needle[0] && words[$0..<($0 + needle.count)] == needle[...]
            })
        else { return text }
        return String(decoding: words[..<at] + by.utf8 + words[(at + needle.count)...], as: UTF8.self)
    }
}
