import Support

/// The part of Go's text/template that `docker --format` users write: fields, pipes, `range`, `if`,
/// `with`, variables, and Docker's functions (`json`, `join`, `index`, `len`, `printf`, ...).
public struct GoTemplate: Sendable {
    indirect enum Node: Sendable {
        case text(String)
        case output(Pipeline)
        case branch(Pipeline, then: [Node], otherwise: [Node], with: Bool)
        case range(key: String?, value: String?, Pipeline, body: [Node], otherwise: [Node])
        case assign(String, Pipeline)
    }

    /// Commands joined by `|`: each gets the value before it as its last argument.
    struct Pipeline: Sendable { var commands: [[Term]] }

    indirect enum Term: Sendable {
        case field([String])
        case variable(String, [String])
        case literal(JSON)
        case function(String)
        case group(Pipeline, [String])
    }

    let nodes: [Node]

    /// - Throws: `.invalid`, worded as Docker does: `template parsing error: ...`.
    public init(_ source: String) throws(EscaleError) {
        var parser = GoTemplateParser(source)
        nodes = try parser.template()
    }

    public func render(_ value: JSON) throws(EscaleError) -> String {
        var scope = GoTemplateScope(root: value, variables: ["": value])
        var out = ""
        try scope.render(nodes, dot: value, into: &out)
        return out
    }
}

struct GoTemplateScope {
    let root: JSON
    var variables: [String: JSON]

    mutating func render(_ nodes: [GoTemplate.Node], dot: JSON, into out: inout String) throws(EscaleError) {
        for node in nodes {
            switch node {
            case .text(let text): out += text
            case .output(let pipeline): out += Self.show(try evaluate(pipeline, dot))
            case .assign(let name, let pipeline): variables[name] = try evaluate(pipeline, dot)
            case .branch(let pipeline, let then, let otherwise, let with):
                let value = try evaluate(pipeline, dot)
                if Self.truth(value) {
                    try render(then, dot: with ? value : dot, into: &out)
                } else {
                    try render(otherwise, dot: dot, into: &out)
                }
            case .range(let key, let name, let pipeline, let body, let otherwise):
                let items = Self.items(try evaluate(pipeline, dot))
                if items.isEmpty { try render(otherwise, dot: dot, into: &out) }
                for (k, v) in items {
                    if let key { variables[key] = k }
                    if let name { variables[name] = v }
                    try render(body, dot: v, into: &out)
                }
            }
        }
    }

    func evaluate(_ pipeline: GoTemplate.Pipeline, _ dot: JSON) throws(EscaleError) -> JSON {
        var last: JSON?
        for command in pipeline.commands {
            if case .function(let name)? = command.first {
                var arguments: [JSON] = []
                for term in command.dropFirst() { arguments.append(try value(term, dot)) }
                if let last { arguments.append(last) }
                last = try GoTemplateFunctions.call(name, arguments)
            } else if let first = command.first {
                last = try value(first, dot)
            }
        }
        return last ?? .null
    }

    private func value(_ term: GoTemplate.Term, _ dot: JSON) throws(EscaleError) -> JSON {
        switch term {
        case .literal(let value): return value
        case .field(let path): return try Self.walk(dot, path)
        case .variable(let name, let path):
            guard let value = variables[name] else {
                throw EscaleError(.invalid, "template parsing error: undefined variable \"$\(name)\"")
            }
            return try Self.walk(value, path)
        case .group(let pipeline, let path): return try Self.walk(try evaluate(pipeline, dot), path)
        case .function(let name): return try GoTemplateFunctions.call(name, [])
        }
    }

    /// Fields of nil are nil; a field that an object lacks is an error, as Docker's inspect has it.
    private static func walk(_ value: JSON, _ path: [String]) throws(EscaleError) -> JSON {
        var value = value
        for key in path {
            guard case .object(let object) = value else {
                if value.isNull { return .null }
                throw EscaleError(
                    .invalid, "template: :1: executing \"\" at <.\(key)>: can't evaluate field \(key)")
            }
            guard let member = object[key] else {
                throw EscaleError(
                    .invalid, "template: :1: executing \"\" at <.\(key)>: map has no entry for key \"\(key)\""
                )
            }
            value = member
        }
        return value
    }

    private static func items(_ value: JSON) -> [(JSON, JSON)] {
        switch value {
        case .array(let a): a.enumerated().map { (JSON($0.offset), $0.element) }
        case .object(let o): o.members.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
        default: []
        }
    }

    static func truth(_ value: JSON) -> Bool {
        switch value {
        case .null: false
        case .bool(let b): b
        case .int(let i): i != 0
        case .uint(let u): u != 0
        case .double(let d): d != 0
        case .string(let s): !s.isEmpty
        case .array(let a): !a.isEmpty
        case .object(let o): !o.members.isEmpty
        }
    }

