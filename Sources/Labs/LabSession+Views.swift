import Linux
import Support

extension LabSession {
    func values(_ lab: Lab, _ step: Step, _ state: StepState) -> [String: String] {
        var values = Variables.draw(
            step.variables, seed: "\(learner.id)/\(lab.id)/\(step.id)/\(state.attempt)")
        values["APPRENANT"] = learner.name
        values["ESPACE"] = Path.join(kit.workspaces, lab.id)
        // Asked for only where it is said: the first time on a host, a probe boots a kernel.
        if step.mentionsAccelerator { values["ACCELERATEUR"] = accelerator }
        return values
    }

    private var accelerator: String {
        (try? world.measure(MeasureRequest(.accelerator)) { false })?.uppercased() ?? "TCG"
    }

    /// A text with this attempt's values, and what the last check read.
    func fill(_ text: String, _ lab: Lab, _ step: Step, _ state: StepState) -> String {
        guard text.contains("${") else { return text }
        var values = values(lab, step, state)
        let choices = step.prediction?.choices ?? []
        func choice(_ key: String?) -> String {
            choices.first { $0.key == key }.map { Substitution.apply(values, to: $0.text) } ?? "—"
        }
        values["PREDICTION"] = choice(state.prediction)
        values["MESURE"] = choice(state.lastMeasured?.choice)
        values["MESURE_BRUTE"] = state.lastMeasured?.raw ?? "—"
        for result in state.lastResults {
            values["OBTENU:\(result.id)"] = result.got.isEmpty ? "—" : result.got
        }
        for id in step.checkIDs where values["OBTENU:\(id)"] == nil { values["OBTENU:\(id)"] = "—" }
        return Substitution.apply(values, to: text)
    }

    /// A choice of the step's prediction as the learner reads it.
    func choiceText(_ key: String?, _ lab: Lab, _ step: Step, _ state: StepState) -> String? {
        step.prediction?.choices.first { $0.key == key }.map { fill($0.text, lab, step, state) }
    }

    func view() throws(EscaleError) -> StepView {
        let (lab, step) = try here()
        guard let position else { throw EscaleError(.conflict, "aucun lab n’est ouvert") }
        let state = try state(lab, step)
        let summary = try summary(position.lab)
        return StepView(
            lab: summary, step: summary.steps[position.step], text: fill(step.text, lab, step, state),
            prediction: step.prediction.map { prediction in
                PredictionView(
                    question: fill(prediction.question, lab, step, state),
                    choices: prediction.choices.map { ($0.key, fill($0.text, lab, step, state)) },
                    chosen: state.prediction)
            }, mode: step.mode, hintCount: step.hints.count, unavailable: unavailable(lab, step),
            notices: takeNotices())
    }

    func summary(_ i: Int) throws(EscaleError) -> LabSummary {
        let lab = course.labs[i]
        let states = try states(lab)
        let steps = lab.steps.enumerated().map { n, step in
            stepSummary(n, step, states[step.id] ?? StepState())
        }
        return LabSummary(
            number: i + 1, id: lab.id, title: lab.title, duration: lab.duration, notions: lab.notions,
            steps: steps,
            points: lab.points, earned: steps.reduce(0) { $0 + $1.earned })
    }

    private func stepSummary(_ n: Int, _ step: Step, _ state: StepState) -> StepSummary {
        let review = Review.next(state, step, now: time)
        return StepSummary(
            number: n + 1, id: step.id, title: step.title, points: step.points, earned: state.earned,
            solved: state.isSolved, attempts: state.checks, hintsTaken: state.hints,
            solutionSeen: state.solutionSeen, nextReview: review.map { String($0.date.rfc3339.prefix(10)) },
            reviewIsDue: review?.due ?? false)
    }

    /// Why the step can't be done on this machine, in French.
    func unavailable(_ lab: Lab, _ step: Step) -> String? {
        for need in Need.allCases where lab.needs.contains(need) || step.needs.contains(need) {
            if let why = world.missing(need) { return Typography.french(why) }
        }
        return nil
    }

    /// `progres`.
    public func progress() throws(EscaleError) -> ProgressSummary {
        var labs: [LabSummary] = []
        var due: [(lab: String, step: StepSummary)] = []
        var counts: [String: Int] = [:]
        var texts: [String: String] = [:]
        var (right, made) = (0, 0)
        for (i, lab) in course.labs.enumerated() {
            let summary = try summary(i)
            labs.append(summary)
            due += summary.steps.filter(\.reviewIsDue).map { (lab.id, $0) }
            for state in try states(lab).values {
                right += state.predictionsRight
                made += state.predictionsMade
                for (id, n) in state.misconceptions { counts[id, default: 0] += n }
            }
            for (id, text) in lab.misconceptions { texts[id] = text }
        }
        let ideas = counts.map { (id: $0.key, text: texts[$0.key] ?? $0.key, count: $0.value) }
            .sorted { ($1.count, $0.id) < ($0.count, $1.id) }
        return ProgressSummary(
            learner: learner, labs: labs, points: labs.reduce(0) { $0 + $1.points },
            earned: labs.reduce(0) { $0 + $1.earned }, dueReviews: due, misconceptions: ideas,
            predictionsRight: right, predictionsMade: made, notices: takeNotices())
    }
}
