import Linux
import Support

/// Reads labs from a folder, strictly, gathering every problem.
public struct LabLoader {
    private let folder: String
    private let problems = ProblemList()

    /// - Parameter folder: the one of `parcours.yaml`.
    public static func load(_ folder: String) -> (course: Course, problems: [LabProblem]) {
        let loader = LabLoader(folder: folder)
        let labs = loader.labs()
        return (Course(folder: folder, labs: labs), loader.problems.all)
    }

    private func labs() -> [Lab] {
        let file = "parcours.yaml"
        guard let node = yaml(file),
            let map = MapReader(
                node, file: file, what: "le parcours", keys: ["format", "labs"], problems: problems)
        else { return [] }
        if let format = map.value("format", required: true), format.text != "1" {
            problems.add(
                file, format.line, "format « \(format.text ?? "") » inconnu",
                repair: "cette version lit « format: 1 »")
        }
        var labs: [Lab] = []
        var seen: [String] = []
        for (name, line) in map.texts("labs", required: true) {
            if seen.contains(name) {
                problems.add(file, line, "« \(name) » est donné deux fois", repair: "gardez-en un")
                continue
            }
            seen.append(name)
            guard !name.contains("/"), Files.isDirectory(Path.join(folder, name)) else {
                problems.add(
                    file, line, "le dossier « \(name) » n’existe pas",
                    repair: "créez-le, ou retirez-le de la liste")
                continue
            }
            guard let lab = lab(name) else { continue }
            if labs.contains(where: { $0.id == lab.id }) {
                problems.add(
                    "\(name)/lab.yaml", 1, "deux labs s’appellent « \(lab.id) »",
                    repair: "renommez l’un d’eux")
                continue
            }
            labs.append(lab)
        }
        return labs
    }

    private func yaml(_ file: String) -> YAMLNode? {
        let path = Path.join(folder, file)
        guard let bytes = try? Files.read(path, limit: 1 << 20),
            let text = String(validating: bytes, as: UTF8.self)
        else {
            problems.add(file, 0, "fichier manquant ou illisible", repair: "créez \(file), en UTF-8")
            return nil
        }
        do { return try YAMLReader.parse(text) } catch {
            problems.add(file, error.line, error.rule, repair: error.repair)
            return nil
        }
    }

    static func needs(_ map: MapReader) -> [Need] {
        map.texts("needs").compactMap { text, line in
            if let need = Need(rawValue: text) { return need }
            map.problems.add(
                map.file, line, "besoin inconnu « \(text) »",
                repair: "possibles : \(Need.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
    }

    private func lab(_ name: String) -> Lab? {
        let file = "\(name)/lab.yaml"
        guard let node = yaml(file),
            let map = MapReader(
                node, file: file, what: "la fiche du lab",
                keys: ["id", "title", "duration", "notions", "images", "needs", "prepare", "misconceptions"],
                problems: problems)
        else { return nil }
        let id = map.text("id", required: true) ?? name
        if !Identifier.isValid(id) {
            map.wrong("id", map.node["id"] ?? node, "des minuscules, chiffres et tirets")
        }
        let notions = map.integers("notions", in: 1...54, required: true)
        let ideas = misconceptions(map)
        let steps = steps(
            name, notions: notions.map(\.value), misconceptions: ideas.map(\.id), prepare: prepare(map))
        for (notion, line) in notions where !steps.contains(where: { $0.notions.contains(notion) }) {
            problems.add(
                file, line, "aucune étape ne porte la notion \(notion)",
                repair: "ajoutez-la aux « notions » d’une étape, ou retirez-la du lab")
        }
        return Lab(
            id: id, title: map.text("title", required: true) ?? name,
            duration: map.integer("duration", in: 1...600, required: true) ?? 0,
            notions: notions.map(\.value),
            images: map.texts("images").map(\.text), needs: Self.needs(map), misconceptions: ideas,
            steps: steps,
            folder: Path.join(folder, name))
    }

    private func misconceptions(_ map: MapReader) -> [(id: String, text: String)] {
        guard let node = map.value("misconceptions") else { return [] }
        guard let pairs = node.pairs else {
            map.wrong("misconceptions", node, "un dictionnaire « identifiant: phrase »")
            return []
        }
        return pairs.compactMap { pair in
            guard Identifier.isValid(pair.key), let text = pair.value.text, !text.isEmpty else {
                problems.add(
                    map.file, pair.keyLine, "idée fausse « \(pair.key) » incorrecte",
                    repair: "« identifiant-en-minuscules: une phrase »")
                return nil
            }
            return (pair.key, text)
        }
    }

    /// Lines for every step, which know no variables: these belong to a step.
    private func prepare(_ map: MapReader) -> [String] {
        map.texts("prepare").map { text, line in
            if let name = Substitution.names(text).first {
                problems.add(
                    map.file, line, "la préparation d’un lab ne peut pas employer « ${\(name)} »",
                    repair: "écrivez cette ligne dans « prepare » des étapes, ou « $${\(name)} » pour bash")
            }
            return text
        }
    }

    private func steps(_ lab: String, notions: [Int], misconceptions: [String], prepare: [String]) -> [Step] {
        let base = Path.join(folder, lab)
        var steps: [Step] = []
        for name in (try? Files.list(base)) ?? [] {
            let path = Path.join(base, name)
            guard Files.isDirectory(path), !name.hasPrefix(".") else { continue }
            let loader = StepLoader(
                folder: path, shown: "\(lab)/\(name)", labNotions: notions, misconceptions: misconceptions,
                labPrepare: prepare, problems: problems)
            guard let step = loader.load() else { continue }
            if steps.contains(where: { $0.id == step.id }) {
                problems.add(
                    step.file, 2, "deux étapes s’appellent « \(step.id) »", repair: "renommez l’une d’elles")
                continue
            }
            steps.append(step)
        }
        if steps.isEmpty {
            problems.add(
                "\(lab)/lab.yaml", 1, "le lab n’a pas d’étape lisible",
                repair: "créez un dossier 01-… avec son step.md")
        }
        return steps
    }
}