    /// Go's `%v`.
    static func show(_ value: JSON) -> String {
        switch value {
        case .null: "<no value>"
        case .string(let s): s
        case .array(let a): "[" + a.map(show).joined(separator: " ") + "]"
        case .object(let o):
            "map["
                + o.members.sorted { $0.key < $1.key }.map { "\($0.key):\(show($0.value))" }
                .joined(separator: " ") + "]"
        default: value.text()
        }
    }
}

enum GoTemplateFunctions {
    static let names: Set<String> = [
        "json", "join", "split", "index", "len", "lower", "upper", "title", "printf", "print", "println",
        "eq", "ne",
        "lt", "gt", "le", "ge", "and", "or", "not", "truncate", "pad"
    ]

    static func call(_ name: String, _ a: [JSON]) throws(EscaleError) -> JSON {
        func need(_ n: Int) throws(EscaleError) {
            if a.count < n {
                throw EscaleError(
                    .invalid, "template: wrong number of args for \(name): want \(n) got \(a.count)")
            }
        }
        switch name {
        case "json":
            try need(1)
            return .string(a[0].text())
        case "join":
            try need(2)
            return .string((a[0].array ?? []).map(GoTemplateScope.show).joined(separator: a[1].string ?? ""))
        case "split":
            try need(2)
            let at = a[1].string?.first ?? ","
            return JSON(
                (a[0].string ?? "").split(separator: at, omittingEmptySubsequences: false).map(String.init))
        case "index":
            try need(2)
            return a.dropFirst().reduce(a[0]) { value, key in
                key.string.map { value[$0] } ?? key.int.map { value[$0] } ?? .null
            }
        case "len":
            try need(1)
            return JSON(a[0].array?.count ?? a[0].object?.members.count ?? a[0].string?.utf8.count ?? 0)
        case "lower":
            try need(1)
            return .string(GoTemplateScope.show(a[0]).lowercased())
        case "upper":
            try need(1)
            return .string(GoTemplateScope.show(a[0]).uppercased())
        case "title":
            try need(1)
            let text = GoTemplateScope.show(a[0])
            return .string(text.prefix(1).uppercased() + text.dropFirst())
        case "truncate":
            try need(2)
            return .string(String(GoTemplateScope.show(a[0]).prefix(a[1].int ?? 0)))
        case "pad":
            try need(3)
            return .string(
                String(repeating: " ", count: max(0, a[1].int ?? 0)) + GoTemplateScope.show(a[0])
                    + String(repeating: " ", count: max(0, a[2].int ?? 0)))
        case "print": return .string(a.map(GoTemplateScope.show).joined())
        case "println": return .string(a.map(GoTemplateScope.show).joined(separator: " ") + "\n")
        case "printf":
            try need(1)
            return .string(format(a[0].string ?? "", Array(a.dropFirst())))
        case "eq":
            try need(2)
            return .bool(a.dropFirst().contains(a[0]))
        case "ne":
            try need(2)
            return .bool(a[0] != a[1])
        case "lt", "gt", "le", "ge":
            try need(2)
            return .bool(compare(name, a[0], a[1]))
        case "and": return a.first { !GoTemplateScope.truth($0) } ?? a.last ?? .null
        case "or": return a.first(where: GoTemplateScope.truth) ?? a.last ?? .null
        case "not":
            try need(1)
            return .bool(!GoTemplateScope.truth(a[0]))
        default: throw EscaleError(.invalid, "template parsing error: function \"\(name)\" not defined")
        }
    }

    private static func compare(_ name: String, _ a: JSON, _ b: JSON) -> Bool {
        let order: Int
        if let x = a.double, let y = b.double {
            order = x < y ? -1 : x > y ? 1 : 0
        } else {
            let (x, y) = (GoTemplateScope.show(a), GoTemplateScope.show(b))
            order = x < y ? -1 : x > y ? 1 : 0
        }
        switch name {
        case "lt": return order < 0
        case "le": return order <= 0
        case "gt": return order > 0
        default: return order >= 0
        }
    }

    /// The verbs `%s %v %d %q %%`; anything between `%` and the verb (width, flags) is dropped.
    private static func format(_ text: String, _ values: [JSON]) -> String {
        var out = ""
        var next = 0
        var rest = Substring(text)
        while let c = rest.popFirst() {
            guard c == "%" else {
                out.append(c)
                continue
            }
            while let flag = rest.first, "0123456789.-+ #".contains(flag) { rest.removeFirst() }
            guard let verb = rest.popFirst() else { break }
            if verb == "%" {
                out.append("%")
                continue
            }
            guard next < values.count else {
                out += "%!\(verb)(MISSING)"
                continue
            }
            let value = values[next]
            next += 1
            out += verb == "q" ? JSON.string(GoTemplateScope.show(value)).text() : GoTemplateScope.show(value)
        }
        return out
    }
}
