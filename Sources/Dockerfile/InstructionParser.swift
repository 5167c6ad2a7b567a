import Support

/// Reads one logical line. Pure; positions are offsets in that line.
struct InstructionParser {
    let escape: UInt8

    /// A line in its three parts.
    struct Head {
        var keyword: Word
        var flags: [Word]
        /// What follows the flags, trimmed.
        var rest: ArraySlice<UInt8>
    }

    func head(_ line: ArraySlice<UInt8>) -> Head {
        let text = LineReader.trim(line)
        let end = text.firstIndex(where: isSpace) ?? text.endIndex
        let keyword = Word(Self.string(text[..<end]), at: text.startIndex, length: end - text.startIndex)
        let (flags, rest) = flags(text[end...])
        return Head(keyword: keyword, flags: flags, rest: LineReader.trim(rest))
    }

    /// The here-documents that follow the line.
    func heredocNames(_ head: Head) -> [HeredocName] {
        switch Keyword(rawValue: head.keyword.text.uppercased()) {
        case .run, .copy, .add: isList(head.rest) ? [] : HeredocName.all(in: head.rest)
        case .onbuild: heredocNames(self.head(head.rest))
        default: []
        }
    }

    func command(_ head: Head, heredocs: [Heredoc]) throws(Failure) -> Command {
        let written = head.keyword.text
        guard let keyword = Keyword(rawValue: written.uppercased()) else {
            var near = Suggestion.nearest(written, in: Keyword.allCases.map(\.rawValue))
            if written == written.lowercased() { near = near?.lowercased() }
            throw Failure(
                .unknownInstruction, "unknown instruction: \(written)", suggestion: near, at: head.keyword)
        }
        switch keyword {
        case .from: return .from(try from(head))
        case .arg: return .arg(try arguments(head))
        case .env: return .env(try pairs(head, keyword))
        case .label: return .label(try pairs(head, keyword))
        case .run: return .run(try run(head, heredocs))
        case .copy: return .copy(try copy(head, heredocs))
        case .add: return .add(try add(head, heredocs))
        case .cmd: return .cmd(try commandLine(head))
        case .entrypoint: return .entrypoint(try commandLine(head))
        case .healthcheck: return .healthcheck(try healthcheck(head))
        case .expose: return .expose(try expose(head))
        case .user: return .user(try single(head, keyword))
        case .workdir: return .workdir(try single(head, keyword))
        case .volume: return .volume(try volume(head))
        case .stopsignal: return .stopsignal(try single(head, keyword))
        case .shell: return .shell(try shell(head))
        case .maintainer: return .maintainer(try single(head, keyword))
        case .onbuild: return try onbuild(head, heredocs)
        }
    }

    // MARK: - Instruction by instruction

    private func from(_ head: Head) throws(Failure) -> From {
        let words = words(head.rest)
        var name: String?
        if words.count == 3, words[1].text.lowercased() == "as" {
            let lower = words[2].text.lowercased()
            guard Self.isStageName(lower) else {
                throw Failure(
                    .stageName,
                    "invalid name for build stage: \(quoted(words[2].text)), "
                        + "name can't start with a number or contain symbols", at: words[2])
            }
            name = lower
        } else if words.count != 1 {
            throw Failure(
                .arguments, "FROM requires either one or three arguments",
                at: words.count > 1 ? words[1] : head.keyword)
        }
        let flags = try Flags(head.flags, known: ["platform": .text])
        return From(image: words[0].text, platform: flags.text("platform"), name: name)
    }

