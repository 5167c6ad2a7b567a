import Linux
import Support

extension LabSession {
    /// Where the learner is, from the journal alone: asks neither the engine nor the machines, so a prompt
    /// can show it after each line.
    public func place() throws(EscaleError) -> (lab: LabSummary, step: StepSummary, prediction: Prediction?)?
    {
        guard let position else { return nil }
        let summary = try summary(position.lab)
        guard summary.steps.indices.contains(position.step) else { return nil }
        return (
            summary, summary.steps[position.step], course.labs[position.lab].steps[position.step].prediction
        )
    }

    /// Takes up the place where the learner was last, without opening or showing anything.
    /// - Returns: false for a newcomer.
    @discardableResult
    public func restorePlace() -> Bool {
        let file = Path.join(kit.progress, learner.id, "dernier.json")
        guard let bytes = try? Files.read(file), let json = try? JSON.parse(bytes),
            let lab = course.labs.firstIndex(where: { $0.id == json["lab"].string }),
            let step = course.labs[lab].steps.firstIndex(where: { $0.id == json["step"].string })
        else { return false }
        position = Position(lab: lab, step: step)
        return true
    }
}
