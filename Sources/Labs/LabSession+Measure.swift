import Support

extension LabSession {
    /// `lancer`: reads the open step's predicted quantity off the machine, now, and sets it beside the
    /// prediction. Records nothing: `check` judges the step.
    /// - Parameter cancelled: asked within long measurements (^C).
    /// - Throws: `.conflict` before the prediction is made, `.invalid` where the step has none.
    public func measure(cancelled: @escaping @Sendable () -> Bool = { false }) throws(EscaleError)
        -> PredictionOutcome
    {
        let (lab, step) = try here()
        guard let prediction = step.prediction else {
            throw EscaleError(.invalid, "cette étape n’a pas de mesure à lancer", repair: "verifier")
        }
        let state = try state(lab, step)
        guard let chosen = state.prediction else {
            throw EscaleError(
                .conflict, "engagez-vous d’abord sur une prédiction (elle ne coûte rien)",
                repair: "predire CHOIX")
        }
        func text(_ key: String?) -> String? { choiceText(key, lab, step, state) }
        let c = try context(cancelled)
        let problems = ProblemList()
        let node = prediction.answer.mapScalars { Substitution.apply(c.variables, to: $0) }
        guard let value = Value.parse(node, file: step.file, problems: problems) else {
            throw EscaleError(.invalid, problems.all.first?.description ?? step.file, repair: "escale labs")
        }
        let raw: String
        do { raw = try value.read(c) } catch {
            if cancelled() { throw EscaleError(.interrupted, "mesure interrompue") }
            return PredictionOutcome(
                predicted: text(chosen) ?? chosen, measured: nil, raw: "", isRight: false, misconception: nil,
                note: Typography.french(error.reason))
        }
        if cancelled() { throw EscaleError(.interrupted, "mesure interrompue") }
        let choice = Self.classify(raw, prediction)
        let idea = prediction.misconceptions.first { $0.choice == chosen }?.id
        return PredictionOutcome(
            predicted: text(chosen) ?? chosen, measured: text(choice), raw: raw, isRight: choice == chosen,
            misconception: choice == nil || choice == chosen ? nil : idea.flatMap(lab.misconception),
            note: choice == nil ? "la mesure ne correspond à aucun des choix proposés" : nil)
    }
}
