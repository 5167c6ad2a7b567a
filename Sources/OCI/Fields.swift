import Support

/// What is wrong with a field of a JSON document. Built from the inside out, so that reading a good
/// document costs no path.
public struct FieldError: Error {
    /// `linux.resources.memory.limit`, `mounts[3].type`.
    public private(set) var path: String
    public let reason: String

    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    func within(_ outer: String) -> FieldError {
        FieldError(path.isEmpty ? outer : path.hasPrefix("[") ? outer + path : "\(outer).\(path)", reason)
    }

    static func mismatch(_ value: JSON, _ wanted: String, _ path: String = "") -> FieldError {
        FieldError(path, "expected \(wanted), got \(value.excerpt)")
    }
}

/// Something that a JSON object describes.
public protocol FieldsReadable {
    init(_ fields: Fields) throws(FieldError)
}

extension JSON {
    /// Throws `.invalid` naming the field, as in
    /// `linux.resources.memory.limit: expected an integer, got "64m"`.
    public func read<T: FieldsReadable>(_ type: T.Type = T.self) throws(EscaleError) -> T {
        do throws(FieldError) { return try T(try Fields(self)) } catch {
            let path = error.path.isEmpty ? "document" : error.path
            throw EscaleError(.invalid, "\(path): \(error.reason)")
        }
    }
}

/// The members of a JSON object, read by name. Unknown ones are passed over, `null` is like absent.
public struct Fields {
    private let object: JSONObject

    public init(_ json: JSON) throws(FieldError) {
        guard case .object(let object) = json else { throw .mismatch(json, "an object") }
        self.object = object
    }

    private func value(_ name: String) -> JSON? {
        guard let value = object[name] else { return nil }
        if case .null = value { return nil }
        return value
    }

    private func need<T>(_ name: String, _ value: T?) throws(FieldError) -> T {
        guard let value else { throw FieldError(name, "missing") }
        return value
    }

    public func string(_ name: String) throws(FieldError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let text) = value else { throw .mismatch(value, "a string", name) }
        return text
    }

    public func needString(_ name: String) throws(FieldError) -> String { try need(name, string(name)) }

    public func bool(_ name: String) throws(FieldError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let bool) = value else { throw .mismatch(value, "true or false", name) }
        return bool
    }

    public func needBool(_ name: String) throws(FieldError) -> Bool { try need(name, bool(name)) }

    public func integer<T: FixedWidthInteger>(_ name: String) throws(FieldError) -> T? {
        guard let value = value(name) else { return nil }
        return try Self.integer(value, name)
    }

    public func needInteger<T: FixedWidthInteger>(_ name: String) throws(FieldError) -> T {
        try need(name, integer(name))
    }

    private static func integer<T: FixedWidthInteger>(_ value: JSON, _ path: String) throws(FieldError) -> T {
        let number: T? =
            switch value {
            case .int(let i): T(exactly: i)
            case .uint(let u): T(exactly: u)
            case .double(let d): T(exactly: d)
            default: throw .mismatch(value, "an integer", path)
            }
        guard let number else {
            throw .mismatch(value, "an integer from \(T.min) to \(T.max)", path)
        }
        return number
    }

    public func integers<T: FixedWidthInteger>(_ name: String) throws(FieldError) -> [T]? {
        try each(name) { (item) throws(FieldError) in try Self.integer(item, "") }
    }

    public func strings(_ name: String) throws(FieldError) -> [String]? {
        try each(name) { (item) throws(FieldError) in
            guard case .string(let text) = item else { throw .mismatch(item, "a string") }
            return text
        }
    }

    /// One of an enumeration's words.
    public func needChoice<T: RawRepresentable & CaseIterable>(_ name: String) throws(FieldError) -> T
    where T.RawValue == String {
        let text = try needString(name)
        guard let choice = T(rawValue: text) else {
            let known = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw .mismatch(.string(text), "one of \(known)", name)
        }
        return choice
    }

    public func object<T: FieldsReadable>(_ name: String) throws(FieldError) -> T? {
        guard let value = value(name) else { return nil }
        do { return try T(try Fields(value)) } catch { throw error.within(name) }
    }

    public func needObject<T: FieldsReadable>(_ name: String) throws(FieldError) -> T {
        try need(name, object(name))
    }

    public func list<T: FieldsReadable>(_ name: String) throws(FieldError) -> [T]? {
        try each(name) { (item) throws(FieldError) in try T(try Fields(item)) }
    }

    /// An object whose members are all strings.
    public func words(_ name: String) throws(FieldError) -> [String: String]? {
        try members(name) { (value) throws(FieldError) in
            guard case .string(let text) = value else { throw .mismatch(value, "a string") }
            return text
        }
    }

    /// An object whose members are all described alike.
    public func table<T: FieldsReadable>(_ name: String) throws(FieldError) -> [String: T]? {
        try members(name) { (value) throws(FieldError) in try T(try Fields(value)) }
    }

    private func each<T>(_ name: String, _ make: (JSON) throws(FieldError) -> T) throws(FieldError) -> [T]? {
        guard let value = value(name) else { return nil }
        guard case .array(let items) = value else { throw .mismatch(value, "an array", name) }
        var made: [T] = []
        made.reserveCapacity(items.count)
        for (i, item) in items.enumerated() {
            do { made.append(try make(item)) } catch { throw error.within("\(name)[\(i)]") }
        }
        return made
    }

    private func members<T>(_ name: String, _ make: (JSON) throws(FieldError) -> T) throws(FieldError)
        -> [String: T]?
    {
        guard let value = value(name) else { return nil }
        guard case .object(let object) = value else { throw .mismatch(value, "an object", name) }
        var made: [String: T] = [:]
        for (key, value) in object.members {
            do { made[key] = try make(value) } catch { throw error.within("\(name).\(key)") }
        }
        return made
    }
}
