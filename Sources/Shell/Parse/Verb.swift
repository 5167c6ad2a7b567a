/// What a learner can ask of the shell itself. The raw value is the French word, unaccented.
package enum Verb: String, CaseIterable, Sendable {
    case labs, ouvrir, suivant, precedent, aller, lire
    case predire, lancer, repondre, verifier
    case indice, pourquoi, solution
    case expliquer, comparer
    case progres, refaire, reprendre
    case diagnostic, nettoyer, moteur
    case glossaire, historique, aide, quitter

    /// As it is written in French.
    package var french: String {
        switch self {
        case .precedent: "précédent"
        case .predire: "prédire"
        case .repondre: "répondre"
        case .verifier: "vérifier"
        case .progres: "progrès"
        default: rawValue
        }
    }

    /// English names and shortcuts, for those who know them from elsewhere.
    package var aliases: [String] {
        switch self {
        case .labs: ["list"]
        case .ouvrir: ["open", "start-lab"]
        case .suivant: ["next"]
        case .precedent: ["previous", "prev"]
        case .aller: ["goto"]
        case .lire: ["enonce", "show"]
        case .predire: ["predict"]
        case .lancer: ["measure"]
        case .repondre: ["answer", "reponse"]
        case .verifier: ["check", "verify"]
        case .indice: ["hint"]
        case .pourquoi: ["why"]
        case .solution: []
        case .expliquer: []
        case .comparer: []
        case .progres: ["progress", "score"]
        case .refaire: ["reset", "redo"]
        case .reprendre: ["resume", "continuer"]
        case .diagnostic: []
        case .nettoyer: ["clean", "cleanup"]
        case .moteur: ["engine"]
        case .glossaire: ["glossary", "lexique"]
        case .historique: ["history"]
        case .aide: ["help", "?"]
        case .quitter: ["quit", "exit", "bye"]
        }
    }

    /// Verbs that only pass their words on to another command of `escale`.
    package var command: String? {
        switch self {
        case .expliquer: "explain"
        case .comparer: "compare"
        case .diagnostic: "doctor"
        default: nil
        }
    }

    /// Every word that names a verb, French first.
    package static var words: [(word: String, verb: Verb)] {
        allCases.flatMap { verb in ([verb.rawValue] + verb.aliases).map { ($0, verb) } }
    }
}

/// What a first word may stand for.
package enum VerbMatch: Equatable, Sendable {
    /// The word itself, or one of its aliases.
    case exact(Verb)
    /// The beginning of exactly one verb.
    case prefix(Verb)
    /// The beginning of several.
    case ambiguous([Verb])
    case none
}

extension Verb {
    /// Looks a word up: exactly first, then as a beginning; French before English.
    package static func match(_ word: String) -> VerbMatch {
        let key = Fold.key(word)
        guard !key.isEmpty else { return .none }
        if let exact = words.first(where: { $0.word == key }) { return .exact(exact.verb) }
        guard key.allSatisfy({ $0.isLetter }) else { return .none }
        for names in [allCases.map { ($0.rawValue, $0) }, words.map { ($0.word, $0.verb) }] {
            var found: [Verb] = []
            for (name, verb) in names where name.hasPrefix(key) && !found.contains(verb) {
                found.append(verb)
            }
            if found.count == 1 { return .prefix(found[0]) }
            if found.count > 1 { return .ambiguous(found) }
        }
        return .none
    }
}
