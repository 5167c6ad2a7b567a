/// Reads a value and compares it: most kinds are this with a value of their own.
struct ValueCheck: CheckKind {
    let value: Value
    let expectation: Expectation<Value>
    /// The reason shown for a value that was read but is wrong; `%` stands for what was got.
    let reason: String
    var help = ""

    var objects: Value.Objects { expectation.operands.reduce(value.objects) { $0 + $1.objects } }
    var isSlow: Bool { value.measures || expectation.operands.contains { $0.measures } }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        try Self.judge(value.read(c), self, c)
    }

    static func judge(_ got: String, _ check: ValueCheck, _ c: CheckContext) throws(Unread) -> Finding {
        let shown = Extraction.excerpt(got)
        let hidden = check.value.isLearners && check.expectation.tellsAnswer
        // A number was wanted: say so before measuring anything.
        let wanted = check.expectation.map { v in v.literal ?? "0" }
        if wanted.isNumeric, Quantity(got) == nil {
            return .failed(
                "\(check.value.described) n’est pas un nombre",
                help: "Écrivez un seul nombre, avec une unité si besoin.", expected: "un nombre", got: shown)
        }
        let resolved = try check.expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds(got) || check.holdsWithinSpread(got, c) { return .passed(got: shown) }
        return .failed(
            check.reason.replacing("%", with: shown), help: check.help,
            expected: hidden ? "" : check.expectation.described, got: shown)
    }

    /// A measurement varies: what lies between its outer deciles, or agrees with one of them, agrees with it.
    private func holdsWithinSpread(_ got: String, _ c: CheckContext) -> Bool {
        if case .near(let value, _) = expectation, case .measure(let request) = value.source,
            let spread = c.world.spread(request),
            Expectation<String>.all([.atLeast(spread.low), .atMost(spread.high)]).holds(got)
        {
            return true
        }
        return [false, true].contains { high in
            var varied = false
            let resolved = try? expectation.map { v throws(Unread) in
                if case .measure(let request) = v.source, let spread = c.world.spread(request) {
                    varied = true
                    return high ? spread.high : spread.low
                }
                return try v.read(c)
            }
            return varied && resolved?.holds(got) == true
        }
    }

    // MARK: The kinds

    static func value(_ r: CheckReader) -> ValueCheck? {
        guard let value = r.value(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: value, expectation: expectation, reason: "\(value.described) ne convient pas : « % »")
    }

    static func answer(_ r: CheckReader) -> ValueCheck? {
        var part = Value.AnswerPart.whole
        if let of = r.of {
            guard let map = r.map(["word", "key"]) else { return nil }
            if let word = map.integer("word", in: 1...100) {
                part = .word(word)
            } else if let key = map.text("key") {
                part = .key(key)
            } else {
                r.problem(
                    of.line, "quelle partie de la réponse ?",
                    repair: "« of: { word: 2 } » ou « of: { key: nom } »")
                return nil
            }
        }
        guard let expectation = r.expectation() else { return nil }
        let name = if case .key(let key) = part { "« \(key)=% »" } else { "« % »" }
        return ValueCheck(
            value: Value(.answer(part)), expectation: expectation,
            reason: "votre réponse \(name) ne convient pas",
            help: "Relisez la question ; `indice` peut aider.")
    }

    static func containerConfig(_ r: CheckReader) -> ValueCheck? {
        guard let map = r.map(["container", "field"]), let name = map.text("container", required: true),
            let field = map.text("field", required: true), let expectation = r.expectation()
        else { return nil }
        return ValueCheck(
            value: Value(.container(name, .field(field))), expectation: expectation,
            reason: "\(field) du conteneur « \(name) » vaut « % »",
            help: "Ce réglage se donne à `run` : enlevez le conteneur (`rm -f \(name)`) et recréez-le.")
    }

    static func containerState(_ r: CheckReader) -> ValueCheck? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.container(name, .field("State.Status"))), expectation: expectation,
            reason: "le conteneur « \(name) » est dans l’état « % »",
            help: "`ps -a` montre l’état de chaque conteneur, `logs \(name)` ce qu’il a dit.")
    }

    static func containerExit(_ r: CheckReader) -> (any CheckKind)? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ContainerExit(
            name: name,
            check: ValueCheck(
                value: Value(.container(name, .field("State.ExitCode"))), expectation: expectation,
                reason: "« \(name) » s’est terminé avec le code %"))
    }

    static func stopDuration(_ r: CheckReader) -> ValueCheck? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.container(name, .stopSeconds)), expectation: expectation,
            reason: "l’arrêt de « \(name) » a pris %")
    }

    static func cgroupCounter(_ r: CheckReader) -> ValueCheck? {
        guard let map = r.map(["container", "file", "key"]), let name = map.text("container", required: true),
            let file = map.text("file", required: true), let expectation = r.expectation()
        else { return nil }
        let what = map.text("key").map { "« \($0) » de \(file)" } ?? file
        return ValueCheck(
            value: Value(.container(name, .cgroup(file, key: map.text("key")))), expectation: expectation,
            reason: "\(what), dans le cgroup de « \(name) », vaut %")
    }

    static func file(_ r: CheckReader) -> ValueCheck? {
        guard let value = r.value(), let expectation = r.expectation() else { return nil }
        switch value.source {
        case .hostFile, .workspaceFile, .container(_, .path), .image(_, .path), .vm(_, .log): break
        default:
            r.problem(
                r.of?.line, "« file.in » lit un fichier",
                repair:
                    "« { container: NOM, path: … } », « { host: … } » ou « { workspace: … } » ; sinon employez « value »"
            )
            return nil
        }
        return ValueCheck(
            value: value, expectation: expectation, reason: "\(value.described) contient « % »")
    }

    static func table(_ r: CheckReader) -> ValueCheck? {
        guard let map = r.map(["workspace", "row", "column", "key"]),
            map.text("workspace", required: true) != nil
        else { return nil }
        if map.node["key"] == nil {
            guard map.text("row", required: true) != nil, map.text("column", required: true) != nil else {
                return nil
            }
        }
        guard let value = r.value(), let expectation = r.expectation() else { return nil }
        let column = map.node["column"]?.text.map { ", colonne « \($0) »," } ?? ""
        return ValueCheck(
            value: value, expectation: expectation, reason: "\(value.described)\(column) vaut « % »")
    }

    static func imageSize(_ r: CheckReader) -> ValueCheck? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.imageSize(name, layer: nil)), expectation: expectation,
            reason: "l’image « \(name) » pèse %")
    }

    static func imageConfig(_ r: CheckReader) -> ValueCheck? {
        guard let map = r.map(["image", "field"]), let name = map.text("image", required: true),
            let field = map.text("field", required: true), let expectation = r.expectation()
        else { return nil }
        return ValueCheck(
            value: Value(.imageField(name, field)), expectation: expectation,
            reason: "\(field) de l’image « \(name) » vaut « % »")
    }

    static func imageShared(_ r: CheckReader) -> ValueCheck? {
        guard let map = r.map(["image", "with"]), let name = map.text("image", required: true),
            let other = map.text("with", required: true), let expectation = r.expectation()
        else { return nil }
        return ValueCheck(
            value: Value(.image(name, .shared(with: other))), expectation: expectation,
            reason: "% des couches de « \(name) » sont reprises de « \(other) »",
            help: "`history \(name)` montre ses couches, de la dernière à la première.")
    }

    static func registry(_ r: CheckReader) -> ValueCheck? {
        guard let value = r.value(), let expectation = r.expectation() else { return nil }
        guard case .registry(let request) = value.source else {
            r.problem(
                r.of?.line, "« registry » interroge un registre",
                repair: "« of: { registry: \"127.0.0.1:${PORT}\", tags: carnet } »")
            return nil
        }
        return ValueCheck(
            value: value, expectation: expectation, reason: "\(request.described) : « % »",
            help: "`curl \(request.url)` le montre.")
    }

    static func vmExit(_ r: CheckReader) -> ValueCheck? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.vm(name, .field("exit"))), expectation: expectation,
            reason: "la VM « \(name) » s’est terminée avec le code %")
    }

    static func vmState(_ r: CheckReader) -> ValueCheck? {
        guard let name = r.name(), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.vm(name, .field("state"))), expectation: expectation,
            reason: "la VM « \(name) » est dans l’état « % »", help: "`vm ps -a` montre l’état de chaque VM.")
    }

    static func measure(_ r: CheckReader) -> ValueCheck? {
        guard let of = r.of else {
            r.problem(nil, "« measure » exige « of »", repair: "donnez le nom d’une mesure")
            return nil
        }
        let node =
            of.text.map { _ in
                YAMLNode(.mapping([YAMLPair(key: "measure", keyLine: of.line, value: of)]), line: of.line)
            }
            ?? of
        guard let value = Value.parse(node, file: r.file, problems: r.problems),
            let expectation = r.expectation()
        else { return nil }
        return ValueCheck(value: value, expectation: expectation, reason: "\(value.described), donne %")
    }

    static func ratio(_ r: CheckReader) -> ValueCheck? {
        guard let values = r.values(atLeast: 2), let expectation = r.expectation() else { return nil }
        return ValueCheck(
            value: Value(.ratio(values[0], values[1])), expectation: expectation, reason: "le rapport vaut %")
    }
}

