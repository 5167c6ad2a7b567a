import Glibc
import Labs
import Linux
import Measure
import Support

/// The verbs of the labs over a `LabSession`: asks it, and draws the answer.
final class LabDriver: LabFront {
    private let session: LabSession
    private lazy var glossary: Result<Glossary, EscaleError> = {
        do throws(EscaleError) { return .success(try Glossary(folder: session.course.folder)) } catch {
            return .failure(error)
        }
    }()

    /// Goes on where the learner was, in silence: the prompt says where that is.
    init(session: LabSession) {
        self.session = session
        session.restorePlace()
    }

    func perform(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32 {
        do {
            return try dispatch(verb, arguments, screen)
        } catch {
            if error.code == .interrupted {
                screen.say("Interrompu : rien n’a été compté.")
                return 130
            }
            if error.errno != 0, let unwritable {
                screen.refuse(unwritable.message, repair: unwritable.repair)
            } else if error.errno != 0 {
                // Not a refusal of the labs but of the system: its own words, then ours.
                ShellMain.report(error.within("cannot save your progress"))
            } else {
                screen.refuse(error.message, repair: error.repair)
                if let help = FrenchErrors.explain(message: error.message, code: nil, status: 1) {
                    Output.err(FrenchErrors.render(help, screen.style))
                }
            }
            return 1
        }
    }

    /// Why nothing can be saved here; nil where it can.
    var unwritable: EscaleError? {
        do { try session.kit.requireWritable() } catch { return error }
        return nil
    }

    private func dispatch(_ verb: Verb, _ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32
    {
        let text = arguments.joined(separator: " ")
        switch verb {
        case .labs: return try list(screen)
        case .ouvrir:
            if text.isEmpty, let last = try session.resume() {
                show(last, screen)
            } else {
                show(try session.open(text.isEmpty ? "1" : text), screen)
            }
        case .reprendre: return try resume(screen)
        case .suivant: show(try session.next(), screen)
        case .precedent: show(try session.previous(), screen)
        case .aller: return try go(text, screen)
        case .lire: show(try current(), screen)
        case .predire: return try predict(text, screen)
        case .lancer: return try measure(screen)
        case .repondre: return try answer(text, screen)
        case .verifier: return try check(screen)
        case .indice: return try hint(screen)
        case .pourquoi: return try why(screen)
        case .solution: return try solution(screen)
        case .progres: screen.show(ProgressScreen.text(try session.progress(), screen.style))
        case .refaire: return try reset(arguments, screen)
        case .glossaire: return try lookUp(text, screen)
        default: throw EscaleError(.invalid, "« \(verb.french) » n’est pas un verbe des labs")
        }
        return 0
    }

    private func current() throws(EscaleError) -> StepView {
        guard let view = try session.current() else {
            throw EscaleError(.conflict, "aucun lab n’est ouvert", repair: "ouvrir 1")
        }
        return view
    }

    private func show(_ view: StepView, _ screen: Screen) { screen.show(StepScreen.text(view, screen.style)) }

    // MARK: - Moving

    private func list(_ screen: Screen) throws(EscaleError) -> Int32 {
        screen.show(ProgressScreen.list(try session.labs(), screen.style))
        for problem in session.problems { screen.refuse("\(problem)", repair: nil) }
        return session.problems.isEmpty ? 0 : 1
    }

    private func resume(_ screen: Screen) throws(EscaleError) -> Int32 {
        guard let view = try session.resume() else {
            screen.refuse("vous n’avez encore rien commencé", repair: "ouvrir 1")
            return 1
        }
        show(view, screen)
        return 0
    }

    private func go(_ text: String, _ screen: Screen) throws(EscaleError) -> Int32 {
        guard text.isEmpty else {
            show(try session.goto(text), screen)
            return 0
        }
        screen.show(StepScreen.steps(try current(), screen.style))
        screen.refuse("vers quelle étape ?", repair: "aller 3")
        return 2
    }

    // MARK: - A step

    private func predict(_ text: String, _ screen: Screen) throws(EscaleError) -> Int32 {
        let view = try current()
        guard let prediction = view.prediction else {
            screen.refuse("cette étape ne demande pas de prédiction", repair: "verifier")
            return 1
        }
        var choice = text
        if choice.isEmpty {
            screen.show(StepScreen.prediction(prediction, screen.style))
            guard prediction.chosen == nil else { return 0 }
            guard case .line(let said) = screen.ask(French.set("Votre choix : ")),
                !said.trimmingSpaces.isEmpty
            else {
                screen.refuse(
                    "aucun choix n’a été fait", repair: "predire \(prediction.choices.first?.key ?? "1")")
                return 1
            }
            choice = said.trimmingSpaces
        }
        let chosen = try session.predict(choice)
        screen.say("Prédiction notée : « **\(chosen)** ». Place à la mesure.")
        return 0
    }

    private func measure(_ screen: Screen) throws(EscaleError) -> Int32 {
        if screen.isLive { screen.note(screen.style.dim("Mesure en cours… (^C l’arrête)") + "\r") }
        defer { if screen.isLive { screen.note("\r\u{1B}[K") } }
        let outcome = try session.measure(cancelled: Self.interrupted)
        if screen.isLive { screen.note("\r\u{1B}[K") }
        screen.show(ReportScreen.outcome(outcome, screen.style))
        return outcome.measured == nil ? 1 : 0
    }

    private func answer(_ text: String, _ screen: Screen) throws(EscaleError) -> Int32 {
        if text.isEmpty, let asked = try? session.asked(), !asked.isNothing {
            screen.refuse("il manque votre réponse", repair: asked.example)
            return 2
        }
        try session.answer(text)
        screen.say("Réponse notée : **\(text)**. `verifier` la juge.")
        return 0
    }

    private func check(_ screen: Screen) throws(EscaleError) -> Int32 {
        let style = screen.style
        let isLive = screen.isLive
        defer { if isLive { screen.note("\r\u{1B}[K") } }
        let report = try session.check(cancelled: Self.interrupted) { progress in
            guard isLive else { return }
            var text = "Vérification \(progress.number)/\(progress.count)"
            if let seconds = progress.seconds {
                text += " (environ \(seconds) s, ^C l’arrête sans rien coûter)"
            }
            screen.note("\r\u{1B}[K" + style.dim(Width.cut(text + "…", to: style.width - 1)))
        }
        if isLive { screen.note("\r\u{1B}[K") }
        screen.show(ReportScreen.text(report, try session.current(), style))
        return report.passed ? 0 : 1
    }

    /// `^C`, or the end of the terminal, while a check runs: these signals are blocked, and stay
    /// pending until the editor reads them.
    private static let interrupted: @Sendable () -> Bool = {
        var pending = sigset_t()
        sigpending(&pending)
        return [SIGINT, SIGHUP, SIGTERM].contains { sigismember(&pending, $0) == 1 }
    }

    private func hint(_ screen: Screen) throws(EscaleError) -> Int32 {
        let hint: HintView
        do { hint = try session.hint() } catch  where error.code == .notFound {
            // All are read: show them again rather than nothing.
            for read in try session.hintsRead() { screen.show(ReportScreen.hint(read, screen.style)) }
            throw error
        }
        screen.show(ReportScreen.hint(hint, screen.style))
        return 0
    }

    private func why(_ screen: Screen) throws(EscaleError) -> Int32 {
        let why = try session.why()
        screen.show(
            ReportScreen.checks(why.results, screen.style) + "\n" + Markdown.render(why.text, screen.style))
        return 0
    }

    private func solution(_ screen: Screen) throws(EscaleError) -> Int32 {
        if let step = place?.step, !step.solved, !step.solutionSeen,
            !screen.ask(
                French.set("L’étape ne rapportera plus que 40 % de ses points. Continuer ? [o/N] ")
            ).isConsent
        {
            return 1
        }
        screen.show(ReportScreen.solution(try session.solution(), screen.style))
        return 0
    }

    private func reset(_ arguments: [String], _ screen: Screen) throws(EscaleError) -> Int32 {
        if !arguments.contains("-y"), let step = place?.step,
            !screen.ask(
                French.set(
                    "Remettre l’étape \(step.number) au départ, et supprimer ce que vous y avez créé ? [o/N] "
                )
            ).isConsent
        {
            return 1
        }
        screen.show(ReportScreen.reset(try session.reset(), screen.style))
        return 0
    }

    // MARK: - Glossary

    private func lookUp(_ word: String, _ screen: Screen) throws(EscaleError) -> Int32 {
        let entries = try glossary.get().entries
        if word.isEmpty {
            screen.show(GlossaryScreen.list(entries.map(\.term), screen.style))
            return 0
        }
        let key = Fold.key(word)
        let exact = entries.filter { Fold.key($0.term) == key || Fold.key($0.term) + "s" == key }
        let found = exact.isEmpty ? entries.filter { Fold.key($0.term).hasPrefix(key) } : exact
        guard !found.isEmpty else {
            let near = Fold.nearest(word, among: entries.map(\.term))
            screen.refuse(
                "« \(word) » n’est pas dans le glossaire",
                repair: near.map { "glossaire \($0)" } ?? "glossaire")
            return 1
        }
        for entry in found { screen.show(GlossaryScreen.entry(entry, screen.style)) }
        return 0
    }

    // MARK: - For the shell

    func observe() { session.observe() }

    private var place: (lab: LabSummary, step: StepSummary, prediction: Prediction?)? {
        (try? session.place()) ?? nil
    }

    func fill(_ prompt: inout Prompt) {
        guard let place else { return }
        prompt.lab = place.lab.id
        prompt.step = (place.step.number, place.lab.steps.count)
        prompt.points = (place.lab.earned, place.lab.points)
        prompt.isSolved = place.step.solved
    }

    func fill(_ sources: inout Completion.Sources) {
        sources.labs = { [session] in session.course.labs.map(\.id) }
        sources.steps = { [unowned self] in
            (place?.lab.steps ?? []).flatMap { [String($0.number), $0.id] }
        }
        sources.choices = { [unowned self] in place?.prediction?.choices.map(\.key) ?? [] }
        sources.answers = { [session] in (try? session.asked())?.keys ?? [] }
        sources.terms = { [unowned self] in ((try? glossary.get())?.entries ?? []).map(\.term) }
    }

    var workspace: String? { session.workspace }
    var isNewcomer: Bool { session.workspace == nil }

    var greeting: String {
        guard let place else { return "" }
        var text =
            "Bonjour **\(session.learner.name)**. Vous en êtes à l’étape \(place.step.number)/\(place.lab.steps.count), « \(place.step.title) ». `reprendre` en montre l’énoncé, `aide` liste les verbes."
        let due = ((try? session.progress())?.dueReviews.count) ?? 0
        if due > 0 { text += " \(French.count(due, "étape")) à revoir : `progres`." }
        return text
    }
}
