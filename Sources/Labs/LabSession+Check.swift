import Linux
import Support

extension LabSession {
    /// `verifier`.
    /// - Parameters:
    ///   - cancelled: asked between and within long checks (^C): true ends with `.interrupted`, unrecorded.
    ///   - progress: called before each check, to say that a long one runs.
    public func check(
        cancelled: @escaping @Sendable () -> Bool = { false }, progress: (CheckProgress) -> Void = { _ in }
    ) throws(EscaleError) -> CheckReport {
        let (lab, step) = try here()
        let before = try state(lab, step)
        if step.prediction != nil, before.prediction == nil {
            throw EscaleError(
                .conflict, "engagez-vous d’abord sur une prédiction (elle ne coûte rien)",
                repair: "predire CHOIX")
        }
        if let why = unavailable(lab, step) { throw EscaleError(.unavailable, why, repair: "escale doctor") }
        observe()
        let results = try evaluate(cancelled: cancelled, progress: progress)
        let passed = !results.isEmpty && results.allSatisfy { $0.status == .passed }
        var measured: LabEvent.Measured?
        if passed, let prediction = step.prediction {
            let count = results.count + 1
            progress(CheckProgress(id: "prediction", number: count, count: count, seconds: nil))
            measured = measure(prediction, try context(cancelled))
            if cancelled() { throw EscaleError(.interrupted, "vérification interrompue") }
        }
        try record(.checked(results: results, measured: measured))
        let after = try states(lab)
        let state = after[step.id] ?? StepState()
        return CheckReport(
            results: results, passed: passed, earned: state.earned, points: step.points,
            newlySolved: passed && !before.isSolved,
            explanation: passed ? fill(step.explanation, lab, step, state) : nil,
            prediction: passed ? outcome(lab, step, state, measured) : nil,
            labIsComplete: after.values.allSatisfy(\.isSolved), notices: takeNotices())
    }

    /// Runs the checks and records nothing: also how a proof shows that an untouched step fails.
    package func evaluate(
        cancelled: @escaping @Sendable () -> Bool = { false }, progress: (CheckProgress) -> Void = { _ in }
    ) throws(EscaleError) -> [CheckResult] {
        let (lab, step) = try here()
        let checks = try checks(lab, step)
        world.forget()
        return try CheckRun.all(checks, try context(cancelled), progress: progress)
    }

    /// Notes objects that must later be proved to have been there. Cheap where the step needs none; the shell
    /// calls it after each command.
    public func observe() {
        guard let (lab, step) = try? here(), let state = try? state(lab, step),
            let checks = try? checks(lab, step)
        else { return }
        let watched = checks.filter { $0.kind is GoneCheck || ($0.kind as? ProcessCheck)?.gone == true }
        guard !watched.isEmpty, let context = try? context({ false }) else { return }
        let new = watched.flatMap { $0.kind.sights(context) }.filter { !state.seen.contains($0) }
        if !new.isEmpty { try? record(.seen(new)) }
    }

    /// `pourquoi`: the last check again, in full.
    public func why() throws(EscaleError) -> WhyView {
        let (lab, step) = try here()
        let state = try state(lab, step)
        guard !state.lastResults.isEmpty else {
            throw EscaleError(.conflict, "rien n’a encore été vérifié ici", repair: "verifier")
        }
        if state.lastResults.allSatisfy({ $0.status == .passed }) {
            return WhyView(text: fill(step.explanation, lab, step, state), results: state.lastResults)
        }
        var lines: [String] = []
        for result in state.lastResults where result.status == .failed {
            lines.append("**\(result.id)** : \(result.reason)")
            if !result.expected.isEmpty { lines.append("- attendu : \(result.expected)") }
            if !result.got.isEmpty { lines.append("- obtenu : `\(result.got)`") }
            if !result.help.isEmpty { lines.append("- piste : \(result.help)") }
            if let id = result.misconception, let text = lab.misconception(id) {
                lines.append("- idée fausse reconnue : \(text)")
            }
            lines.append("")
        }
        let waiting = state.lastResults.filter { $0.status == .blocked }.map(\.id)
        if !waiting.isEmpty { lines.append("En attente : \(waiting.joined(separator: ", ")).") }
        return WhyView(text: Typography.french(lines.joined(separator: "\n")), results: state.lastResults)
    }

    // MARK: -

    func checks(_ lab: Lab, _ step: Step) throws(EscaleError) -> [Check] {
        let values = values(lab, step, try state(lab, step))
        let problems = ProblemList()
        let node = step.checks.mapScalars { Substitution.apply(values, to: $0) }
        let checks = Check.parse(
            node, file: step.file, misconceptions: lab.misconceptions.map(\.id), problems: problems)
        if let problem = problems.all.first {
            throw EscaleError(.invalid, problem.description, repair: "escale labs")
        }
        return checks
    }

    func context(_ cancelled: @escaping @Sendable () -> Bool) throws(EscaleError) -> CheckContext {
        let (lab, step) = try here()
        let state = try state(lab, step)
        return CheckContext(
            world: world, workspace: Path.join(kit.workspaces, lab.id), answer: state.answer,
            seen: state.seen,
            since: state.since ?? time, variables: values(lab, step, state), stepFolder: step.folder,
            cancelled: cancelled)
    }

    /// Reads the prediction's answer off the machine.
    private func measure(_ prediction: Prediction, _ c: CheckContext) -> LabEvent.Measured {
        let problems = ProblemList()
        let node = prediction.answer.mapScalars { Substitution.apply(c.variables, to: $0) }
        guard let value = Value.parse(node, file: "", problems: problems) else {
            return LabEvent.Measured(choice: nil, raw: "", note: problems.all.first?.rule)
        }
        do {
            let raw = try value.read(c)
            return LabEvent.Measured(choice: Self.classify(raw, prediction), raw: raw)
        } catch {
            return LabEvent.Measured(choice: nil, raw: "", note: Typography.french(error.reason))
        }
    }

    /// The choice that a measured value stands for: pure.
    static func classify(_ raw: String, _ prediction: Prediction) -> String? {
        guard !prediction.classes.isEmpty else {
            return prediction.choices.first { Expectation<String>.same($0.key, raw) }?.key
        }
        guard let number = Quantity(raw)?.raw else { return nil }
        return prediction.classes.first { number < $0.below ?? .infinity }?.key
    }

    private func outcome(
        _ lab: Lab, _ step: Step, _ state: StepState, _ measured: LabEvent.Measured?
    ) -> PredictionOutcome? {
        guard let prediction = step.prediction, let chosen = state.prediction, let measured else {
            return nil
        }
        func text(_ key: String?) -> String? { choiceText(key, lab, step, state) }
        let right = measured.choice == chosen
        let idea = prediction.misconceptions.first { $0.choice == chosen }?.id
        return PredictionOutcome(
            predicted: text(chosen) ?? chosen, measured: text(measured.choice), raw: measured.raw,
            isRight: right,
            misconception: right || measured.choice == nil ? nil : idea.flatMap(lab.misconception),
            note: measured.note
                ?? (measured.choice == nil ? "la mesure ne correspond à aucun des choix proposés" : nil))
    }
}
