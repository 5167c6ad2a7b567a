import Support

/// The `filters` parameter of lists: values by name, any of a name's values, all names.
package struct Filters: Sendable {
    package private(set) var values: [String: [String]]

    /// Both forms of the API: `{"status":["running"]}` and the older `{"status":{"running":true}}`.
    /// - Parameter accepted: names that this list knows; others are refused as Docker does.
    package init(_ json: JSON, accepted: Set<String>) throws(EscaleError) {
        values = [:]
        guard !json.isNull else { return }
        guard let object = json.object else { throw EscaleError(.invalid, "invalid filter") }
        for (name, value) in object.members.map({ ($0.key, $0.value) }) {
            guard accepted.contains(name) else { throw EscaleError(.invalid, "invalid filter '\(name)'") }
            if let list = value.array {
                values[name] = list.compactMap(\.string)
            } else if let set = value.object {
                values[name] = set.members.compactMap { $0.value.bool == false ? nil : $0.key }
            } else {
                throw EscaleError(.invalid, "invalid filter '\(name)'")
            }
        }
    }

    package init() { values = [:] }

    /// True where the name isn't filtered by, or any of its values fits.
    package func allows(_ name: String, _ fits: (String) -> Bool) -> Bool {
        guard let list = values[name], !list.isEmpty else { return true }
        return list.contains(where: fits)
    }

    /// Labels: all of them must fit.
    package func all(_ name: String, _ fits: (String) -> Bool) -> Bool {
        (values[name] ?? []).allSatisfy(fits)
    }

    package subscript(name: String) -> [String] { values[name] ?? [] }

    /// A boolean filter; nil where it is absent.
    package func flag(_ name: String) throws(EscaleError) -> Bool? {
        guard let value = values[name]?.first else { return nil }
        switch value.lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: throw EscaleError(.invalid, "invalid filter '\(name)=\(value)'")
        }
    }
}

/// `key` or `key=value`.
package struct LabelFilter: Sendable {
    let key: String
    let value: String?

    package init(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        key = parts.first.map(String.init) ?? ""
        value = parts.count > 1 ? String(parts[1]) : nil
    }

    package func matches(_ label: (String) -> String?) -> Bool {
        guard let found = label(key) else { return false }
        return value == nil || found == value
    }
}
