import Linux
import Support

/// `variables:` of a step.
struct VariableReader {
    let map: MapReader

    func all() -> [Variable] {
        guard let node = map.value("variables") else { return [] }
        guard let pairs = node.pairs else {
            map.wrong("variables", node, "un dictionnaire « NOM: { choice: [a, b] } »")
            return []
        }
        return pairs.compactMap(one)
    }

    private func one(_ pair: YAMLPair) -> Variable? {
        let problems = map.problems
        if !Identifier.isVariable(pair.key) {
            problems.add(
                map.file, pair.keyLine, "nom de variable « \(pair.key) » incorrect",
                repair: "des majuscules, chiffres et « _ », une lettre d’abord")
            return nil
        }
        if (StepLoader.builtIn + StepLoader.inExplanation + ["REPONSE"]).contains(pair.key) {
            problems.add(
                map.file, pair.keyLine, "« \(pair.key) » est un nom réservé", repair: "choisissez-en un autre"
            )
            return nil
        }
        guard
            let inner = MapReader(
                pair.value, file: map.file, what: "la variable « \(pair.key) »",
                keys: ["choice", "from", "to"],
                problems: problems)
        else { return nil }
        if inner.node["choice"] != nil {
            let list = inner.texts("choice").map(\.text)
            guard list.count >= 2, Set(list).count == list.count else {
                problems.add(
                    map.file, pair.value.line, "« choice » doit proposer au moins deux valeurs différentes",
                    repair: "sinon la réponse d’un voisin serait la bonne")
                return nil
            }
            return Variable(name: pair.key, range: .choice(list))
        }
        guard let from = inner.integer("from", in: -1_000_000_000...1_000_000_000, required: true),
            let to = inner.integer("to", in: -1_000_000_000...1_000_000_000, required: true)
        else { return nil }
        guard from < to else {
            problems.add(
                map.file, pair.value.line, "« from » doit être inférieur à « to »", repair: "échangez-les")
            return nil
        }
        return Variable(name: pair.key, range: .integers(from...to))
    }
}

/// `predict:` of a step.
struct PredictionReader {
    let map: MapReader
    let samples: [String: String]
    let misconceptions: [String]

    private static let keys = ["question", "choices", "answer", "classes", "misconceptions"]

    func read() -> Prediction? {
        guard let node = map.value("predict"),
            let inner = MapReader(
                node, file: map.file, what: "la prédiction", keys: Self.keys, problems: map.problems)
        else { return nil }
        let question = inner.text("question", required: true)
        let choices = choices(inner)
        let keys = choices.map(\.key)
        let classes = classes(inner, keys)
        let wrong = ideas(inner, keys)
        guard let answer = inner.value("answer", required: true), let question else { return nil }
        if answer.text != nil {
            map.problems.add(
                map.file, answer.line, "la réponse d’une prédiction se mesure, elle ne s’écrit pas",
                repair: "donnez une valeur lue sur la machine, par exemple « { measure: start.ratio } »")
            return nil
        }
        _ = Value.parse(
            answer.mapScalars { Substitution.apply(samples, to: $0) }, file: map.file, problems: map.problems)
        return Prediction(
            question: question, choices: choices, answer: answer, classes: classes, misconceptions: wrong)
    }

    private func choices(_ inner: MapReader) -> [(key: String, text: String)] {
        guard let node = inner.value("choices", required: true) else { return [] }
        let list = (node.pairs ?? []).compactMap { pair in pair.value.text.map { (key: pair.key, text: $0) } }
        if list.count < 2 || list.count != node.pairs?.count {
            inner.wrong("choices", node, "un dictionnaire d’au moins deux choix « clé: texte »")
        }
        for pair in node.pairs ?? [] where pair.key.contains(" ") {
            map.problems.add(
                map.file, pair.keyLine, "la clé d’un choix est un seul mot : on la tape après « predire »",
                repair: "raccourcissez « \(pair.key) »")
        }
        return list
    }

    private func classes(_ inner: MapReader, _ keys: [String]) -> [(below: Double?, key: String)] {
        guard let node = inner.value("classes") else { return [] }
        let items = node.items ?? []
        var result: [(below: Double?, key: String)] = []
        for (i, item) in items.enumerated() {
            guard
                let one = MapReader(
                    item, file: map.file, what: "la classe", keys: ["below", "is"], problems: map.problems),
                let key = one.text("is", required: true)
            else { continue }
            let below = one.text("below").flatMap { Quantity($0)?.raw }
            unknown(key, one.node["is"]?.line ?? item.line, keys)
            let isLast = i == items.count - 1
            if isLast != (below == nil) || (below ?? .infinity) <= (result.last?.below ?? -.infinity) {
                map.problems.add(
                    map.file, item.line,
                    "les bornes « below » croissent, et seule la dernière classe n’en a pas",
                    repair: "« [{ below: 3, is: a }, { is: b }] »")
            }
            result.append((below, key))
        }
        if result.isEmpty { inner.wrong("classes", node, "une liste de « { below: 3, is: choix } »") }
        return result
    }

    private func ideas(_ inner: MapReader, _ keys: [String]) -> [(choice: String, id: String)] {
        guard let node = inner.value("misconceptions") else { return [] }
        guard let pairs = node.pairs else {
            inner.wrong("misconceptions", node, "un dictionnaire « choix: idée-fausse »")
            return []
        }
        return pairs.compactMap { pair in
            unknown(pair.key, pair.keyLine, keys)
            guard let id = pair.value.text else { return nil }
            Misconceptions.require(id, pair.value.line, inner, misconceptions)
            return (pair.key, id)
        }
    }

    private func unknown(_ key: String, _ line: Int, _ keys: [String]) {
        guard !keys.contains(key) else { return }
        map.problems.add(
            map.file, line, "« \(key) » n’est pas un des choix de la prédiction",
            repair: "possibles : \(keys.joined(separator: ", "))")
    }
}

/// The files of a step's `start/`.
enum StartFiles {
    /// Paths relative to the folder, sorted.
    static func list(_ folder: String) -> [String] {
        var result: [String] = []
        for name in (try? Files.list(folder)) ?? [] {
            let path = Path.join(folder, name)
            if Files.isDirectory(path) {
                result += list(path).map { "\(name)/\($0)" }
            } else {
                result.append(name)
            }
        }
        return result
    }
}
