extension InstructionParser {
    func run(_ head: Head, _ heredocs: [Heredoc]) throws(Failure) -> Run {
        let flags = try Flags(
            head.flags, known: ["mount": .texts, "network": .text, "security": .text, "device": .texts])
        guard !head.rest.isEmpty else { throw atLeastOne(.run, head) }
        let line = try line(head.rest)
        if case .exec(let words) = line, words.isEmpty { throw atLeastOne(.run, head) }
        var run = Run(line)
        run.heredocs = heredocs
        if let word = flags.word("network") {
            guard let network = Run.Network(rawValue: word.text) else {
                throw Failure(
                    .flagValue, "invalid network mode \(quoted(word.text))",
                    suggestion: Suggestion.nearest(word.text, in: Run.Network.allCases.map(\.rawValue)),
                    at: word)
            }
            run.network = network
        }
        if let word = flags.word("security") {
            guard let security = Run.Security(rawValue: word.text) else {
                throw Failure(
                    .flagValue, "security \(quoted(word.text)) is not valid",
                    suggestion: Suggestion.nearest(word.text, in: Run.Security.allCases.map(\.rawValue)),
                    at: word
                )
            }
            run.security = security
        }
        for word in flags.words("mount") {
            // What holds variables is only read once they are substituted.
            if !word.text.utf8.contains(UInt8(ascii: "$")) { _ = try Mount.parse(word.text) }
            try checkFrom(word)
            run.mountFlags.append(word.text)
        }
        for word in flags.words("device") { run.devices.append(try device(word)) }
        return run
    }

    /// `from=` names a stage when the plan is made, before any variable has a value.
    private func checkFrom(_ word: Word) throws(Failure) {
        for field in try CSV.fields(word.text) {
            let (key, value) = Self.cut(field)
            guard key.lowercased() == "from", let value, Self.hasVariable(value) else { continue }
            throw Failure(
                .mount, "'from' doesn't support variable expansion, define alias stage instead", at: word)
        }
    }

    /// `NAME`, `name=NAME`, `required`.
    private func device(_ word: Word) throws(Failure) -> Run.Device {
        var device = Run.Device(name: "")
        for field in try CSV.fields(word.text) {
            let (key, value) = Self.cut(field)
            switch (key.lowercased(), value) {
            case ("required", nil): device.isRequired = true
            case ("required", let value?):
                guard let flag = Mount.bool(value) else {
                    throw Failure(.flagValue, "invalid value for required: \(value)", at: word)
                }
                device.isRequired = flag
            case ("name", let value?):
                guard device.name.isEmpty else {
                    throw Failure(.flagValue, "device name already set to \(device.name)", at: word)
                }
                device.name = value
            default:
                guard device.name.isEmpty else {
                    throw Failure(
                        .flagValue,
                        value == nil
                            ? "invalid field '\(field)' must be a key=value pair"
                            : "unexpected key '\(key)' in '\(field)'",
                        suggestion: Suggestion.nearest(key, in: ["name", "required"]), at: word)
                }
                device.name = field
            }
        }
        return device
    }

    func healthcheck(_ head: Head) throws(Failure) -> Healthcheck {
        guard !head.rest.isEmpty else { throw atLeastOne(.healthcheck, head) }
        let end = head.rest.firstIndex(where: isSpace) ?? head.rest.endIndex
        let kind = Word(
            Self.string(head.rest[..<end]), at: head.rest.startIndex, length: end - head.rest.startIndex)
        let rest = head.rest[end...].drop(while: isSpace)
        if kind.text.uppercased() == "NONE" {
            guard rest.isEmpty else {
                throw Failure(.healthcheck, "HEALTHCHECK NONE takes no arguments", at: rest.startIndex)
            }
            return .none
        }
        let durations = ["interval", "timeout", "start-period", "start-interval"]
        var known = Dictionary(uniqueKeysWithValues: durations.map { ($0, Flags.Kind.text) })
        known["retries"] = .text
        let flags = try Flags(head.flags, known: known)
        guard kind.text.uppercased() == "CMD" else {
            throw Failure(
                .healthcheck, "Unknown type \(quoted(kind.text.uppercased())) in HEALTHCHECK (try CMD)",
                at: kind)
        }
        let line = try line(rest)
        if rest.isEmpty || line == .exec([]) {
            throw Failure(.healthcheck, "Missing command after HEALTHCHECK CMD", at: kind)
        }
        var check = Healthcheck.Check(line)
        check.interval = try duration("interval", flags)
        check.timeout = try duration("timeout", flags)
        check.startPeriod = try duration("start-period", flags)
        check.startInterval = try duration("start-interval", flags)
        if let word = flags.word("retries"), !word.text.isEmpty {
            guard let retries = Int32(word.text) else {
                throw Failure(
                    .healthcheck, "strconv.ParseInt: parsing \(quoted(word.text)): invalid syntax", at: word)
            }
            guard retries >= 0 else {
                throw Failure(.healthcheck, "--retries cannot be negative (\(retries))", at: word)
            }
            check.retries = Int(retries)
        }
        return .check(check)
    }

    private func duration(_ name: String, _ flags: Flags) throws(Failure) -> Int64 {
        guard let word = flags.word(name), !word.text.isEmpty else { return 0 }
        switch GoDuration.parse(word.text) {
        case .failure(let problem): throw Failure(.healthcheck, problem.message, at: word)
        case .success(let nanoseconds):
            guard nanoseconds == 0 || nanoseconds >= 1_000_000 else {
                throw Failure(.healthcheck, "Interval \"\(name)\" cannot be less than 1ms", at: word)
            }
            return nanoseconds
        }
    }
}
