import Labs

/// What came of a check, a measurement, a hint.
enum ReportScreen {
    /// - Parameter view: the step after the check.
    static func text(_ report: CheckReport, _ view: StepView?, _ style: Style) -> String {
        var out = "\n"
        for notice in report.notices { out += StepScreen.note(notice, style) }
        if report.passed { return out + success(report, view, style) }
        if let failure = report.firstFailure { out += self.failure(failure, style) + "\n" }
        out += checks(report.results, style)
        return out + "\n"
            + Markdown.render(French.set("`pourquoi` en dit plus, `indice` donne une piste."), style)
    }

    /// Reason first, then help, then what was expected and what was found.
    private static func failure(_ result: CheckResult, _ style: Style) -> String {
        var out = Wrap.text(
            style.isPlain ? French.set(result.reason) : words(French.set(result.reason), style),
            width: style.width, first: "\(style.cross) ", rest: "  ")
        if !result.help.isEmpty {
            out += Wrap.text(
                Markdown.inline(French.set(result.help), style), width: style.width, first: "  ", rest: "  ")
        }
        for (label, value) in [("attendu", result.expected), ("obtenu", result.got)] where !value.isEmpty {
            let name = "  " + style.dim(Width.pad(label, to: 7) + "\u{A0}:") + " "
            out += Wrap.text(value, width: style.width, first: name, rest: String(repeating: " ", count: 12))
        }
        return out
    }

    /// In bold, word by word, so that a line break leaves nothing open.
    private static func words(_ text: String, _ style: Style) -> String {
        text.split(separator: " ").map { style.bold(Markdown.inline(String($0), style)) }.joined(
            separator: " ")
    }

    /// One mark a check; those that wait for another are grey.
    static func checks(_ results: [CheckResult], _ style: Style) -> String {
        let marks = results.map { result in
            switch result.status {
            case .passed: "\(style.tick)\u{A0}\(result.id)"
            case .failed: "\(style.cross)\u{A0}\(result.id)"
            case .blocked: "\(style.blocked)\u{A0}\(style.dim(result.id))"
            }
        }
        return Wrap.text(marks.joined(separator: " "), width: style.width, first: "  ", rest: "  ")
    }

    private static func success(_ report: CheckReport, _ view: StepView?, _ style: Style) -> String {
        var out = checks(report.results, style) + "\n"
        let points = "\(report.earned)/\(report.points) \(report.points > 1 ? "points" : "point")"
        let title = report.newlySolved ? "Étape réussie : \(points)." : "Étape toujours réussie : \(points)."
        out += "\(style.tick) \(style.paint(French.set(title), .bold, .green))\n"
        if let outcome = report.prediction { out += "\n" + self.outcome(outcome, style) }
        if let explanation = report.explanation, !explanation.isEmpty {
            out += "\n" + Markdown.render(French.set(explanation), style)
        }
        guard let view else { return out }
        out += "\n"
        if let review = view.step.nextReview {
            out += Markdown.render(
                French.set("À revoir le \(French.day(review)) : `aller \(view.step.number)` puis `refaire`."),
                style)
        }
        let total = "\(view.lab.earned)/\(view.lab.points) points"
        if report.labIsComplete {
            out +=
                "\n" + style.bar(Double(view.lab.earned) / Double(max(view.lab.points, 1)), width: 30)
                + " \(total)\n"
            out += Markdown.render(
                French.set("**Lab terminé, bravo !** `progres` en fait le bilan, `labs` propose la suite."),
                style)
        } else if view.step.number < view.count {
            out += Markdown.render(French.set("Total : \(total). La suite : `suivant`."), style)
        } else {
            out += Markdown.render(
                French.set("Total : \(total). C’était la dernière étape, mais il en reste : `progres`."),
                style)
        }
        return out
    }

    static func outcome(_ outcome: PredictionOutcome, _ style: Style) -> String {
        var out = line("Vous aviez prédit", outcome.predicted, style)
        if let measured = outcome.measured {
            let raw = outcome.raw.isEmpty || outcome.raw == measured ? "" : " (\(outcome.raw))"
            out += line("La machine répond", measured + raw, style)
            if outcome.isRight { out += "\(style.tick) \(French.set("Bien vu !"))\n" }
        }
        if let idea = outcome.misconception {
            let lower = idea.prefix(1).lowercased() + idea.dropFirst()
            out += StepScreen.note("L’idée que la mesure dément : \(lower)", style)
        }
        if let note = outcome.note {
            out += StepScreen.note("La mesure n’a pas pu se faire : \(note).", style)
        }
        return out
    }

    private static func line(_ label: String, _ text: String, _ style: Style) -> String {
        let name = style.dim(label + "\u{A0}:") + " "
        return Wrap.text(
            Markdown.inline(text, style), width: style.width, first: name,
            rest: String(repeating: " ", count: Width.of(name)))
    }

    static func hint(_ hint: HintView, _ style: Style) -> String {
        let cost =
            hint.cost == 0 ? "gratuit" : "coûte \(French.count(hint.cost, "point")), si l’étape est réussie"
        let title = "Indice \(hint.number)/\(hint.count) (\(cost))"
        return "\n" + style.paint(French.set(title), .bold, .yellow) + "\n"
            + Markdown.render(French.set(hint.text), style)
    }

    static func solution(_ solution: SolutionView, _ style: Style) -> String {
        var out = "\n" + style.paint("Une solution", .bold, .yellow) + "\n\n"
        var lines = solution.script.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        while lines.first?.isEmpty == true { lines.removeFirst() }
        while lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines { out += line.isEmpty ? "\n" : "    " + style.code(String(line)) + "\n" }
        if !solution.explanation.isEmpty {
            out += "\n" + Markdown.render(French.set(solution.explanation), style)
        }
        let points = French.count(solution.cap, "point")
        let worth =
            solution.isSolved
            ? "L’étape est réussie : elle garde ses \(points)." : "L’étape peut encore rapporter \(points)."
        return out + "\n" + style.dim(French.set(worth)) + "\n"
    }

    static func reset(_ report: ResetReport, _ style: Style) -> String {
        var out = ""
        if !report.removed.isEmpty {
            out += StepScreen.note("Supprimé : \(report.removed.joined(separator: ", ")).", style)
        }
        if !report.restored.isEmpty {
            out += StepScreen.note("Remis : \(report.restored.joined(separator: ", ")).", style)
        }
        for problem in report.problems { out += "\(style.cross) \(French.set(problem))\n" }
        return out + StepScreen.text(report.view, style)
    }
}

extension Style {
    var isPlain: Bool { !hasColour }
}
