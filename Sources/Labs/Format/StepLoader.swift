import Linux
import Support

/// Reads one step's folder, strictly.
struct StepLoader {
    let folder: String
    /// Relative to the folder of the labs.
    let shown: String
    let labNotions: [Int]
    let misconceptions: [String]
    /// The lab's own, played before the step's.
    let labPrepare: [String]
    let problems: ProblemList

    static let builtIn = ["APPRENANT", "ESPACE", "ACCELERATEUR"]
    static let inExplanation = ["PREDICTION", "MESURE", "MESURE_BRUTE"]
    private static let keys = [
        "id", "title", "notions", "points", "mode", "duration", "needs", "variables", "prepare", "predict",
        "checks",
        "hints", "cleans", "review"
    ]

    private var file: String { "\(shown)/step.md" }

    func load() -> Step? {
        refuseStrays()
        let proof = ProofFiles(folder: folder, shown: shown, problems: problems)
        guard let whole = proof.text("step.md", why: "c’est l’étape elle-même"),
            let (head, firstLine, body, bodyLine) = frontMatter(whole)
        else { return nil }
        let node: YAMLNode
        do { node = try YAMLReader.parse(head, firstLine: firstLine) } catch {
            problems.add(file, error.line, error.rule, repair: error.repair)
            return nil
        }
        guard
            let map = MapReader(
                node, file: file, what: "l’en-tête de l’étape", keys: Self.keys, problems: problems)
        else { return nil }
        if Extraction.trimmed(body).isEmpty {
            problems.add(
                file, bodyLine, "l’étape n’a pas de texte",
                repair: "écrivez la consigne après la seconde ligne « --- »")
        }
        let id = map.text("id", required: true) ?? ""
        if !id.isEmpty, !Identifier.isValid(id) {
            map.wrong("id", map.node["id"] ?? node, "des minuscules, chiffres et tirets")
        }
        let notions = map.integers("notions", in: 1...54, required: true)
        for (notion, line) in notions where !labNotions.contains(notion) {
            problems.add(
                file, line, "la notion \(notion) n’est pas dans celles du lab",
                repair: "ajoutez-la à « notions » dans lab.yaml, ou retirez-la ici")
        }
        let variables = VariableReader(map: map).all()
        let samples = Self.samples(variables)
        let points = map.integer("points", in: 1...100, required: true) ?? 1
        let checksNode = map.value("checks", required: true)
        let checkIDs = checksNode.map(Check.ids) ?? []
        if let checksNode {
            _ = Check.parse(
                checksNode.mapScalars { Substitution.apply(samples, to: $0) }, file: file,
                misconceptions: misconceptions, problems: problems)
        }
        scriptFiles(checksNode)
        let prediction = PredictionReader(map: map, samples: samples, misconceptions: misconceptions).read()
        let hints = hints(map, points: points)
        let solution = proof.solution()
        let wrong = proof.wrong(checks: checkIDs, misconceptions: misconceptions)
        let explanation = proof.text("explanation.md", why: "elle est montrée à chaque réussite") ?? ""
        let result = Step(
            id: id, title: map.text("title", required: true) ?? "", notions: notions.map(\.value),
            points: points,
            mode: map.choice("mode", StepMode.self) ?? .gaps, needs: LabLoader.needs(map),
            variables: variables,
            prepare: labPrepare + map.texts("prepare").map(\.text), prediction: prediction,
            checks: checksNode ?? YAMLNode(.sequence([]), line: node.line), checkIDs: checkIDs,
            hints: hints,
            cleans: cleans(map), reviewDays: reviewDays(map), text: body, explanation: explanation,
            solution: solution ?? Script(name: "solution.sh", text: "", expected: nil), wrong: wrong,
            folder: folder,
            file: file)
        _ = map.integer("duration", in: 1...600)
        uses(result, head: node, bodyLine: bodyLine)
        return solution == nil ? nil : result
    }

    /// Files that nobody reads are mistakes: a misspelt `explanations.md`, a solution in the wrong place.
    private func refuseStrays() {
        let known = ["step.md", "start", "solution.sh", "wrong", "explanation.md"]
        for name in (try? Files.list(folder)) ?? [] where !known.contains(name) && !name.hasPrefix(".") {
            // Scripts and data that checks name live here too.
            if name.hasSuffix(".sh") || name.hasSuffix(".txt") { continue }
            let near = Nearest.word(to: name, among: known)
            problems.add(
                "\(shown)/\(name)", 0, "fichier inconnu dans une étape",
                repair: near.map { "vouliez-vous « \($0) » ?" } ?? "connus : \(known.joined(separator: ", "))"
            )
        }
    }

