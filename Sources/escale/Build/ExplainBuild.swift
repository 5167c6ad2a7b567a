import ArgumentParser
import Glibc
import Shell
import Support

/// `escale explain build`: builds, and says of each step why it was done or not, and what it took.
struct ExplainBuild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract:
            "Construit, et dit pour chaque étape pourquoi elle vient du cache ou non, et ce qu’elle a duré.")
    @Flag(name: .long, help: "En JSON.") var json = false
    @OptionGroup var options: BuildOptions

    func run() throws {
        let record = ExplainedBuild()
        var failure: (any Error)?
        do { _ = try BuildRun(options).perform(record, tags: options.tag) } catch { failure = error }
        Output.out(json ? record.json.text(pretty: true) + "\n" : record.text)
        if let failure { throw failure }
    }
}

/// Keeps what the engine says of each step.
final class ExplainedBuild: BuildProgress {
    private let steps = BuildSteps()
    private var verdicts: [Int: JSON] = [:]

    func show(_ line: JSON) {
        let event = line["escale"]
        guard event["event"].string != nil, let i = steps.take(event) else { return }
        if event["reason"].string != nil || event["event"].string == "failed" { verdicts[i] = event }
    }

    func end() {}

    private func rows() -> [(step: BuildSteps.Step, verdict: JSON, milliseconds: Double)] {
        steps.steps.enumerated().map { i, step in
            let verdict = verdicts[i] ?? .null
            return (step, verdict, verdict["milliseconds"].double ?? step.seconds * 1000)
        }
    }

    /// One entry a step: `stage`, `number`, `text`, `reason`, `changes`, `milliseconds`, `bytes`, `why`.
    var json: JSON {
        [
            "milliseconds": .double(steps.start.elapsedMilliseconds),
            "steps": .array(
                rows().map { row in
                    [
                        "stage": .string(row.step.stage), "number": JSON(row.step.number),
                        "text": .string(row.step.text), "reason": row.verdict["reason"],
                        "changes": row.verdict["changes"], "source": row.verdict["source"],
                        "milliseconds": .double(row.milliseconds),
                        "bytes": row.verdict["bytes"], "layer": row.verdict["layer"],
                        "why": .string(Self.why(row.verdict))
                    ]
                })
        ]
    }

    var text: String {
        var out = ""
        let width = isatty(1) == 1 ? Terminal.size?.width ?? 80 : Int.max
        for row in rows() {
            let mark =
                switch row.verdict["reason"].string {
                case "hit": "cache   "
                case "configuration": "réglage "
                case nil: row.step.error == nil ? "non fait" : "échec   "
                default: "refait  "
                }
            var why = Self.why(row.verdict)
            if row.verdict["milliseconds"].double != nil {
                why += " \(Units.fixed(row.milliseconds, 0))\u{A0}ms"
                if let bytes = row.verdict["bytes"].int { why += ", couche de \(Units.size(Int64(bytes)))" }
                why += "."
            }
            let indent = String(repeating: " ", count: 11)
            out += "\(mark) \(row.step.title)\n"
            out += Wrap.text(why, width: width, first: indent, rest: indent)
        }
        let total = steps.start.elapsedMilliseconds
        out += "En tout\u{A0}: \(Units.fixed(total, 0))\u{A0}ms"
        if let longest = rows().filter({ $0.verdict["milliseconds"].double != nil })
            .max(by: { $0.milliseconds < $1.milliseconds })
        {
            out += ", dont \(Units.fixed(longest.milliseconds, 0))\u{A0}ms pour \(longest.step.title)"
        }
        return out + ".\n"
    }

    /// A sentence for the learner.
    static func why(_ verdict: JSON) -> String {
        switch verdict["reason"].string {
        case "hit":
            if let source = verdict["source"].string {
                return "La même étape a déjà été faite ailleurs\u{A0}: sa couche est reprise de \(source)."
            }
            return "La même étape, sur les mêmes fichiers, a déjà été faite\u{A0}: sa couche est reprise."
        case "configuration": return "Ne change que la configuration de l’image\u{A0}: aucune couche."
        case "new": return "Jamais faite jusqu’ici."
        case "off": return "--no-cache demande de tout refaire."
        case "pruned": return "Déjà faite, mais sa couche n’est plus dans le cache."
        case "changed":
            let changes = (verdict["changes"].array ?? []).compactMap(\.string)
            // What came before changed: that explains the rest only where nothing else does.
            let own = changes.filter { $0 != "parent" }
            if own.isEmpty { return "Une étape d’avant a donné d’autres fichiers." }
            let shown = own.prefix(4).map { Self.name($0) }.joined(separator: ", ")
            return "A changé\u{A0}: \(shown)\(own.count > 4 ? ", et \(own.count - 4) autres" : "")."
        default: return verdict["error"].string ?? "Pas faite."
        }
    }

    private static func name(_ part: String) -> String {
        var text = part
        var suffix = ""
        if text.hasPrefix("+") {
            suffix = " (nouveau)"
            text.removeFirst()
        } else if text.hasPrefix("-") {
            suffix = " (disparu)"
            text.removeFirst()
        }
        for (english, french) in [
            ("file ", "le fichier "), ("variable ", "la variable "), ("mount ", "le montage ")
        ] where text.hasPrefix(english) {
            return french + text.dropFirst(english.count) + suffix
        }
        let words = [
            "instruction": "l’instruction", "destination": "la destination", "owner": "le propriétaire",
            "mode": "les droits", "user": "l’utilisateur", "folder": "le dossier de travail",
            "network": "le réseau", "script": "le script", "kind": "l’instruction"
        ]
        return (words[text] ?? text) + suffix
    }
}
