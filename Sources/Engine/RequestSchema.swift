import Support

/// What one member of a Docker request may hold, what stands for it when it is absent, and what this
/// engine does with it.
package struct RequestField: Sendable {
    package enum Kind: Sendable {
        case bool, integer, string
        /// A list of strings; also null.
        case strings
        /// Docker takes a string or a list of strings (`Cmd`, `Entrypoint`).
        case command
        /// An object of strings.
        case stringMap
        case object, array
    }

    package enum Support: Sendable {
        /// It does what it does in Docker.
        case honoured
        /// Has no effect here that anyone could miss.
        case harmless
        /// Refused unless it asks for nothing.
        case refused
    }

    let name: String
    let kind: Kind
    let fallback: JSON
    let support: Support

    package init(_ name: String, _ kind: Kind, _ fallback: JSON = .null, _ support: Support = .honoured) {
        self.name = name
        self.kind = kind
        self.fallback = fallback
        self.support = support
    }
}

package enum RequestSchema {
    /// The members of `json` in the schema's order, with defaults for what is absent. Wrong types and
    /// whatever would change a container's behaviour but is not supported are refused.
    package static func normalise(_ json: JSON, _ fields: [RequestField], at path: String)
        throws(EscaleError) -> JSONObject
    {
        guard json.isNull || json.object != nil else {
            throw EscaleError(.invalid, "\(path): expected an object")
        }
        let given = json.object ?? JSONObject()
        let known = Dictionary(fields.map { ($0.name, $0) }, uniquingKeysWith: { a, _ in a })
        for (key, value) in given.members where known[key] == nil && !asksForNothing(value) {
            throw EscaleError(.invalid, "\(path).\(key): unknown field")
        }
        let values = Dictionary(given.members.map { ($0.key, $0.value) }, uniquingKeysWith: { a, _ in a })
        var out: [(String, JSON)] = []
        for field in fields {
            guard let value = values[field.name], !value.isNull else {
                out.append((field.name, field.fallback))
                continue
            }
            let shown = "\(path).\(field.name)"
            let checked = try check(value, field, shown)
            if case .refused = field.support, !asksForNothing(checked), checked != field.fallback {
                throw EscaleError(.invalid, "\(shown) is not supported by this engine")
            }
            out.append((field.name, checked))
        }
        return JSONObject(out)
    }

    private static func check(_ value: JSON, _ field: RequestField, _ path: String) throws(EscaleError)
        -> JSON
    {
        func wrong(_ expected: String) -> EscaleError {
            EscaleError(.invalid, "\(path): expected \(expected)")
        }
        switch field.kind {
        case .bool: guard value.bool != nil else { throw wrong("true or false") }
        case .integer:
            guard let n = value.int else { throw wrong("an integer") }
            return JSON(n)
        case .string: guard value.string != nil else { throw wrong("a string") }
        case .strings:
            guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
                throw wrong("a list of strings")
            }
        case .command:
            if let one = value.string { return [.string(one)] }
            guard let list = value.array, list.allSatisfy({ $0.string != nil }) else {
                throw wrong("a string or a list of strings")
            }
        case .stringMap:
            guard let object = value.object, object.members.allSatisfy({ $0.value.string != nil }) else {
                throw wrong("an object of strings")
            }
        case .object: guard value.object != nil else { throw wrong("an object") }
        case .array: guard value.array != nil else { throw wrong("a list") }
        }
        return value
    }

    /// Zero values of Go, which clients send for everything that they don't set; -1 stands for "the
    /// default" where Docker's client says so itself.
    static func asksForNothing(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool(false), .int(0), .uint(0), .int(-1), .string(""): true
        case .array(let a): a.allSatisfy(asksForNothing)
        case .object(let o): o.members.allSatisfy { asksForNothing($0.value) }
        default: false
        }
    }
}

/// Typed looks into a normalised request.
extension JSONObject {
    func text(_ key: String) -> String { self[key]?.string ?? "" }
    func number(_ key: String) -> Int { self[key]?.int ?? 0 }
    func flag(_ key: String) -> Bool { self[key]?.bool ?? false }
    func list(_ key: String) -> [String] { self[key]?.array?.compactMap(\.string) ?? [] }
    func items(_ key: String) -> [JSON] { self[key]?.array ?? [] }
    func map(_ key: String) -> [(String, String)] {
        (self[key]?.object?.members ?? []).compactMap { member in member.value.string.map { (member.key, $0) }
        }
    }
    func keys(_ key: String) -> [String] { self[key]?.object?.members.map(\.key) ?? [] }
}
