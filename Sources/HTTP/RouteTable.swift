/// Finds what answers a method and a path.
package struct RouteTable<Value: Sendable>: Sendable {
    private struct Entry: Sendable {
        let pattern: [Segment]
        let value: Value
    }

    private enum Segment: Sendable, Equatable {
        case literal(String)
        case capture(String)
        /// One segment or more: names of images have slashes.
        case rest(String)
    }

    private var entries: [String: [Entry]] = [:]

    package init() {}

    /// Adds `/containers/{id}/json`; `{name*}` captures several segments. The first that fits counts.
    package mutating func add(_ method: String, _ path: String, _ value: Value) {
        let pattern = path.split(separator: "/").map { part -> Segment in
            guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(String(part)) }
            let name = part.dropFirst().dropLast()
            return name.hasSuffix("*") ? .rest(String(name.dropLast())) : .capture(String(name))
        }
        entries[method, default: []].append(Entry(pattern: pattern, value: value))
    }

    package func find(_ method: String, _ path: [String]) -> (value: Value, captures: [String: String])? {
        // HEAD is GET without the body, except where a route is for HEAD itself.
        for candidate in [method] + (method == "HEAD" ? ["GET"] : []) {
            for entry in entries[candidate] ?? [] {
                if let captures = Self.match(entry.pattern[...], path[...]) { return (entry.value, captures) }
            }
        }
        return nil
    }

    private static func match(_ pattern: ArraySlice<Segment>, _ path: ArraySlice<String>)
        -> [String: String]?
    {
        guard let first = pattern.first else { return path.isEmpty ? [:] : nil }
        let tail = pattern.dropFirst()
        guard let segment = path.first else { return nil }
        switch first {
        case .literal(let text):
            return text == segment ? match(tail, path.dropFirst()) : nil
        case .capture(let name):
            guard !segment.isEmpty, var captures = match(tail, path.dropFirst()) else { return nil }
            captures[name] = segment
            return captures
        case .rest(let name):
            let count = path.count - tail.count
            guard count >= 1, var captures = match(tail, path.dropFirst(count)) else { return nil }
            captures[name] = path.prefix(count).joined(separator: "/")
            return captures
        }
    }
}
