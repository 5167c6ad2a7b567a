/// One check of a step, ready to be evaluated.
struct Check: Sendable {
    let id: String
    let after: [String]
    let kind: any CheckKind
    let reason: String?
    let help: String?
    let rules: [MisconceptionRule]
    /// Seconds announced; nil for an ordinary check of less than two.
    let long: Int?

    /// A wrong value that stands for a known misconception.
    struct MisconceptionRule: Sendable {
        let got: Expectation<Value>
        let misconception: String
        let say: String
    }

    private static let keys = ["id", "that", "of", "is", "script", "after", "when", "reason", "help", "long"]

    /// The ids that are declared, readable checks or not.
    static func ids(_ node: YAMLNode) -> [String] { node.items?.compactMap { $0["id"]?.text } ?? [] }

    /// Reads all checks of a step.
    static func parse(
        _ node: YAMLNode, file: String, misconceptions: [String], problems: ProblemList
    ) -> [Check] {
        guard let items = node.items, !items.isEmpty else {
            problems.add(
                file, node.line, "« checks » doit être une liste d’au moins une vérification",
                repair: "écrivez « - id: … » puis « that: … »")
            return []
        }
        var checks: [Check] = []
        var ids: [String] = []
        for item in items {
            guard
                let map = MapReader(item, file: file, what: "la vérification", keys: keys, problems: problems)
            else { continue }
            let id = map.text("id", required: true) ?? ""
            if !id.isEmpty, !Identifier.isValid(id) {
                map.wrong("id", map.node["id"] ?? item, "des minuscules, chiffres et tirets")
            }
            if ids.contains(id), !id.isEmpty {
                problems.add(
                    file, map.node["id"]?.line ?? item.line, "deux vérifications s’appellent « \(id) »",
                    repair: "renommez l’une d’elles")
            }
            for (name, line) in map.texts("after") where !ids.contains(name) {
                let near = Nearest.word(to: name, among: ids)
                problems.add(
                    file, line,
                    "« after » nomme « \(name) », qui n’est pas une vérification écrite plus haut",
                    repair: near.map { "vouliez-vous « \($0) » ?" }
                        ?? (ids.isEmpty ? "retirez « after »" : "possibles : \(ids.joined(separator: ", "))"))
            }
            if !id.isEmpty { ids.append(id) }
            let rules = rules(map, misconceptions: misconceptions)
            guard let kind = kind(map) else { continue }
            let long = map.integer("long", in: 1...600)
            if long == nil, kind.isSlow || rules.contains(where: { $0.got.operands.contains { $0.measures } })
            {
                problems.add(
                    file, item.line, "la vérification « \(id) » mesure quelque chose qui prend plus de 2 s",
                    repair: "annoncez sa durée en secondes, par exemple « long: 30 »")
            }
            checks.append(
                Check(
                    id: id, after: map.texts("after").map(\.text), kind: kind, reason: map.text("reason"),
                    help: map.text("help"), rules: rules, long: long))
        }
        return checks
    }

    private static func kind(_ map: MapReader) -> (any CheckKind)? {
        if let script = map.node["script"] {
            for key in ["that", "of", "is"] {
                guard let other = map.node[key] else { continue }
                map.problems.add(
                    map.file, other.line, "« \(key) » ne va pas avec « script »",
                    repair: "gardez l’un des deux")
            }
            guard let text = script.text, !text.isEmpty else {
                map.wrong("script", script, "un nom de fichier ou un texte")
                return nil
            }
            return ScriptCheck(text: text.contains("\n") ? .inline(text) : .file(text))
        }
        guard let that = map.text("that", required: true) else { return nil }
        guard let parse = CheckKinds.all[that] else {
            let names = CheckKinds.all.keys.sorted()
            map.problems.add(
                map.file, map.node["that"]?.line ?? map.node.line,
                "sorte de vérification inconnue « \(that) »",
                repair: Nearest.word(to: that, among: names).map { "vouliez-vous « \($0) » ?" }
                    ?? "possibles : \(names.joined(separator: ", "))")
            return nil
        }
        return parse(
            CheckReader(
                file: map.file, line: map.node.line, that: that, of: map.node["of"], expected: map.node["is"],
                problems: map.problems))
    }

    private static func rules(_ map: MapReader, misconceptions: [String]) -> [MisconceptionRule] {
        guard let list = map.value("when") else { return [] }
        guard let items = list.items else {
            map.wrong("when", list, "une liste de « { got: …, misconception: …, say: … } »")
            return []
        }
        return items.compactMap { item in
            guard
                let rule = MapReader(
                    item, file: map.file, what: "la règle de « when »", keys: ["got", "misconception", "say"],
                    problems: map.problems),
                let got = rule.value("got", required: true),
                let id = rule.text("misconception", required: true),
                let say = rule.text("say", required: true),
                let expectation = Expectation.parse(got, file: map.file, problems: map.problems)
            else { return nil }
            Misconceptions.require(id, rule.node["misconception"]?.line ?? item.line, rule, misconceptions)
            return MisconceptionRule(got: expectation, misconception: id, say: say)
        }
    }
}

/// Identifiers of misconceptions must be declared by the lab, with a sentence.
enum Misconceptions {
    static func require(_ id: String, _ line: Int, _ map: MapReader, _ known: [String]) {
        guard !known.contains(id) else { return }
        map.problems.add(
            map.file, line, "l’idée fausse « \(id) » n’est pas déclarée par le lab",
            repair: Nearest.word(to: id, among: known).map { "vouliez-vous « \($0) » ?" }
                ?? "ajoutez « \(id): une phrase » sous « misconceptions » dans lab.yaml")
    }
}
