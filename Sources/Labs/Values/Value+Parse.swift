extension Value {
    /// Keys of which one says what a mapping reads.
    static let sourceKeys = [
        "host", "workspace", "container", "host-pid-of", "host-ns", "image", "reference", "registry", "vm",
        "answer", "measure", "sum", "difference", "ratio", "count-distinct"
    ]
    private static let partKeys = ["line", "match", "word", "at", "key", "row", "column"]
    static let namespaces = ["pid", "net", "mnt", "ipc", "uts", "cgroup", "user", "time"]

    /// Keys that go with each source key.
    private static func companions(_ key: String) -> [String] {
        switch key {
        case "workspace": partKeys + ["age"]
        case "container":
            ["path", "run", "field", "log", "ns", "cgroup", "stop"] + partKeys
        case "image": ["field", "size", "layers", "shared", "holds", "path", "run"] + partKeys
        case "registry": RegistryRequest.keys + partKeys
        case "vm": ["log", "field"] + partKeys
        case "measure": ["of", "runs", "image"]
        case "host": partKeys
        case "answer": ["match"]
        default: []
        }
    }

    static func isSource(_ node: YAMLNode) -> Bool {
        node.pairs?.contains { sourceKeys.contains($0.key) } ?? false
    }

    /// Reads a value; problems go to the list and the result is nil.
    static func parse(_ node: YAMLNode, file: String, problems: ProblemList) -> Value? {
        if let text = node.text, !node.isNull { return Value(.literal(text)) }
        guard let pairs = node.pairs, let first = pairs.first(where: { sourceKeys.contains($0.key) }) else {
            problems.add(
                file, node.line, "on attend ici une valeur : un texte, un nombre ou un dictionnaire",
                repair: "clés possibles : \(sourceKeys.joined(separator: ", "))")
            return nil
        }
        let key = first.key
        guard
            let map = MapReader(
                node, file: file, what: "la valeur « \(key) »", keys: [key] + companions(key),
                problems: problems)
        else { return nil }
        let part = extraction(map, key: key)
        func text(_ make: (String) -> Source?) -> Value? {
            map.text(key, required: true).flatMap(make).map { Value($0, part: part) }
        }
        switch key {
        case "host": return text { .hostFile($0) }
        case "workspace":
            return text { path in
                if path.hasPrefix("/") || path.split(separator: "/").contains("..") {
                    map.wrong(key, first.value, "un chemin relatif à l’espace de travail, sans « .. »")
                    return nil
                }
                return map.text("age") == nil ? .workspaceFile(path) : .workspaceAge(path)
            }
        case "container": return text { name in container(name, map).map { .container(name, $0) } }
        case "host-pid-of": return text { .container($0, .hostPID) }
        case "host-ns":
            return map.text(key).flatMap { namespace($0, map, key) }.map { Value(.hostNamespace($0)) }
        case "image": return text { image($0, map) }
        case "reference": return text { .reference($0) }
        case "registry": return text { RegistryRequest.parse($0, map).map { .registry($0) } }
        case "vm": return text { name in vm(map).map { .vm(name, $0) } }
        case "answer": return answer(first.value, map, part)
        case "measure": return MeasureRequest.parse(map).map { Value(.measure($0)) }
        default: return arithmetic(key, first.value, file: file, problems: problems)
        }
    }

    private static func extraction(_ map: MapReader, key: String) -> Extraction {
        var part = Extraction()
        guard ["host", "workspace", "container", "image", "registry", "vm", "answer"].contains(key) else {
            return part
        }
        part.line = map.integer("line", in: -100_000...100_000)
        part.word = map.integer("word", in: -10_000...10_000)
        part.at = map.text("at")
        part.row = map.text("row")
        part.column = map.text("column")
        // In a cgroup file the key belongs to the file's own format.
        if map.node["cgroup"] == nil { part.key = map.text("key") }
        if let pattern = map.text("match") {
            if let why = ERE.problem(pattern) {
                map.problems.add(
                    map.file, map.node["match"]?.line ?? map.node.line,
                    "expression « \(pattern) » incorrecte (\(why))",
                    repair: "essayez-la avec « grep -E »")
            }
            part.match = pattern
        }
        return part
    }

    private static func container(_ name: String, _ map: MapReader) -> ContainerPart? {
        if let path = map.text("path") { return .path(path) }
        if let run = map.text("run") { return .run(run) }
        if let field = map.text("field") { return .field(field) }
        if map.node["log"] != nil { return .log }
        if let kind = map.text("ns") { return namespace(kind, map, "ns").map { .namespace($0) } }
        if let file = map.text("cgroup") { return .cgroup(file, key: map.text("key")) }
        if map.node["stop"] != nil { return .stopSeconds }
        map.problems.add(
            map.file, map.node.line, "que lire dans le conteneur « \(name) » ?",
            repair: "ajoutez l’une des clés : path, run, field, log, ns, cgroup, stop")
        return nil
    }

    private static func namespace(_ kind: String, _ map: MapReader, _ key: String) -> String? {
        if namespaces.contains(kind) || kind.contains("${") { return kind }
        map.problems.add(
            map.file, map.node[key]?.line ?? map.node.line, "espace de noms inconnu « \(kind) »",
            repair: "possibles : \(namespaces.joined(separator: ", "))")
        return nil
    }

    private static func image(_ reference: String, _ map: MapReader) -> Source? {
        if let field = map.text("field") { return .imageField(reference, field) }
        if let size = map.text("size") {
            if size == "total" { return .imageSize(reference, layer: nil) }
            if let layer = Int(size), layer > 0 { return .imageSize(reference, layer: layer) }
        }
        if map.text("layers") == "count" { return .image(reference, .layerCount) }
        if let other = map.text("shared") { return .image(reference, .shared(with: other)) }
        if let text = map.text("holds") { return .image(reference, .holds(text)) }
        if let path = map.text("path") { return .image(reference, .path(path)) }
        if let run = map.node["run"]?.text { return .image(reference, .run(run)) }
        map.problems.add(
            map.file, map.node.line, "que lire de l’image « \(reference) » ?",
            repair:
                "ajoutez « field: Config.Env », « size: total », « layers: count », « shared: AUTRE », « holds: TEXTE », « path: /chemin » ou « run: arguments »"
        )
        return nil
    }

    static let vmFields = ["state", "accelerator", "pid", "image", "memory", "exit"]

    private static func vm(_ map: MapReader) -> VMPart? {
        if map.node["log"] != nil { return .log }
        if let field = map.text("field"), vmFields.contains(field) { return .field(field) }
        map.problems.add(
            map.file, map.node.line, "que lire de la VM ?",
            repair: "ajoutez « log: true » ou « field: … » (\(vmFields.joined(separator: ", ")))")
        return nil
    }

    private static func answer(_ node: YAMLNode, _ map: MapReader, _ part: Extraction) -> Value? {
        guard let text = node.text else {
            map.wrong("answer", node, "true, un rang de mot ou une clé")
            return nil
        }
        if text == "true" { return Value(.answer(.whole), part: part) }
        if let n = Int(text) { return Value(.answer(.word(n)), part: part) }
        return Value(.answer(.key(text)), part: part)
    }

    private static func arithmetic(
        _ key: String, _ node: YAMLNode, file: String, problems: ProblemList
    ) -> Value? {
        guard let items = node.items, items.count >= 2 else {
            problems.add(
                file, node.line, "« \(key) » doit être une liste d’au moins deux valeurs",
                repair: "écrivez « \(key): [valeur, valeur] »")
            return nil
        }
        let values = items.compactMap { parse($0, file: file, problems: problems) }
        guard values.count == items.count else { return nil }
        switch key {
        case "sum": return Value(.sum(values))
        case "count-distinct": return Value(.countDistinct(values))
        default:
            guard values.count == 2 else {
                problems.add(
                    file, node.line, "« \(key) » prend deux valeurs", repair: "gardez-en deux")
                return nil
            }
            return Value(key == "ratio" ? .ratio(values[0], values[1]) : .difference(values[0], values[1]))
        }
    }
}

extension MeasureRequest {
    static func parse(_ map: MapReader) -> MeasureRequest? {
        guard let name = map.choice("measure", Name.self, required: true) else { return nil }
        var request = MeasureRequest(name)
        if let image = map.text("image") { request.image = image }
        if let runs = map.integer("runs", in: 1...50) { request.runs = runs }
        let of = map.node["of"]
        func need(_ what: String) {
            map.problems.add(
                map.file, map.node.line, "la mesure « \(name.rawValue) » exige « of »",
                repair: "ajoutez « of: \(what) »")
        }
        switch name {
        case .memoryRatio:
            request.containers = of?["containers"]?.text
            request.vms = of?["vms"]?.text
            if request.containers == nil || request.vms == nil { need("{ containers: …, vms: … }") }
        case .memoryContainer, .memoryVM, .diskVM:
            request.of = of?.text
            if request.of == nil { need("nom") }
        case .cpuRatio:
            request.of = of?.text
            if request.of != "container", request.of != "vm" { need("container » ou « of: vm") }
        default:
            if let of {
                map.problems.add(
                    map.file, of.line, "la mesure « \(name.rawValue) » n’a pas de « of »",
                    repair: "retirez-le, ou employez « image »")
            }
        }
        return request
    }
}
