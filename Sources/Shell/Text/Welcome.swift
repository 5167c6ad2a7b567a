/// First and last words.
enum Welcome {
    static func text(_ labs: any LabFront, _ style: Style) -> String {
        var out = style.paint("Escale", .bold, .blue)
        out += style.dim(French.set(" : conteneurs et machines virtuelles, pour de vrai")) + "\n\n"
        guard labs.isNewcomer else {
            return out + Markdown.render(French.set(labs.greeting), style) + "\n"
        }
        out += Markdown.render(
            French.set(
                "Bienvenue ! Tout ce que vous ferez ici est réel, et rien n’abîme votre machine. Trois mots suffisent pour commencer :"
            ),
            style)
        out += "\n"
        for (word, what) in [
            ("ouvrir 1", "commence le premier lab"),
            ("vérifier", "dit si l’étape est réussie, et sinon ce qui manque"),
            ("aide", "montre tout le reste (`? MOT` pour un mot précis)")
        ] {
            out += "    " + style.code(Width.pad(word, to: 12))
            out += Markdown.inline(French.set(what), style) + "\n"
        }
        return out + "\n"
    }

    static func goodbye(_ style: Style) -> String {
        Markdown.render(
            French.set(
                "À bientôt ! Tout est enregistré : `reprendre` vous ramènera ici. Vos conteneurs et vos VM continuent de tourner."
            ),
            style)
    }
}