    /// The text between the first two `---` lines, and the rest.
    private func frontMatter(_ text: String) -> (head: String, headLine: Int, body: String, bodyLine: Int)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map({ Extraction.trimmed(String($0)) }) == "---" else {
            problems.add(
                file, 1, "la première ligne doit être « --- »",
                repair: "commencez par l’en-tête YAML entre deux lignes « --- »")
            return nil
        }
        guard let end = lines.dropFirst().firstIndex(where: { Extraction.trimmed(String($0)) == "---" })
        else {
            problems.add(file, 1, "l’en-tête n’est pas fermé", repair: "ajoutez une ligne « --- » après lui")
            return nil
        }
        return (
            lines[1..<end].joined(separator: "\n"), 2, lines[(end + 1)...].joined(separator: "\n"), end + 2
        )
    }

    private func scriptFiles(_ node: YAMLNode?) {
        for item in node?.items ?? [] {
            guard let script = item["script"], let text = script.text, !text.contains("\n") else { continue }
            if text.contains("/") || !Files.exists(Path.join(folder, text)) {
                problems.add(
                    file, script.line, "le script « \(text) » n’est pas dans le dossier de l’étape",
                    repair: "créez \(shown)/\(text), ou écrivez-le sur place après « script: | »")
            }
        }
    }

    private func hints(_ map: MapReader, points: Int) -> [Hint] {
        guard let list = map.value("hints") else { return [] }
        guard let items = list.items else {
            map.wrong("hints", list, "une liste de « { level: …, cost: …, text: … } »")
            return []
        }
        var hints: [Hint] = []
        for item in items {
            guard
                let hint = MapReader(
                    item, file: file, what: "l’indice", keys: ["level", "cost", "text"], problems: problems),
                let level = hint.choice("level", HintLevel.self, required: true),
                let cost = hint.integer("cost", in: 0...100, required: true),
                let text = hint.text("text", required: true)
            else { continue }
            if let last = hints.last, level.rank < last.level.rank || cost < last.cost {
                problems.add(
                    file, item.line, "les indices vont du plus léger au plus précis, de coût croissant",
                    repair: "ordre : orienter, expliquer, montrer")
            }
            hints.append(Hint(level: level, cost: cost, text: text))
        }
        let total = hints.reduce(0) { $0 + $1.cost }
        if total >= points, !hints.isEmpty {
            problems.add(
                file, list.line, "les indices coûtent \(total) points en tout, l’étape en vaut \(points)",
                repair: "baissez les coûts : il doit rester au moins un point")
        }
        return hints
    }

    private func cleans(_ map: MapReader) -> Cleans {
        guard let node = map.value("cleans"),
            let inner = MapReader(
                node, file: file, what: "« cleans »",
                keys: ["containers", "vms", "files", "images", "registries"],
                problems: problems)
        else { return Cleans() }
        for (path, line) in inner.texts("files") + inner.texts("registries")
        where path.hasPrefix("/") || path.split(separator: "/").contains("..") {
            problems.add(
                file, line, "« \(path) » sort de l’espace de travail", repair: "donnez un chemin relatif")
        }
        return Cleans(
            containers: inner.texts("containers").map(\.text), vms: inner.texts("vms").map(\.text),
            files: inner.texts("files").map(\.text), images: inner.texts("images").map(\.text),
            registries: inner.texts("registries").map(\.text))
    }

    private func reviewDays(_ map: MapReader) -> [Int] {
        var days: [Int] = []
        for (text, line) in map.texts("review") {
            guard text.hasSuffix("d"), let n = Int(text.dropLast()), (1...365).contains(n),
                n > (days.last ?? 0)
            else {
                problems.add(
                    file, line, "date de révision « \(text) » incorrecte",
                    repair: "écrivez des jours croissants : [1d, 7d]")
                continue
            }
            days.append(n)
        }
        return days
    }

    /// A value for each variable, so that what is written can be read before any learner comes.
    static func samples(_ variables: [Variable]) -> [String: String] {
        var values = ["APPRENANT": "ada", "ESPACE": "/tmp", "ACCELERATEUR": "TCG"]
        for variable in variables {
            switch variable.range {
            case .choice(let list): values[variable.name] = list[0]
            case .integers(let range): values[variable.name] = "\(range.lowerBound)"
            }
        }
        return values
    }

    /// Every variable used is defined, and every one defined is used.
    private func uses(_ step: Step, head: YAMLNode, bodyLine: Int) {
        var used: Set<String> = []
        let known = step.variables.map(\.name) + Self.builtIn
        func look(_ text: String, _ file: String, _ line: Int, more: [String] = []) {
            for (i, piece) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                for name in Substitution.names(String(piece)) {
                    used.insert(name)
                    if known.contains(name) || more.contains(name) { continue }
                    if name.hasPrefix("OBTENU:"), !more.isEmpty,
                        step.checkIDs.contains(String(name.dropFirst(7)))
                    {
                        continue
                    }
                    let near = Nearest.word(to: name, among: known + more)
                    problems.add(
                        file, line + i, "la variable « ${\(name)} » n’est pas définie",
                        repair: near.map { "vouliez-vous « ${\($0)} » ?" }
                            ?? "ajoutez-la à « variables », ou écrivez « $${\(name)} » pour un texte tel quel"
                    )
                }
            }
        }
        for pair in head.pairs ?? [] where pair.key != "variables" {
            for (text, line) in pair.value.scalars { look(text, file, line) }
        }
        look(step.text, file, bodyLine)
        look(step.solution.text, "\(shown)/solution.sh", 1)
        for script in step.wrong { look(script.text, "\(shown)/wrong/\(script.name)", 1) }
        look(step.explanation, "\(shown)/explanation.md", 1, more: Self.inExplanation)
        for name in StartFiles.list(Path.join(folder, "start")) {
            if let text = try? Files.text(Path.join(folder, "start", name)) {
                used.formUnion(Substitution.names(text))
            }
        }
        // Scripts get the variables in their environment, as $NAME.
        let scripts = step.checks.items?.compactMap { $0["script"]?.text } ?? []
        for text in scripts {
            let body = text.contains("\n") ? text : (try? Files.text(Path.join(folder, text))) ?? ""
            for name in known where body.contains("$\(name)") { used.insert(name) }
        }
        for variable in head["variables"]?.pairs ?? [] where !used.contains(variable.key) {
            problems.add(
                file, variable.keyLine, "la variable « \(variable.key) » n’est employée nulle part",
                repair: "écrivez « ${\(variable.key)} » là où elle sert, ou retirez-la")
        }
    }
}
