import Labs

/// A step as it is read.
enum StepScreen {
    static func text(_ view: StepView, _ style: Style) -> String {
        var out = ""
        for notice in view.notices { out += note(notice, style) }
        let mode =
            switch view.mode {
            case .worked: "exemple guidé"
            case .gaps: "à compléter"
            case .goal: "à vous de jouer"
            }
        var head = "\(view.lab.title), étape \(view.step.number)/\(view.count), \(mode), "
        head += French.count(view.step.points, "point")
        out += style.dim(Wrap.text(French.set(head), width: style.width).trimmingNewline) + "\n"
        out += "\n" + Markdown.render("# " + view.step.title, style) + "\n"
        if view.step.solved {
            let earned = "Déjà réussie : \(view.step.earned)/\(view.step.points) points."
            out += "\(style.tick) \(French.set(earned))\n\n"
        }
        if let why = view.unavailable { out += note(why, style) + "\n" }
        out += Markdown.render(French.set(view.text), style)
        if let prediction = view.prediction {
            out += "\n" + self.prediction(prediction, style)
            if prediction.chosen == nil {
                let example = prediction.choices.map { "`predire \($0.key)`" }
                out += Markdown.render(
                    French.set("Engagez-vous avant de mesurer : \(example.joined(separator: ", "))."), style)
            }
        }
        return "\n" + out + "\n"
    }

    /// `Étape 3/14 : Trois conteneurs…`, for a report on a step that is not on the screen.
    static func heading(_ view: StepView, _ style: Style) -> String {
        let text = French.set("Étape \(view.step.number)/\(view.count) : \(view.step.title)")
        return Wrap.lines(text, width: style.width).map { style.paint($0, .bold, .blue) + "\n" }.joined()
    }

    static func prediction(_ prediction: PredictionView, _ style: Style) -> String {
        var out = Wrap.text(
            style.paint("Prédiction", .bold, .magenta) + "\u{A0}: "
                + Markdown.inline(French.set(prediction.question), style),
            width: style.width)
        for (key, text) in prediction.choices {
            let mark = prediction.chosen == key ? style.paint(style.isUTF8 ? "●" : "*", .magenta) : " "
            let label = " \(mark) \(style.bold(key)). "
            out += Wrap.text(
                Markdown.inline(French.set(text), style), width: style.width, first: label,
                rest: String(repeating: " ", count: Width.of(label)))
        }
        return out
    }

    /// The steps of the open lab, one a line.
    static func steps(_ view: StepView, _ style: Style) -> String {
        ProgressScreen.steps(view.lab, current: view.step.number, style)
    }

    static func note(_ text: String, _ style: Style) -> String {
        let mark = style.paint(style.isUTF8 ? "▸" : ">", .yellow) + " "
        return Wrap.text(
            Markdown.inline(French.set(text), style), width: style.width, first: mark, rest: "  ")
    }
}

extension String {
    var trimmingNewline: String { hasSuffix("\n") ? String(dropLast()) : self }
}