/// An exit code means something only once the container has ended.
struct ContainerExit: CheckKind {
    let name: String
    let check: ValueCheck
    var objects: Value.Objects { check.objects }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let state = try c.container(name)["State"]["Status"].string ?? ""
        guard state == "exited" || state == "dead" else {
            return .failed(
                "« \(name) » n’est pas terminé (état : \(state))", help: "`ps -a` montre son état.",
                expected: check.expectation.described, got: state)
        }
        return try check.evaluate(c)
    }
}

/// All values the same.
struct SameCheck: CheckKind {
    let values: [Value]
    init?(_ r: CheckReader) {
        guard let values = r.values(atLeast: 2) else { return nil }
        r.noExpectation()
        self.values = values
    }
    var objects: Value.Objects { values.reduce(Value.Objects()) { $0 + $1.objects } }
    var isSlow: Bool { values.contains { $0.measures } }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let texts = try values.map { v throws(Unread) in try v.read(c) }
        let first = texts[0]
        for (value, text) in zip(values, texts) where !Expectation<String>.same(text, first) {
            return .failed(
                "\(value.described) diffère de \(values[0].described)", expected: Extraction.excerpt(first),
                got: Extraction.excerpt(text))
        }
        return .passed(got: Extraction.excerpt(first))
    }
}

/// So many different values.
struct DistinctCheck: CheckKind {
    let values: [Value]
    let expectation: Expectation<Value>
    init?(_ r: CheckReader) {
        guard let values = r.values(atLeast: 2),
            let expectation = r.expectation(.equal(Value(.literal("\(values.count)"))))
        else { return nil }
        self.values = values
        self.expectation = expectation
    }
    var objects: Value.Objects { values.reduce(Value.Objects()) { $0 + $1.objects } }
    var isSlow: Bool { values.contains { $0.measures } }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let texts = try values.map { v throws(Unread) in try v.read(c) }
        let count = "\(Set(texts).count)"
        let resolved = try expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds(count) { return .passed(got: count) }
        let plural = count == "1" ? "" : "s"
        return .failed(
            "\(values.count) valeurs lues, \(count) distincte\(plural)", expected: expectation.described,
            got: count)
    }
}
