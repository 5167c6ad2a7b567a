/// The pages of `aide`.
package enum HelpPage {
    private static let groups: [(title: String, verbs: [Verb])] = [
        ("Les labs", [.labs, .ouvrir, .reprendre, .suivant, .precedent, .aller, .lire]),
        ("Une étape", [.predire, .lancer, .repondre, .verifier, .pourquoi, .indice, .solution, .refaire]),
        ("Mesurer et comprendre", [.expliquer, .comparer, .diagnostic, .glossaire]),
        ("Le reste", [.progres, .nettoyer, .moteur, .historique, .aide, .quitter])
    ]

    /// Everything, on one screen.
    package static func overview(_ style: Style) -> String {
        var out = ""
        for group in groups {
            out += style.paint(French.set(group.title), .bold, .blue) + "\n"
            for verb in group.verbs {
                let name = "  " + style.code(Width.pad(verb.french, to: 11)) + " "
                out += Wrap.text(
                    Markdown.inline(French.set(verb.help.summary), style), width: style.width, first: name,
                    rest: String(repeating: " ", count: 14))
            }
        }
        out += "\n"
        out += Markdown.render(
            French.set(
                "Accents facultatifs, débuts de mots acceptés (`ver` pour `vérifier`), `? MOT` pour l’aide sur un mot. Les commandes de conteneurs s’écrivent avec ou sans `docker` (`run`, `ps`, `exec`, `logs`…), les machines virtuelles avec `vm`. Toute autre ligne va à bash."
            ), style)
        return out
    }

    /// Help on a word: a verb, or one of Docker's; nil for anything else.
    package static func topic(_ word: String, _ style: Style) -> String? {
        // `docker run`, `escale vm`: about what follows.
        for front in ["docker ", "escale "] where word.hasPrefix(front) {
            let rest = String(word.dropFirst(front.count))
            let verb = String(rest.prefix { $0 != " " })
            if EngineHelp.verbs[rest] != nil || EngineHelp.verbs[verb] != nil {
                return topic(EngineHelp.verbs[rest] != nil ? rest : verb, style)
            }
        }
        switch Verb.match(word) {
        case .exact(let verb): return page(verb, style)
        case .prefix(let verb) where EngineHelp.verbs[word] == nil: return page(verb, style)
        default: break
        }
        guard let help = EngineHelp.verbs[word.lowercased()] else { return nil }
        return Markdown.render(
            French.set(
                "**\(word)** : \(help.summary).\n\nPar exemple : `\(help.example)`\n\n`\(word) --help` liste toutes ses options."
            ),
            style)
    }

    private static func page(_ verb: Verb, _ style: Style) -> String {
        let help = verb.help
        var text = "**\(help.usage)** : \(help.summary)."
        if !help.details.isEmpty { text += "\n\n\(help.details)" }
        let aliases = verb.aliases.filter { $0 != "?" }
        if !aliases.isEmpty {
            text += "\n\nAussi : \(aliases.map { "`\($0)`" }.joined(separator: ", "))."
        }
        return Markdown.render(French.set(text), style)
    }
}
