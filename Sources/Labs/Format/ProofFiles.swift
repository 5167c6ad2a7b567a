import Linux
import Support

/// Reads `solution.sh`, `wrong/*.sh` and `explanation.md` of a step.
struct ProofFiles {
    let folder: String
    /// Shown in problems, relative to the folder of the labs.
    let shown: String
    let problems: ProblemList

    /// A file's text; a problem where it is missing or empty.
    func text(_ name: String, why: String) -> String? {
        let path = Path.join(folder, name)
        guard Files.exists(path) else {
            problems.add("\(shown)/\(name)", 0, "fichier manquant : \(why)", repair: "créez \(shown)/\(name)")
            return nil
        }
        guard let bytes = try? Files.read(path), let text = String(validating: bytes, as: UTF8.self) else {
            problems.add(
                "\(shown)/\(name)", 0, "fichier illisible, ou qui n’est pas en UTF-8",
                repair: "enregistrez-le en UTF-8")
            return nil
        }
        if Extraction.trimmed(text).isEmpty {
            problems.add("\(shown)/\(name)", 1, "fichier vide : \(why)", repair: "écrivez-le")
            return nil
        }
        return text
    }

    func solution() -> Script? {
        guard let text = text("solution.sh", why: "une étape doit avoir sa solution de référence") else {
            return nil
        }
        refuseVerify(text, "solution.sh")
        unread(text, "solution.sh")
        if !Self.hasLines(text) {
            problems.add(
                "\(shown)/solution.sh", 1, "la solution ne tape rien",
                repair: "écrivez ce qu’un apprenant taperait")
        }
        return Script(name: "solution.sh", text: text, expected: nil)
    }

    /// The wrong solutions, each with the reason it declares.
    func wrong(checks: [String], misconceptions: [String]) -> [Script] {
        let names = ((try? Files.list(Path.join(folder, "wrong"))) ?? []).filter { $0.hasSuffix(".sh") }
        if names.count < 2 {
            problems.add(
                "\(shown)/wrong", 0,
                "\(names.count) solution(s) fausse(s) : il en faut au moins deux, plausibles",
                repair: "ajoutez des fichiers wrong/NOM.sh qui commencent par « # raison: … »")
        }
        var scripts: [Script] = []
        for name in names {
            guard let text = text("wrong/\(name)", why: "une solution fausse doit taper quelque chose") else {
                continue
            }
            let file = "\(shown)/wrong/\(name)"
            refuseVerify(text, "wrong/\(name)")
            unread(text, "wrong/\(name)")
            guard let (expected, line) = Self.reason(text) else {
                problems.add(
                    file, 1, "la raison de l’échec n’est pas dite",
                    repair: "commencez par « # raison: VÉRIFICATION [IDÉE-FAUSSE] »")
                continue
            }
            if !checks.contains(expected.check) {
                problems.add(
                    file, line,
                    "la raison nomme « \(expected.check) », qui n’est pas une vérification de l’étape",
                    repair: "possibles : \(checks.joined(separator: ", "))")
            }
            if let id = expected.misconception, !misconceptions.contains(id) {
                problems.add(
                    file, line, "l’idée fausse « \(id) » n’est pas déclarée par le lab",
                    repair: Nearest.word(to: id, among: misconceptions).map { "vouliez-vous « \($0) » ?" }
                        ?? "déclarez-la dans lab.yaml, sous « misconceptions »")
            }
            if let twin = scripts.first(where: {
                $0.expected?.check == expected.check && $0.expected?.misconception == expected.misconception
            }) {
                problems.add(
                    file, line, "même raison que wrong/\(twin.name)",
                    repair:
                        "chaque solution fausse doit échouer pour une raison à elle : une autre vérification ou une idée fausse"
                )
            }
            scripts.append(Script(name: name, text: text, expected: expected))
        }
        return scripts
    }

    /// `# raison: check [misconception]` among the leading comments, with its line.
    static func reason(_ text: String) -> ((check: String, misconception: String?), line: Int)? {
        for (i, line) in Extraction.lines(text).enumerated() {
            guard line.hasPrefix("#") else { return nil }
            let body = Extraction.trimmed(String(line.dropFirst()))
            guard body.hasPrefix("raison") else { continue }
            let words = Extraction.words(body.replacing(":", with: " "))
            guard (2...3).contains(words.count) else { return nil }
            return ((words[1], words.count > 2 ? words[2] : nil), i + 1)
        }
        return nil
    }

    /// True where something would be typed.
    static func hasLines(_ text: String) -> Bool {
        Extraction.lines(text).contains { !$0.isEmpty && !$0.hasPrefix("#") }
    }

    private func unread(_ text: String, _ name: String) {
        for variable in Typing.unread(text) {
            problems.add(
                "\(shown)/\(name)", 0, "« @\(variable)@ » n’est lu nulle part à l’écran",
                repair: "ajoutez « # lire \(variable): EXPRESSION » après la ligne qui l’affiche")
        }
    }

    private func refuseVerify(_ text: String, _ name: String) {
        for (i, line) in Extraction.lines(text).enumerated()
        where ["verifier", "vérifier"].contains(Extraction.trimmed(line)) {
            problems.add(
                "\(shown)/\(name)", i + 1, "« verifier » est tapé par la preuve elle-même",
                repair: "retirez cette ligne")
        }
    }
}
