import Labs

/// Lists of labs and steps, with what was earned.
enum ProgressScreen {
    /// `labs`.
    static func list(_ labs: [LabSummary], _ style: Style) -> String {
        guard !labs.isEmpty else { return French.set("Aucun lab n’est installé.") + "\n" }
        var out = "\n"
        for lab in labs {
            let mark = lab.isComplete ? style.tick : " "
            out +=
                " \(mark) \(style.bold(String(lab.number))). \(style.paint(French.set(lab.title), .bold, .blue))\n"
            out += "      " + style.bar(share(lab), width: 20)
            let text =
                " \(lab.solved)/\(lab.steps.count) étapes, \(lab.earned)/\(lab.points) points, environ \(lab.duration) min"
            out += French.set(text) + "\n"
            out += "      " + style.dim(lab.id) + "\n"
        }
        return out + "\n" + Markdown.render(French.set("`ouvrir 1` commence ou continue le premier."), style)
    }

    /// `progres`.
    static func text(_ progress: ProgressSummary, _ style: Style) -> String {
        var out = "\n"
        for notice in progress.notices { out += StepScreen.note(notice, style) }
        out += style.bold(progress.learner.name) + "\u{A0}: \(progress.earned)/\(progress.points) points  "
        out += style.bar(Double(progress.earned) / Double(max(progress.points, 1)), width: 30) + "\n\n"
        for lab in progress.labs {
            out += style.paint(French.set("\(lab.number). \(lab.title)"), .bold, .blue)
            out += style.dim("  \(lab.earned)/\(lab.points)") + "\n"
            out += steps(lab, current: nil, style) + "\n"
        }
        if progress.predictionsMade > 0 {
            out +=
                French.set("Prédictions justes : \(progress.predictionsRight)/\(progress.predictionsMade)")
                + "\n"
        }
        if !progress.misconceptions.isEmpty {
            out += "\n" + style.bold(French.set("Idées à revoir")) + "\n"
            for idea in progress.misconceptions.prefix(5) {
                out += Wrap.text(
                    Markdown.inline(French.set(idea.text), style), width: style.width,
                    first: "  \(style.bullet) ", rest: "    ")
            }
        }
        for due in progress.dueReviews {
            out += StepScreen.note(
                "À revoir aujourd’hui : « \(due.step.title) » (`ouvrir \(due.lab)`, `aller \(due.step.number)`, `refaire`).",
                style)
        }
        return out
    }

    static func steps(_ lab: LabSummary, current: Int?, _ style: Style) -> String {
        lab.steps.map { step in
            let mark =
                step.solved ? style.tick : step.attempts > 0 ? style.paint("~", .yellow) : style.blocked
            let here = step.number == current ? style.arrow : " "
            let number = Width.pad(String(step.number), to: 2, right: true)
            let score = step.solved ? "\(step.earned)/\(step.points)" : "  /\(step.points)"
            let room = style.width - 22
            let title = Width.pad(Width.cut(French.set(step.title), to: room), to: room)
            return
                "\(Width.pad(here, to: 2)) \(mark) \(number). \(title) \(Width.pad(score, to: 7, right: true))\n"
        }.joined()
    }

    private static func share(_ lab: LabSummary) -> Double { Double(lab.earned) / Double(max(lab.points, 1)) }
}
