import Support

/// Reads a mapping strictly: every key known, every value of the right type. Problems go to the list and
/// reading goes on, so that one loading finds them all.
struct MapReader {
    let file: String
    let node: YAMLNode
    let problems: ProblemList
    /// What this mapping is, for messages: « la fiche du lab », « la vérification »…
    let what: String

    /// Nil (and a problem) where the node is no mapping.
    init?(
        _ node: YAMLNode, file: String, what: String, keys: [String], problems: ProblemList
    ) {
        self.file = file
        self.node = node
        self.problems = problems
        self.what = what
        guard let pairs = node.pairs else {
            problems.add(
                file, node.line, "\(what) doit être un dictionnaire « clé: valeur »",
                repair: "clés possibles\u{A0}: \(keys.joined(separator: ", "))")
            return nil
        }
        for pair in pairs where !keys.contains(pair.key) {
            let near = Nearest.word(to: pair.key, among: keys)
            problems.add(
                file, pair.keyLine, "clé inconnue « \(pair.key) » dans \(what)",
                repair: near.map { "vouliez-vous « \($0) »\u{A0}?" }
                    ?? "clés possibles\u{A0}: \(keys.joined(separator: ", "))")
        }
    }

    /// The value, nil where absent; a problem too where it is required.
    func value(_ key: String, required: Bool = false) -> YAMLNode? {
        if let value = node[key], !value.isNull { return value }
        if required {
            problems.add(
                file, node.line, "clé « \(key) » manquante dans \(what)", repair: "ajoutez « \(key): … »")
        } else if let value = node[key] {
            problems.add(
                file, value.line, "« \(key) » est vide dans \(what)",
                repair: "donnez une valeur, ou retirez la ligne")
        }
        return nil
    }

    func text(_ key: String, required: Bool = false) -> String? {
        guard let value = value(key, required: required) else { return nil }
        guard let text = value.text else {
            wrong(key, value, "un texte")
            return nil
        }
        return text
    }

    func integer(_ key: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
        guard let value = value(key, required: required) else { return nil }
        guard let text = value.text, let n = Int(text), range.contains(n) else {
            wrong(key, value, "un entier de \(range.lowerBound) à \(range.upperBound)")
            return nil
        }
        return n
    }

    func choice<T: RawRepresentable & CaseIterable>(_ key: String, _ type: T.Type, required: Bool = false)
        -> T? where T.RawValue == String
    {
        guard let value = value(key, required: required) else { return nil }
        guard let text = value.text, let result = T(rawValue: text) else {
            wrong(key, value, "l’un de\u{A0}: \(T.allCases.map(\.rawValue).joined(separator: ", "))")
            return nil
        }
        return result
    }

    /// A list of texts with their lines.
    func texts(_ key: String, required: Bool = false) -> [(text: String, line: Int)] {
        guard let value = value(key, required: required) else { return [] }
        guard let items = value.items, items.allSatisfy({ $0.text != nil }) else {
            wrong(key, value, "une liste de textes «\u{A0}[a, b]\u{A0}»")
            return []
        }
        return items.compactMap { item in item.text.map { ($0, item.line) } }
    }

    func integers(_ key: String, in range: ClosedRange<Int>, required: Bool = false)
        -> [(value: Int, line: Int)]
    {
        guard let value = value(key, required: required) else { return [] }
        let items = value.items ?? []
        let numbers = items.compactMap { item in
            item.text.flatMap(Int.init).flatMap { range.contains($0) ? ($0, item.line) : nil }
        }
        if numbers.isEmpty || numbers.count != items.count {
            wrong(key, value, "une liste d’entiers de \(range.lowerBound) à \(range.upperBound)")
        }
        return numbers
    }

    func wrong(_ key: String, _ value: YAMLNode, _ wanted: String) {
        problems.add(
            file, value.line, "«\u{A0}\(key)\u{A0}» doit être \(wanted)",
            repair: "écrivez \(wanted) après «\u{A0}\(key):\u{A0}»")
    }
}

/// Names used in labs.
enum Identifier {
    /// Lower-case letters, digits and dashes, not at the ends.
    static func isValid(_ text: String) -> Bool {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz0123456789-")
        return !text.isEmpty && text.allSatisfy(allowed.contains) && text.first != "-" && text.last != "-"
    }

    /// A variable: capital letters, digits and `_`, a letter first.
    static func isVariable(_ text: String) -> Bool {
        guard let first = text.utf8.first, (65...90).contains(first) else { return false }
        return text.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
