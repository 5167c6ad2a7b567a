extension Expectation where Operand == Value {
    private static var keys: [String] {
        [
            "not", "above", "below", "at-least", "at-most", "near", "within", "contains", "match", "set",
            "sequence", "one-of"
        ]
    }

    /// Reads what follows `is:`.
    static func parse(_ node: YAMLNode, file: String, problems: ProblemList) -> Expectation? {
        func value(_ node: YAMLNode) -> Value? { Value.parse(node, file: file, problems: problems) }
        func values(_ node: YAMLNode) -> [Value]? {
            guard let items = node.items, !items.isEmpty else {
                problems.add(file, node.line, "on attend ici une liste", repair: "écrivez « [a, b] »")
                return nil
            }
            let list = items.compactMap(value)
            return list.count == items.count ? list : nil
        }
        if node.text != nil || Value.isSource(node) { return value(node).map { .equal($0) } }
        if node.items != nil { return values(node).map { .oneOf($0) } }
        guard
            let map = MapReader(node, file: file, what: "l’attente", keys: keys, problems: problems),
            let pairs = node.pairs
        else { return nil }
        var all: [Expectation] = []
        for pair in pairs {
            let one: Expectation? =
                switch pair.key {
                case "not": parse(pair.value, file: file, problems: problems).map { .not($0) }
                case "above": value(pair.value).map { .above($0) }
                case "below": value(pair.value).map { .below($0) }
                case "at-least": value(pair.value).map { .atLeast($0) }
                case "at-most": value(pair.value).map { .atMost($0) }
                case "contains": value(pair.value).map { .contains($0) }
                case "set": values(pair.value).map { .set($0) }
                case "sequence": values(pair.value).map { .sequence($0) }
                case "one-of": values(pair.value).map { .oneOf($0) }
                case "match": pattern(pair.value, map)
                case "near": near(pair.value, map)
                default: nil
                }
            if let one { all.append(one) }
        }
        if node["within"] != nil, node["near"] == nil {
            problems.add(
                file, node.line, "« within » n’a de sens qu’avec « near »",
                repair: "écrivez « { near: valeur, within: \"20 %\" } »")
        }
        guard let first = all.first else { return nil }
        return all.count == 1 ? first : .all(all)
    }

    private static func pattern(_ node: YAMLNode, _ map: MapReader) -> Expectation? {
        guard let text = node.text else {
            map.wrong("match", node, "une expression de grep -E")
            return nil
        }
        if let why = ERE.problem(text) {
            map.problems.add(
                map.file, node.line, "expression « \(text) » incorrecte (\(why))",
                repair: "essayez-la avec « grep -E »")
            return nil
        }
        return .match(text)
    }

    private static func near(_ node: YAMLNode, _ map: MapReader) -> Expectation? {
        guard let tolerance = map.value("within") else {
            map.problems.add(
                map.file, node.line, "« near » exige « within »", repair: "ajoutez « within: \"20 %\" »")
            return nil
        }
        guard let text = tolerance.text, let quantity = Quantity(text), quantity.raw >= 0 else {
            map.wrong("within", tolerance, "une tolérance, « 20 % » ou « 3 »")
            return nil
        }
        guard let value = Value.parse(node, file: map.file, problems: map.problems) else { return nil }
        return .near(value, text.contains("%") ? .percent(quantity.raw) : .absolute(quantity.raw))
    }
}