    /// A letter, then letters, digits, `-`, `_`, `.`; in lower case already.
    private static func isStageName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first) else { return false }
        return name.utf8.allSatisfy {
            (97...122).contains($0) || (48...57).contains($0) || "-_.".utf8.contains($0)
        }
    }

    private func arguments(_ head: Head) throws(Failure) -> [Argument] {
        _ = try Flags(head.flags)
        let words = quotedWords(head.rest)
        guard !words.isEmpty else { throw atLeastOne(.arg, head) }
        var arguments: [Argument] = []
        for word in words {
            let (name, value) = Self.cut(word.text)
            if name.isEmpty { throw Failure(.keyValue, "ARG names can not be blank", at: word) }
            arguments.append(Argument(name: name, value: value))
        }
        return arguments
    }

    /// `NAME=VALUE …`, or the old `NAME VALUE` where the first word has no `=`.
    private func pairs(_ head: Head, _ keyword: Keyword) throws(Failure) -> [Pair] {
        _ = try Flags(head.flags)
        let words = quotedWords(head.rest)
        guard let first = words.first else { throw atLeastOne(keyword, head) }
        guard first.text.utf8.contains(UInt8(ascii: "=")) else {
            let end = head.rest.firstIndex(where: isSpace) ?? head.rest.endIndex
            let value = head.rest[end...].drop(while: isSpace)
            guard !value.isEmpty else {
                throw Failure(.keyValue, "\(keyword.rawValue) must have two arguments", at: first)
            }
            return [Pair(name: Self.string(head.rest[..<end]), value: Self.string(value), isLegacy: true)]
        }
        var pairs: [Pair] = []
        for word in words {
            let (name, value) = Self.cut(word.text)
            guard let value else {
                throw Failure(
                    .keyValue,
                    "Syntax error - can't find = in \(quoted(word.text)). Must be of the form: name=value",
                    at: word)
            }
            if name.isEmpty {
                throw Failure(.keyValue, "\(keyword.rawValue) names can not be blank", at: word)
            }
            pairs.append(Pair(name: name, value: value))
        }
        return pairs
    }

    /// All the rest of the line as one argument.
    private func single(_ head: Head, _ keyword: Keyword) throws(Failure) -> String {
        guard !head.rest.isEmpty else {
            throw Failure(
                .arguments, "\(keyword.rawValue) requires exactly one argument", at: head.keyword)
        }
        _ = try Flags(head.flags)
        return Self.string(head.rest)
    }

    private func expose(_ head: Head) throws(Failure) -> [String] {
        let words = words(head.rest)
        guard !words.isEmpty else { throw atLeastOne(.expose, head) }
        _ = try Flags(head.flags)
        return words.map(\.text)
    }

    private func volume(_ head: Head) throws(Failure) -> [String] {
        let words = try list(head.rest) ?? self.words(head.rest)
        guard !words.isEmpty else { throw atLeastOne(.volume, head) }
        _ = try Flags(head.flags)
        var paths: [String] = []
        for word in words {
            let path = Self.string(LineReader.trim(Array(word.text.utf8)[...]))
            if path.isEmpty {
                throw Failure(.arguments, "VOLUME specified can not be an empty string", at: word)
            }
            paths.append(path)
        }
        return paths
    }

    private func shell(_ head: Head) throws(Failure) -> [String] {
        _ = try Flags(head.flags)
        guard !head.rest.isEmpty else { throw atLeastOne(.shell, head) }
        guard let words = try list(head.rest) else {
            throw Failure(
                .json, "SHELL requires the arguments to be in JSON form", at: head.rest.startIndex)
        }
        guard !words.isEmpty else { throw atLeastOne(.shell, head) }
        return words.map(\.text)
    }

    /// `CMD` and `ENTRYPOINT`: an empty one resets what the base image says.
    private func commandLine(_ head: Head) throws(Failure) -> CommandLine {
        _ = try Flags(head.flags)
        return try line(head.rest)
    }

    private func onbuild(_ head: Head, _ heredocs: [Heredoc]) throws(Failure) -> Command {
        guard !head.rest.isEmpty else { throw atLeastOne(.onbuild, head) }
        _ = try Flags(head.flags)
        let inner = self.head(head.rest)
        switch Keyword(rawValue: inner.keyword.text.uppercased()) {
        case .onbuild:
            throw Failure(
                .onbuild, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", at: inner.keyword)
        case .from, .maintainer:
            throw Failure(
                .onbuild, "\(inner.keyword.text.uppercased()) isn't allowed as an ONBUILD trigger",
                at: inner.keyword)
        default: break
        }
        var expression = Self.string(head.rest)
        for heredoc in heredocs { expression += "\n" + heredoc.content + heredoc.name }
        return .onbuild(expression: expression, try command(inner, heredocs: heredocs))
    }
}

// MARK: - Pieces

extension InstructionParser {
    func atLeastOne(_ keyword: Keyword, _ head: Head) -> Failure {
        Failure(.arguments, "\(keyword.rawValue) requires at least one argument", at: head.keyword)
    }

    /// Exec form where it is a JSON array, else shell form.
    func line(_ rest: ArraySlice<UInt8>) throws(Failure) -> CommandLine {
        if let words = try list(rest) { return .exec(words.map(\.text)) }
        return .shell(Self.string(rest))
    }

    func isList(_ rest: ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: "[") else { return false }
        return (try? JSON.parse(Array(rest)))?.array != nil
    }

    /// The strings of a JSON array; nil where the text is none, and then is taken as it is.
    func list(_ rest: ArraySlice<UInt8>) throws(Failure) -> [Word]? {
        guard rest.first == UInt8(ascii: "["), let values = (try? JSON.parse(Array(rest)))?.array else {
            return nil
        }
        var words: [Word] = []
        for value in values {
            guard let text = value.string else {
                throw Failure(
                    .json, "when using JSON array syntax, arrays must be comprised of strings only",
                    at: rest.startIndex)
            }
            words.append(Word(text, at: rest.startIndex, length: rest.count))
        }
        return words
    }

    /// `NAME=VALUE` at the first `=`.
    static func cut(_ text: String) -> (name: String, value: String?) {
        guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (text, nil) }
        return (String(text[..<equals]), String(text[text.utf8.index(after: equals)...]))
    }

    static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// As Go's `%q`, for what Dockerfiles hold.
func quoted(_ text: String) -> String { JSON.string(text).text() }
