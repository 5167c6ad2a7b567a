import Support

/// Names of containers and volumes.
package enum Names {
    /// Docker's rule, `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    package static func isValid(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        func isAlphanumeric(_ c: UInt8) -> Bool {
            (48...57).contains(c) || (65...90).contains(c) || (97...122).contains(c)
        }
        guard bytes.count >= 2, isAlphanumeric(bytes[0]) else { return false }
        return bytes.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "-")
        }
    }

    /// A name from a request, `/` in front accepted.
    package static func check(_ name: String) throws(EscaleError) -> String {
        let bare = name.hasPrefix("/") ? String(name.dropFirst()) : name
        guard isValid(bare) else {
            throw EscaleError(
                .invalid,
                "Invalid container name (\(name)), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        }
        return bare
    }

    /// `brave_phare`, with a digit when the first tries are taken.
    package static func random(isTaken: (String) -> Bool) -> String {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator, isTaken: isTaken)
    }

    package static func random(
        using generator: inout some RandomNumberGenerator, isTaken: (String) -> Bool
    ) -> String {
        for attempt in 0... {
            let adjective = adjectives.randomElement(using: &generator) ?? "calme"
            let noun = nouns.randomElement(using: &generator) ?? "port"
            let name = "\(adjective)_\(noun)"
            let full = attempt < 6 ? name : name + "\(Int.random(in: 0...(attempt * 10), using: &generator))"
            if !isTaken(full) { return full }
        }
        return Hex.random(8)
    }

    /// Words that are the same for both genders, so that every pair agrees.
    private static let adjectives = [
        "agile", "aimable", "alerte", "antique", "brave", "calme", "celeste", "comique", "digne", "docile",
        "efficace", "energique", "epique", "fantastique", "fidele", "flexible", "formidable", "habile",
        "honnete", "illustre", "intrepide", "jeune", "juste", "libre", "logique", "lucide", "magique",
        "magnifique", "mobile", "moderne", "modeste", "notable", "optimiste", "paisible", "poetique",
        "pratique", "propre", "rapide", "robuste", "sage", "sensible", "simple", "sincere",
        "sobre", "solide", "splendide", "stable", "superbe", "tenace", "tranquille", "unique", "utile",
        "valable", "vaste", "volontaire"
    ]

    private static let nouns = [
        "ancre", "archipel", "baie", "balise", "barque", "bouee", "boussole", "brise", "cabotage", "cale",
        "canal", "cap", "cargo", "caravelle", "chaloupe", "chenal", "conteneur", "coque", "corail",
        "cordage", "crique", "dauphin", "digue", "dock", "dune", "ecluse", "embarcadere", "escale",
        "estuaire", "falaise", "fjord", "flotte", "fregate", "goeland", "goelette", "grue", "hauban",
        "havre", "horizon", "houle", "ile", "jetee", "lagon", "littoral", "maree", "marin", "mat",
        "mouette", "mousse", "nef", "ocean", "paquebot", "pavillon", "phare", "pilote", "plage", "pont",
        "port", "proue", "quai", "rade", "radeau", "rivage", "sextant", "sillage", "sirene", "tortue",
        "vague", "vigie", "voile", "voilier", "yole"
    ]
}
