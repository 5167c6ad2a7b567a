import ArgumentParser
import Glibc
import Labs
import Linux
import Support

struct LabCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lab", abstract: "Un lab, une étape, hors de la session interactive.",
        subcommands: [
            LabShow.self, LabStart.self, LabPredict.self, LabAnswer.self, LabCheck.self, LabHint.self,
            LabSolution.self, LabReset.self,
            LabTest.self
        ])
}

/// Which step.
struct StepArguments: ParsableArguments {
    @Argument(help: "Le lab : identifiant, début d'identifiant ou numéro.") var lab: String
    @Argument(help: "L'étape : numéro ou identifiant ; sinon la première qui reste à faire.") var step:
        String?
    @Flag(help: "En JSON (docs/json.md).") var json = false
}

enum LabOutput {
    static func view(_ view: StepView, json: Bool) {
        if json {
            Output.out(self.json(view).text(pretty: true) + "\n")
            return
        }
        Output.out("\(view.lab.title) — étape \(view.step.number)/\(view.count) : \(view.step.title)\n\n")
        Output.out(trimmed(view.text) + "\n")
        if let prediction = view.prediction {
            Output.out("\n\(prediction.question)\n")
            for choice in prediction.choices {
                let mark = choice.key == prediction.chosen ? "→" : " "
                Output.out("  \(mark) \(choice.key) : \(choice.text)\n")
            }
        }
        if let why = view.unavailable { Output.err(why + "\n") }
        notices(view.notices)
    }

    static func json(_ view: StepView) -> JSON {
        [
            "lab": .string(view.lab.id), "step": view.step.json, "text": .string(view.text),
            "prediction": view.prediction.map { prediction in
                [
                    "question": .string(prediction.question), "chosen": JSON(prediction.chosen),
                    "choices": .array(
                        prediction.choices.map { ["key": .string($0.key), "text": .string($0.text)] })
                ]
            } ?? .null, "unavailable": JSON(view.unavailable)
        ]
    }

    static func notices(_ list: [String]) { for notice in list { Output.err(notice + "\n") } }

    static func trimmed(_ text: String) -> String {
        var s = Substring(text)
        while s.first?.isNewline == true { s.removeFirst() }
        while s.last?.isNewline == true { s.removeLast() }
        return String(s)
    }
}

struct LabShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Montre une étape sans l'ouvrir.")
    @OptionGroup var which: StepArguments

    func run() throws { LabOutput.view(try LabSession().look(which.lab, step: which.step), json: which.json) }
}

struct LabStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Ouvre une étape : ses fichiers, son texte.")
    @OptionGroup var which: StepArguments

    func run() throws {
        let session = try LabSession()
        let view = try session.open(which.lab, step: which.step)
        LabOutput.view(view, json: which.json)
        if !which.json, let folder = session.workspace { Output.out("\nEspace de travail : \(folder)\n") }
    }
}

struct LabPredict: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "S'engage sur un choix de la prédiction d'une étape.")
    @Argument(help: "Le lab.") var lab: String
    @Argument(help: "L'étape.") var step: String
    @Argument(help: "La clé ou le rang du choix.") var choice: String

    func run() throws {
        let session = try LabSession()
        _ = try session.take(lab, step: step)
        Output.out(try session.predict(choice) + "\n")
    }
}

struct LabAnswer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Répond à une étape ; « check » juge.")
    @Argument(help: "Le lab.") var lab: String
    @Argument(help: "L'étape.") var step: String
    @Argument(help: "La réponse.") var words: [String]

    func run() throws {
        let session = try LabSession()
        _ = try session.take(lab, step: step)
        try session.answer(words.joined(separator: " "))
    }
}

struct LabCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Vérifie une étape ; sortie 0 si elle est réussie.")
    @OptionGroup var which: StepArguments

    func run() throws {
        let session = try LabSession()
        _ = try session.take(which.lab, step: which.step)
        let interrupt = try Interrupt()
        let announce: (CheckProgress) -> Void = { progress in
            guard let seconds = progress.seconds, !which.json else { return }
            Output.err("\(progress.id)… (environ \(seconds) s, ^C pour interrompre)\n")
        }
        let report = try session.check(cancelled: { interrupt.isAsked }, progress: announce)
        if which.json {
            let object: JSON = [
                "passed": .bool(report.passed), "earned": JSON(report.earned), "points": JSON(report.points),
                "results": .array(report.results.map(\.json))
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            for result in report.results { Output.out(line(result)) }
            if let explanation = report.explanation { Output.out("\n\(LabOutput.trimmed(explanation))\n") }
        }
        LabOutput.notices(report.notices)
        if !report.passed { throw Exit(status: 1) }
    }

    private func line(_ result: CheckResult) -> String {
        switch result.status {
        case .passed: return "✓ \(result.id)\n"
        case .blocked: return "· \(result.id) — \(result.reason)\n"
        case .failed:
            var text = "✗ \(result.id) — \(result.reason)\n"
            if !result.expected.isEmpty { text += "    attendu : \(result.expected)\n" }
            if !result.got.isEmpty { text += "    obtenu : \(result.got)\n" }
            if !result.help.isEmpty { text += "    \(result.help)\n" }
            return text
        }
    }
}

struct LabHint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hint", abstract: "L'indice suivant d'une étape.")
    @OptionGroup var which: StepArguments

    func run() throws {
        let session = try LabSession()
        _ = try session.take(which.lab, step: which.step)
        let hint = try session.hint()
        if which.json {
            let object: JSON = [
                "number": JSON(hint.number), "count": JSON(hint.count), "level": .string(hint.level.rawValue),
                "cost": JSON(hint.cost), "text": .string(hint.text)
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            Output.out("Indice \(hint.number)/\(hint.count) (−\(hint.cost)) : \(hint.text)\n")
        }
    }
}

struct LabSolution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solution", abstract: "La solution de référence ; l'étape vaut alors 40 % au plus.")
    @OptionGroup var which: StepArguments

    func run() throws {
        let session = try LabSession()
        _ = try session.take(which.lab, step: which.step)
        let solution = try session.solution()
        if which.json {
            let object: JSON = [
                "script": .string(solution.script), "explanation": .string(solution.explanation),
                "cap": JSON(solution.cap)
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            Output.out(LabOutput.trimmed(solution.script) + "\n")
            if !solution.explanation.isEmpty { Output.out("\n\(LabOutput.trimmed(solution.explanation))\n") }
        }
    }
}

struct LabReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Recommence une étape : enlève ce qu'on y a fait.")
    @OptionGroup var which: StepArguments

    func run() throws {
        let session = try LabSession()
        _ = try session.take(which.lab, step: which.step)
        let report = try session.reset()
        if which.json {
            let object: JSON = [
                "removed": JSON(report.removed), "restored": JSON(report.restored),
                "problems": JSON(report.problems), "step": LabOutput.json(report.view)
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            for what in report.removed { Output.out("enlevé : \(what)\n") }
            for what in report.restored { Output.out("remis : \(what)\n") }
        }
        for problem in report.problems { Output.err(problem + "\n") }
        if !report.problems.isEmpty { throw Exit(status: 1) }
    }
}
