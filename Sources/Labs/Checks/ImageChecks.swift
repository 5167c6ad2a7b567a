/// A text stands nowhere in an image (a secret), or does: every layer is searched, and the configuration.
struct ImageText: CheckKind {
    let reference: String
    let text: String
    let present: Bool

    init?(_ r: CheckReader, present: Bool) {
        guard let map = r.map(["image", "text"]), let reference = map.text("image", required: true),
            let text = map.text("text", required: true)
        else { return nil }
        r.noExpectation()
        self.reference = reference
        self.text = text
        self.present = present
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        _ = try ImageReading(reference, c).json()
        let places = try c.world.places(of: text, in: reference)
        let got = places.isEmpty ? "nulle part" : places.joined(separator: ", ")
        if places.isEmpty != present { return .passed(got: got) }
        return present
            ? .failed(
                "« \(text) » n’est nulle part dans l’image « \(reference) »",
                help: "`history \(reference)` montre comment elle a été faite.", expected: "dans l’image",
                got: got)
            : .failed(
                "« \(text) » se lit dans l’image « \(reference) » : \(got)",
                help: "Qui a l’image a toutes ses couches, même celles qu’une autre recouvre.",
                expected: "nulle part", got: got)
    }
}

/// What `docker run --rm IMAGE ARGUMENTS` gives: its code, and what it shows.
struct ImageRun: CheckKind {
    let reference: String
    let arguments: String
    let status: Int
    let output: Expectation<Value>?

    init?(_ r: CheckReader) {
        guard let map = r.map(["image", "with"]), let reference = map.text("image", required: true) else {
            return nil
        }
        self.reference = reference
        arguments = map.text("with") ?? ""
        switch r.expected?.content {
        case nil:
            status = 0
            output = nil
        case .scalar(let text, _):
            guard let code = Int(text), (0...255).contains(code) else {
                r.problem(r.expected?.line, "« is » doit être un code de retour", repair: "« is: 0 »")
                return nil
            }
            status = code
            output = nil
        default:
            guard let node = r.expected, let pairs = node.pairs else {
                r.problem(
                    r.expected?.line, "« is » doit être un code ou un dictionnaire",
                    repair: "« is: { exit: 0, contains: … } »")
                return nil
            }
            status = node["exit"]?.text.flatMap(Int.init) ?? 0
            let rest = pairs.filter { $0.key != "exit" }
            guard !rest.isEmpty else {
                output = nil
                return
            }
            guard
                let parsed = Expectation.parse(
                    YAMLNode(.mapping(rest), line: node.line), file: r.file, problems: r.problems)
            else { return nil }
            output = parsed
        }
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        _ = try ImageReading(reference, c).json()
        let line = "docker run --rm \(reference)\(arguments.isEmpty ? "" : " ")\(arguments)"
        let (code, text) = try c.world.tryOut(reference, Extraction.words(arguments))
        let shown = Extraction.excerpt(text)
        guard code == status else {
            return .failed(
                "`\(line)` rend le code \(code)", help: shown.isEmpty ? "" : "Il affiche : « \(shown) ».",
                expected: "code \(status)", got: "\(code)")
        }
        guard let output else { return .passed(got: "\(code)") }
        let resolved = try output.map { v throws(Unread) in try v.read(c) }
        if resolved.holds(text) { return .passed(got: shown) }
        return .failed(
            "`\(line)` n’affiche pas ce qui est attendu", help: "Essayez-le : `\(line)`.",
            expected: output.described, got: shown)
    }
}
