import ArgumentParser
import Glibc
import Labs
import Linux
import Measure
import Shell
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
    @Argument(help: "Le lab\u{A0}: identifiant, début d’identifiant ou numéro.") var lab: String
    @Argument(help: "L’étape\u{A0}: numéro ou identifiant\u{A0}; sinon la première qui reste à faire.")
    var step: String?
    @Flag(help: "En JSON (docs/json.md).") var json = false
}

enum LabOutput {
    /// Does what a verb asks of a step, opened where it never was.
    /// - Throws: the lab's refusals, their repair worded for the command line.
    static func play(_ lab: String, _ step: String?, _ body: (LabSession) throws -> Void) throws {
        try Kit.current.requireWritable()
        let session = try LabSession()
        do {
            _ = try session.take(lab, step: step)
            try body(session)
        } catch let error as EscaleError {
            throw told(error, lab, step)
        }
    }

    /// The same, with no step to take first.
    static func told(_ error: EscaleError, _ lab: String, _ step: String?) -> EscaleError {
        let place = step.map { "\(lab) \($0)" } ?? lab
        let commands = [
            "predire": "escale lab predict \(lab) \(step ?? "ÉTAPE")",
            "verifier": "escale lab check \(place)",
            "indice": "escale lab hint \(place)", "solution": "escale lab solution \(place)",
            "repondre": "escale lab answer \(lab) \(step ?? "ÉTAPE")", "ouvrir": "escale lab show",
            "labs": "escale labs", "pourquoi": "escale lab check \(place)"
        ]
        guard let repair = error.repair else { return error }
        let verb = String(repair.prefix { $0 != " " && $0 != "," })
        var text = commands[verb].map { $0 + (verb == "labs" ? "" : repair.dropFirst(verb.count)) } ?? repair
        if verb == "aller" { text = "escale labs --json" }
        return EscaleError(error.code, error.message, errno: error.errno, repair: text)
    }

    static func view(_ view: StepView, json: Bool) {
        if json {
            Output.out(self.json(view).text(pretty: true) + "\n")
            return
        }
        Output.out(LabText.step(view))
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
}

struct LabShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Montre une étape sans l’ouvrir.")
    @OptionGroup var which: StepArguments

    func run() throws {
        do {
            LabOutput.view(try LabSession().look(which.lab, step: which.step), json: which.json)
        } catch {
            throw LabOutput.told(error, which.lab, which.step)
        }
    }
}

struct LabStart: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start", abstract: "Ouvre une étape\u{A0}: ses fichiers, son texte.")
    @OptionGroup var which: StepArguments

    func run() throws {
        try Kit.current.requireWritable()
        let session = try LabSession()
        let view: StepView
        do { view = try session.open(which.lab, step: which.step) } catch {
            throw LabOutput.told(error, which.lab, which.step)
        }
        LabOutput.view(view, json: which.json)
        if !which.json, let folder = session.workspace { Output.out("\nEspace de travail : \(folder)\n") }
    }
}

struct LabPredict: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict", abstract: "S’engage sur un choix de la prédiction d’une étape.")
    @Argument(help: "Le lab.") var lab: String
    @Argument(help: "L’étape.") var step: String
    @Argument(help: "La clé ou le rang du choix.") var choice: String

    func run() throws {
        try LabOutput.play(lab, step) { session in
            Output.out(LabText.sentence("Prédiction notée : **\(try session.predict(choice))**."))
        }
    }
}

struct LabAnswer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Répond à une étape\u{A0}; «\u{A0}check\u{A0}» juge.")
    @Argument(help: "Le lab.") var lab: String
    @Argument(help: "L’étape.") var step: String
    @Argument(help: "La réponse.") var words: [String] = []

    func run() throws {
        try LabOutput.play(lab, step) { session in
            let asked = try session.asked()
            if words.isEmpty, !asked.isNothing {
                let example = asked.example.dropFirst("repondre ".count)
                throw StatusError(
                    status: 2,
                    error: EscaleError(
                        .invalid, "il manque votre réponse",
                        repair: "escale lab answer \(lab) \(step) \(example)"))
            }
            try session.answer(words.joined(separator: " "))
            Output.out(
                LabText.sentence(
                    "Réponse notée : **\(words.joined(separator: " "))**. `escale lab check \(lab) \(step)` la juge."
                ))
        }
    }
}

struct LabCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Vérifie une étape\u{A0}; sortie 0 si elle est réussie.")
    @OptionGroup var which: StepArguments

    func run() throws {
        try LabOutput.play(which.lab, which.step) { session in
            if !which.json, let view = try session.current() { Output.out(LabText.heading(view)) }
            let interrupt = try Interrupt()
            let announce: (CheckProgress) -> Void = { progress in
                guard let seconds = progress.seconds, !which.json else { return }
                Output.err("\(progress.id)… (environ \(seconds) s, ^C pour interrompre)\n")
            }
            let report = try session.check(cancelled: { interrupt.isAsked }, progress: announce)
            if which.json {
                let object: JSON = [
                    "passed": .bool(report.passed), "earned": JSON(report.earned),
                    "points": JSON(report.points),
                    "results": .array(report.results.map(\.json))
                ]
                Output.out(object.text(pretty: true) + "\n")
            } else {
                Output.out(LabText.check(report, try session.current()))
            }
            if which.json { LabOutput.notices(report.notices) }
            if !report.passed { throw Exit(status: 1) }
        }
    }
}

struct LabHint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hint", abstract: "L’indice suivant d’une étape.")
    @OptionGroup var which: StepArguments

    func run() throws {
        try LabOutput.play(which.lab, which.step) { session in
            let hint = try session.hint()
            if which.json {
                let object: JSON = [
                    "number": JSON(hint.number), "count": JSON(hint.count),
                    "level": .string(hint.level.rawValue),
                    "cost": JSON(hint.cost), "text": .string(hint.text)
                ]
                Output.out(object.text(pretty: true) + "\n")
            } else {
                Output.out(LabText.hint(hint))
            }
        }
    }
}

struct LabSolution: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "solution", abstract: "La solution de référence\u{A0}; l’étape vaut alors 40 % au plus.")
    @OptionGroup var which: StepArguments

    func run() throws {
        try LabOutput.play(which.lab, which.step) { session in
            let solution = try session.solution()
            if which.json {
                let object: JSON = [
                    "script": .string(solution.script), "explanation": .string(solution.explanation),
                    "cap": JSON(solution.cap)
                ]
                Output.out(object.text(pretty: true) + "\n")
            } else {
                Output.out(LabText.solution(solution))
            }
        }
    }
}

struct LabReset: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset", abstract: "Recommence une étape\u{A0}: enlève ce qu’on y a fait.")
    @OptionGroup var which: StepArguments

    func run() throws {
        try LabOutput.play(which.lab, which.step) { session in
            let report = try session.reset()
            if which.json {
                let object: JSON = [
                    "removed": JSON(report.removed), "restored": JSON(report.restored),
                    "problems": JSON(report.problems), "step": LabOutput.json(report.view)
                ]
                Output.out(object.text(pretty: true) + "\n")
            } else {
                Output.out(LabText.reset(report))
            }
            if which.json { LabOutput.notices(report.problems) }
            if !report.problems.isEmpty { throw Exit(status: 1) }
        }
    }
}
