import CYaml
import Support

/// A YAML node that remembers its line. Scalars stay text: the reader decides what they mean.
public struct YAMLNode: Sendable, Equatable {
    public indirect enum Content: Sendable, Equatable {
        /// `plain` is false for a quoted or block scalar.
        case scalar(String, plain: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLPair])
    }
    public var content: Content
    /// From 1.
    public var line: Int

    public init(_ content: Content, line: Int) {
        self.content = content
        self.line = line
    }

    public var text: String? { if case .scalar(let s, _) = content { s } else { nil } }
    public var items: [YAMLNode]? { if case .sequence(let s) = content { s } else { nil } }
    public var pairs: [YAMLPair]? { if case .mapping(let p) = content { p } else { nil } }
    /// An absent value: `key:` with nothing after it.
    public var isNull: Bool {
        if case .scalar(let s, plain: true) = content { return s.isEmpty || s == "~" || s == "null" }
        return false
    }

    public subscript(key: String) -> YAMLNode? { pairs?.first { $0.key == key }?.value }

    /// The same tree with every scalar value (not the keys) passed through `change`.
    func mapScalars(_ change: (String) -> String) -> YAMLNode {
        switch content {
        case .scalar(let s, let plain): YAMLNode(.scalar(change(s), plain: plain), line: line)
        case .sequence(let items): YAMLNode(.sequence(items.map { $0.mapScalars(change) }), line: line)
        case .mapping(let pairs):
            YAMLNode(
                .mapping(
                    pairs.map {
                        YAMLPair(key: $0.key, keyLine: $0.keyLine, value: $0.value.mapScalars(change))
                    }), line: line)
        }
    }

    /// Every scalar value with its line.
    var scalars: [(text: String, line: Int)] {
        switch content {
        case .scalar(let s, _): [(s, line)]
        case .sequence(let items): items.flatMap(\.scalars)
        case .mapping(let pairs): pairs.flatMap(\.value.scalars)
        }
    }
}

public struct YAMLPair: Sendable, Equatable {
    public let key: String
    public let keyLine: Int
    public var value: YAMLNode
}

/// What is wrong with a YAML text.
struct YAMLFailure: Error {
    let line: Int
    let rule: String
    let repair: String
}

/// One YAML document by libyaml's events. Refused: duplicate keys, several documents, tags, aliases that
/// blow up, and depth beyond what a lab needs.
struct YAMLReader {
    private static let maxDepth = 24
    /// Nodes that aliases may add: enough for shared blocks, too few for a "billion laughs".
    private static let maxAliased = 2000

    private let firstLine: Int
    private var anchors: [String: YAMLNode] = [:]
    private var aliased = 0

    /// - Parameter firstLine: the line of the file on which the text begins.
    static func parse(_ text: String, firstLine: Int = 1) throws(YAMLFailure) -> YAMLNode {
        var reader = YAMLReader(firstLine: firstLine)
        return try reader.document(Array(text.utf8))
    }

    private init(firstLine: Int) { self.firstLine = firstLine }

    private mutating func document(_ bytes: [UInt8]) throws(YAMLFailure) -> YAMLNode {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else {
            throw YAMLFailure(line: firstLine, rule: "mémoire insuffisante", repair: "libérez de la mémoire")
        }
        defer { yaml_parser_delete(&parser) }
        let input = UnsafeMutablePointer<UInt8>.allocate(capacity: max(bytes.count, 1))
        input.initialize(from: bytes, count: bytes.count)
        defer { input.deallocate() }
        yaml_parser_set_input_string(&parser, input, bytes.count)

        var root: YAMLNode?
        while true {
            var event = try next(&parser)
            let (type, line) = (event.type, Int(event.start_mark.line) + firstLine)
            switch type {
            case YAML_STREAM_END_EVENT:
                yaml_event_delete(&event)
                return root ?? YAMLNode(.scalar("", plain: true), line: firstLine)
            case YAML_STREAM_START_EVENT, YAML_DOCUMENT_END_EVENT:
                yaml_event_delete(&event)
            case YAML_DOCUMENT_START_EVENT:
                yaml_event_delete(&event)
                guard root == nil else {
                    throw YAMLFailure(
                        line: line, rule: "un seul document YAML par fichier",
                        repair: "retirez la ligne « --- » et ce qui la suit")
                }
            default:
                root = try node(&parser, &event, depth: 0)
            }
        }
    }

