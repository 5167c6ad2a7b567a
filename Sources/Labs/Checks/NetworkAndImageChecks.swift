import Support

/// An HTTP answer: its status and, where asked, its body.
struct HTTPCheck: CheckKind {
    enum Target: Sendable {
        case url(String)
        case container(String, port: Int, path: String)
    }
    let target: Target
    let status: Int
    let body: Expectation<Value>?

    init?(_ r: CheckReader) {
        guard let map = r.map(["url", "container", "port", "path"]) else { return nil }
        if let url = map.text("url") {
            guard url.hasPrefix("http://") else {
                map.wrong("url", map.node, "une adresse http://…")
                return nil
            }
            target = .url(url)
        } else if let name = map.text("container") {
            target = .container(
                name, port: map.integer("port", in: 1...65535) ?? 80, path: map.text("path") ?? "/")
        } else {
            r.problem(
                map.node.line, "quelle adresse interroger ?",
                repair: "« url: … » ou « container: NOM, port: 80 »")
            return nil
        }
        switch r.expected?.content {
        case nil:
            status = 200
            body = nil
        case .scalar(let text, _):
            guard let code = Int(text), (100...599).contains(code) else {
                r.problem(r.expected?.line, "« is » doit être un code HTTP", repair: "« is: 200 »")
                return nil
            }
            status = code
            body = nil
        default:
            guard let node = r.expected, let pairs = node.pairs else {
                r.problem(
                    r.expected?.line, "« is » doit être un code ou un dictionnaire",
                    repair: "« is: { status: 200, contains: … } »")
                return nil
            }
            status = node["status"]?.text.flatMap(Int.init) ?? 200
            let rest = pairs.filter { $0.key != "status" }
            if rest.isEmpty {
                body = nil
            } else {
                guard
                    let parsed = Expectation.parse(
                        YAMLNode(.mapping(rest), line: node.line), file: r.file, problems: r.problems)
                else { return nil }
                body = parsed
            }
        }
    }

    var objects: Value.Objects {
        if case .container(let name, _, _) = target {
            Value.Objects(containers: [name])
        } else {
            Value.Objects()
        }
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let url = try address(c)
        let answer: (status: Int, body: String)
        do { answer = try c.world.http(url) } catch {
            return .failed(
                "\(url) ne répond pas", help: error.reason, expected: "réponse \(status)",
                got: "pas de réponse")
        }
        guard answer.status == status else {
            return .failed(
                "\(url) répond \(answer.status)", help: "`curl -i \(url)` montre la réponse entière.",
                expected: "\(status)", got: "\(answer.status)")
        }
        guard let body else { return .passed(got: "\(answer.status)") }
        let resolved = try body.map { v throws(Unread) in try v.read(c) }
        let got = Extraction.excerpt(answer.body)
        if resolved.holds(answer.body) { return .passed(got: got) }
        return .failed(
            "le contenu de \(url) ne convient pas", help: "`curl \(url)` le montre.",
            expected: body.described,
            got: got)
    }

    private func address(_ c: CheckContext) throws(Unread) -> String {
        switch target {
        case .url(let url): return url
        case .container(let name, let port, let path):
            _ = try c.pid(of: name)
            let networks = try c.container(name)["NetworkSettings"]["Networks"].object?.members ?? []
            guard
                let ip = networks.lazy.compactMap({ $0.value["IPAddress"].string }).first(where: {
                    !$0.isEmpty
                })
            else {
                throw Unread("« \(name) » n’a pas d’adresse", help: "Lancez-le sur le réseau par défaut.")
            }
            return "http://\(ip):\(port)\(path.hasPrefix("/") ? "" : "/")\(path)"
        }
    }
}

struct ImagePresence: CheckKind {
    let reference: String
    let present: Bool

    init?(_ r: CheckReader, present: Bool) {
        guard let reference = r.name() else { return nil }
        r.noExpectation()
        self.reference = reference
        self.present = present
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let there = try c.world.image(reference) != nil
        if there == present { return .passed(got: there ? "présente" : "absente") }
        return .failed(
            "l’image « \(reference) » \(there ? "est toujours là" : "n’est pas là")",
            help: "`images` montre celles qui y sont.", expected: present ? "présente" : "absente",
            got: there ? "présente" : "absente")
    }
}
