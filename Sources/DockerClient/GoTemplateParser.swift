import Support

/// Source text to nodes, by recursive descent.
struct GoTemplateParser {
    private enum Piece {
        case text(String)
        case action(String)
    }

    private var pieces: [Piece] = []
    private var at = 0
    private var failure: EscaleError?

    init(_ source: String) {
        var rest = Substring(source)
        while let open = rest.firstRange(of: "{{") {
            var text = String(rest[..<open.lowerBound])
            rest = rest[open.upperBound...]
            if rest.hasPrefix("-") {
                rest.removeFirst()
                while text.last?.isWhitespace == true { text.removeLast() }
            }
            pieces.append(.text(text))
            guard let close = rest.firstRange(of: "}}") else {
                failure = Self.bad("unclosed action")
                return
            }
            var action = rest[..<close.lowerBound]
            rest = rest[close.upperBound...]
            if action.hasSuffix("-") {
                action.removeLast()
                rest = rest.drop(while: \.isWhitespace)
            }
            if !action.hasPrefix("/*") { pieces.append(.action(action.trimmed)) }
        }
        pieces.append(.text(String(rest)))
    }

    static func bad(_ why: String) -> EscaleError {
        EscaleError(.invalid, "template parsing error: \(why)", repair: "--format '{{.Name}}'")
    }

    mutating func template() throws(EscaleError) -> [GoTemplate.Node] {
        if let failure { throw failure }
        let (nodes, end) = try list()
        if let end { throw Self.bad("unexpected {{\(end)}}") }
        return nodes
    }

    /// Nodes up to `end` or `else`, which is returned.
    private mutating func list() throws(EscaleError) -> ([GoTemplate.Node], String?) {
        var nodes: [GoTemplate.Node] = []
        while at < pieces.count {
            let piece = pieces[at]
            at += 1
            guard case .action(let action) = piece else {
                if case .text(let text) = piece, !text.isEmpty { nodes.append(.text(text)) }
                continue
            }
            let (word, rest) = Self.firstWord(action)
            switch word {
            case "end": return (nodes, "end")
            case "else": return (nodes, action)
            case "if", "with": nodes.append(try branch(rest, with: word == "with"))
            case "range": nodes.append(try range(rest))
            default: nodes.append(try Self.simple(action))
            }
        }
        return (nodes, nil)
    }

    private mutating func branch(_ condition: String, with: Bool) throws(EscaleError) -> GoTemplate.Node {
        let pipeline = try Self.pipeline(condition)
        let (then, end) = try list()
        return .branch(pipeline, then: then, otherwise: try otherwise(end), with: with)
    }

    private mutating func otherwise(_ end: String?) throws(EscaleError) -> [GoTemplate.Node] {
        guard let end else { throw Self.bad("unexpected EOF") }
        if end == "end" { return [] }
        let (_, rest) = Self.firstWord(end)
        let (word, condition) = Self.firstWord(rest)
        if word == "if" { return [try branch(condition, with: false)] }
        let (nodes, last) = try list()
        guard last == "end" else { throw Self.bad("unexpected EOF") }
        return nodes
    }

    private mutating func range(_ text: String) throws(EscaleError) -> GoTemplate.Node {
        var key: String?
        var value: String?
        var source = text
        if text.hasPrefix("$"), let assign = text.firstRange(of: ":=") {
            let names = text[..<assign.lowerBound].split(separator: ",").map {
                String($0.trimmed.dropFirst())
            }
            if names.count == 2 { key = names[0] }
            value = names.last
            source = text[assign.upperBound...].trimmed
        }
        let pipeline = try Self.pipeline(source)
        let (body, end) = try list()
        return .range(key: key, value: value, pipeline, body: body, otherwise: try otherwise(end))
    }

    private static func simple(_ action: String) throws(EscaleError) -> GoTemplate.Node {
        if action.hasPrefix("$"), let assign = action.firstRange(of: ":=") {
            return .assign(
                String(action[..<assign.lowerBound].trimmed.dropFirst()),
                try pipeline(action[assign.upperBound...].trimmed))
        }
        return .output(try pipeline(action))
    }

    private static func firstWord(_ text: String) -> (String, String) {
        let word = text.prefix { !$0.isWhitespace }
        return (String(word), text[word.endIndex...].trimmed)
    }

    static func pipeline(_ text: String) throws(EscaleError) -> GoTemplate.Pipeline {
        var tokens = try tokenize(text)[...]
        let pipeline = try parse(&tokens)
        guard tokens.isEmpty else { throw bad("unexpected \"\(tokens[tokens.startIndex])\" in operand") }
        return pipeline
    }

    private static func parse(_ tokens: inout ArraySlice<String>) throws(EscaleError) -> GoTemplate.Pipeline {
        var commands: [[GoTemplate.Term]] = [[]]
        while let token = tokens.first, token != ")" {
            tokens.removeFirst()
            if token == "|" {
                commands.append([])
            } else {
                commands[commands.count - 1].append(try term(token, &tokens))
            }
        }
        if commands.contains(where: \.isEmpty) { throw bad("missing value for command") }
        return GoTemplate.Pipeline(commands: commands)
    }

    private static func term(_ token: String, _ tokens: inout ArraySlice<String>) throws(EscaleError)
        -> GoTemplate.Term
    {
        func path(_ text: some StringProtocol) -> [String] {
            String(text).split(separator: "." as Character).map { String($0) }
        }
        switch token.first {
        case "(":
            let inner = try parse(&tokens)
            guard tokens.popFirst() == ")" else { throw bad("unclosed left paren") }
            if let next = tokens.first, next.hasPrefix("."), next.count > 1 {
                tokens.removeFirst()
                return .group(inner, path(next))
            }
            return .group(inner, [])
        case ".": return .field(path(token))
        case "$":
            let name = token.dropFirst().prefix { $0 != "." }
            return .variable(String(name), path(token.dropFirst(1 + name.count)))
        case "\"": return .literal(try JSON.parse(token))
        case "`": return .literal(.string(String(token.dropFirst().dropLast())))
        default:
            if let i = Int64(token) { return .literal(.int(i)) }
            if let d = Double(token) { return .literal(.double(d)) }
            if token == "true" || token == "false" { return .literal(.bool(token == "true")) }
            if token == "nil" { return .literal(.null) }
            guard GoTemplateFunctions.names.contains(token) else {
                throw bad("function \"\(token)\" not defined")
            }
            return .function(token)
        }
    }

    private static func tokenize(_ text: String) throws(EscaleError) -> [String] {
        var tokens: [String] = []
        var rest = Substring(text)
        while let c = rest.first {
            switch c {
            case _ where c.isWhitespace: rest.removeFirst()
            case "(", ")", "|", ",": tokens.append(String(rest.removeFirst()))
            case "\"", "`":
                var token = String(rest.removeFirst())
                while let d = rest.popFirst() {
                    token.append(d)
                    if d == "\\", c == "\"", let e = rest.popFirst() {
                        token.append(e)
                    } else if d == c {
                        break
                    }
                }
                guard token.count > 1, token.last == c else { throw bad("unterminated quoted string") }
                tokens.append(token)
            default:
                let word = rest.prefix { !$0.isWhitespace && !"()|,\"`".contains($0) }
                tokens.append(String(word))
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }
}

extension StringProtocol {
    /// Where `text` first stands.
    func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