    private func next(_ parser: inout yaml_parser_t) throws(YAMLFailure) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else {
            let why = parser.problem.map { String(cString: $0) } ?? "texte illisible"
            throw YAMLFailure(
                line: Int(parser.problem_mark.line) + firstLine, rule: "YAML incorrect (\(why))",
                repair:
                    "vérifiez l’alignement, les guillemets et les « : » de cette ligne et de la précédente")
        }
        return event
    }

    /// Takes over and releases the event.
    private mutating func node(
        _ parser: inout yaml_parser_t, _ event: inout yaml_event_t, depth: Int
    ) throws(YAMLFailure) -> YAMLNode {
        defer { yaml_event_delete(&event) }
        let line = Int(event.start_mark.line) + firstLine
        guard depth < Self.maxDepth else {
            throw YAMLFailure(
                line: line, rule: "plus de \(Self.maxDepth) niveaux d’imbrication",
                repair: "aplatissez cette structure")
        }
        let result: YAMLNode
        var anchor: String?
        switch event.type {
        case YAML_ALIAS_EVENT:
            return try alias(String(cString: event.data.alias.anchor), line)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            try refuse(tag: scalar.tag, line)
            anchor = scalar.anchor.map { String(cString: $0) }
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            result = YAMLNode(
                .scalar(
                    String(decoding: bytes, as: UTF8.self), plain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                line: line)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            try refuse(tag: start.tag, line)
            anchor = start.anchor.map { String(cString: $0) }
            var items: [YAMLNode] = []
            while true {
                var inner = try next(&parser)
                if inner.type == YAML_SEQUENCE_END_EVENT {
                    yaml_event_delete(&inner)
                    break
                }
                items.append(try node(&parser, &inner, depth: depth + 1))
            }
            result = YAMLNode(.sequence(items), line: line)
        default:
            let start = event.data.mapping_start
            try refuse(tag: start.tag, line)
            anchor = start.anchor.map { String(cString: $0) }
            result = YAMLNode(.mapping(try mapping(&parser, depth: depth)), line: line)
        }
        if let anchor { anchors[anchor] = result }
        return result
    }

    private mutating func mapping(_ parser: inout yaml_parser_t, depth: Int) throws(YAMLFailure)
        -> [YAMLPair]
    {
        var pairs: [YAMLPair] = []
        while true {
            var inner = try next(&parser)
            if inner.type == YAML_MAPPING_END_EVENT {
                yaml_event_delete(&inner)
                return pairs
            }
            let key = try node(&parser, &inner, depth: depth + 1)
            guard let name = key.text else {
                throw YAMLFailure(
                    line: key.line, rule: "une clé doit être un mot",
                    repair: "mettez des guillemets autour de la valeur si elle contient « ${ » ou « { »")
            }
            if let first = pairs.first(where: { $0.key == name }) {
                throw YAMLFailure(
                    line: key.line, rule: "la clé « \(name) » est donnée deux fois",
                    repair: "gardez-en une seule (la première est ligne \(first.keyLine))")
            }
            var event = try next(&parser)
            let value = try node(&parser, &event, depth: depth + 1)
            pairs.append(YAMLPair(key: name, keyLine: key.line, value: value))
        }
    }

    private mutating func alias(_ name: String, _ line: Int) throws(YAMLFailure) -> YAMLNode {
        guard let node = anchors[name] else {
            throw YAMLFailure(
                line: line, rule: "l’ancre « *\(name) » n’existe pas",
                repair: "définissez « &\(name) » plus haut, ou recopiez la valeur")
        }
        aliased += Self.size(node)
        guard aliased <= Self.maxAliased else {
            throw YAMLFailure(
                line: line, rule: "trop d’alias YAML",
                repair: "recopiez les valeurs au lieu de les référencer")
        }
        return node
    }

    private static func size(_ node: YAMLNode) -> Int {
        switch node.content {
        case .scalar: 1
        case .sequence(let items): items.reduce(1) { $0 + size($1) }
        case .mapping(let pairs): pairs.reduce(1) { $0 + 1 + size($1.value) }
        }
    }

    private func refuse(tag: UnsafeMutablePointer<yaml_char_t>?, _ line: Int) throws(YAMLFailure) {
        guard let tag else { return }
        throw YAMLFailure(
            line: line, rule: "l’étiquette YAML « \(String(cString: tag)) » n’est pas acceptée",
            repair: "retirez-la")
    }
}
