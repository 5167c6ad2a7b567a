import Linux

/// The escape hatch: bash in the workspace. 0 passed, 1 failed, 3 blocked; anything else is an error of the
/// script, and is said so.
struct ScriptCheck: CheckKind {
    enum Text: Sendable, Equatable {
        case inline(String)
        case file(String)
    }
    let text: Text
    /// Declared long by the author: then no two-second rule for the script itself.
    var cleans: Value.Objects = Value.Objects()
    var objects: Value.Objects { cleans }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let script: String
        switch text {
        case .inline(let s): script = s
        case .file(let name):
            guard let s = try c.world.hostFile(Path.join(c.stepFolder, name)) else {
                throw Unread(
                    "le fichier « \(name) » de l’étape a disparu", help: "Prévenez votre enseignant.")
            }
            script = s
        }
        let environment =
            c.variables.map { "\($0.key)=\($0.value)" }.sorted() + ["REPONSE=\(c.answer ?? "")"]
        let (status, output) = try c.world.script(
            script, folder: c.workspace, environment: environment, cancelled: c.cancelled)
        return Self.finding(status, output)
    }

    /// Reads `attendu:`, `obtenu:`, `idee:` lines; the last other line is the reason.
    static func finding(_ status: Int, _ output: String) -> Finding {
        var finding = Finding(verdict: .passed)
        var reason = ""
        for line in Extraction.lines(output) {
            let sides = line.split(separator: ":", maxSplits: 1).map { Extraction.trimmed(String($0)) }
            switch sides.first?.lowercased() {
            case "attendu" where sides.count == 2: finding.expected = sides[1]
            case "obtenu" where sides.count == 2: finding.got = sides[1]
            case "aide" where sides.count == 2: finding.help = sides[1]
            case "idee" where sides.count == 2, "idée" where sides.count == 2:
                finding.misconception = sides[1]
            default: if !line.isEmpty { reason = line }
            }
        }
        switch status {
        case 0: finding.verdict = .passed
        case 1:
            finding.verdict = .failed
            finding.reason = reason.isEmpty ? "la vérification échoue" : reason
        case 3:
            finding.verdict = .blocked
            finding.reason = reason
        default:
            finding.verdict = .failed
            finding.reason = "la vérification elle-même a échoué (code \(status))"
            finding.help = reason.isEmpty ? "Prévenez votre enseignant." : reason
        }
        return finding
    }
}
