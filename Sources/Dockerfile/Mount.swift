import Support

/// One `RUN --mount=type=…,…`, read.
public struct Mount: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case bind, cache, tmpfs, secret, ssh
    }

    public enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared, `private`, locked
    }

    public var kind: Kind = .bind
    /// A stage, a named context or an image; nil: the build context (bind) or nothing (cache).
    public var from: String?
    public var source: String?
    /// In the container; relative to the working folder.
    public var target: String?
    /// Bind, secret and ssh are read-only unless told otherwise.
    public var readOnly = true
    /// Bytes, tmpfs only.
    public var size: Int64?
    /// Which cache, secret or agent.
    public var id: String?
    public var sharing: Sharing?
    /// A secret or agent that is missing ends the build.
    public var required = false
    /// The secret as an environment variable: its name, "" for the secret's own.
    public var env: String?
    /// Permission bits.
    public var mode: UInt32?
    public var uid: UInt32?
    public var gid: UInt32?

    public init() {}
}

extension Mount {
    /// Every key, for suggestions.
    private static let keys = [
        "type", "from", "source", "src", "target", "dst", "destination", "readonly", "ro", "readwrite", "rw",
        "required", "size", "id", "sharing", "mode", "uid", "gid", "env"
    ]

    /// Reads `type=cache,target=/x`. `expand` substitutes each value.
    static func parse(
        _ text: String, expand: (String) throws(Failure) -> String = { value throws(Failure) in value }
    ) throws(Failure) -> Mount {
        var mount = Mount()
        var isReadOnlySaid = false
        func fail(_ message: String, suggestion: String? = nil) -> Failure {
            Failure(.mount, message, suggestion: suggestion, in: text)
        }
        func unsigned(_ key: String, _ value: String, radix: Int = 10) throws(Failure) -> UInt32 {
            guard value.first != "+", let number = UInt32(value, radix: radix) else {
                throw fail("invalid value \(value) for \(key)")
            }
            return number
        }
        for field in try CSV.fields(text) {
            let (written, raw) = InstructionParser.cut(field)
            let key = written.lowercased()
            let value = try raw.map { value throws(Failure) in try expand(value) }
            guard let value else {
                switch key {
                case "readonly", "ro", "readwrite", "rw":
                    mount.readOnly = key.hasPrefix("reado") || key == "ro"
                    isReadOnlySaid = true
                case "required" where mount.kind == .secret || mount.kind == .ssh: mount.required = true
                case "required": throw fail("unexpected key '\(key)' for mount type '\(mount.kind.rawValue)'")
                default: throw fail("invalid field '\(field)' must be a key=value pair")
                }
                continue
            }
            switch key {
            case "type":
                guard let kind = Kind(rawValue: value.lowercased()) else {
                    throw fail(
                        "unsupported mount type \(quoted(value))",
                        suggestion: Suggestion.nearest(value, in: Kind.allCases.map(\.rawValue)))
                }
                mount.kind = kind
            case "from": mount.from = value
            case "source", "src": mount.source = value
            case "target", "dst", "destination": mount.target = value
            case "readonly", "ro", "readwrite", "rw":
                guard let flag = bool(value) else { throw fail("invalid value for \(key): \(value)") }
                mount.readOnly = flag == (key == "ro" || key == "readonly")
                isReadOnlySaid = true
            case "required":
                guard mount.kind == .secret || mount.kind == .ssh else {
                    throw fail("unexpected key '\(key)' for mount type '\(mount.kind.rawValue)'")
                }
                guard let flag = bool(value) else { throw fail("invalid value for \(key): \(value)") }
                mount.required = flag
            case "size":
                guard mount.kind == .tmpfs else {
                    throw fail("unexpected key '\(key)' for mount type '\(mount.kind.rawValue)'")
                }
                guard let size = try? Units.bytes(value) else {
                    throw fail("invalid value for \(key): \(value)")
                }
                mount.size = size
            case "id": mount.id = value
            case "sharing":
                guard let sharing = Sharing(rawValue: value.lowercased()) else {
                    throw fail(
                        "unsupported sharing value \(quoted(value))",
                        suggestion: Suggestion.nearest(value, in: Sharing.allCases.map(\.rawValue)))
                }
                mount.sharing = sharing
            case "mode": mount.mode = try unsigned(key, value, radix: 8)
            case "uid": mount.uid = try unsigned(key, value)
            case "gid": mount.gid = try unsigned(key, value)
            case "env": mount.env = value
            default:
                throw fail(
                    "unexpected key '\(key)' in '\(field)'", suggestion: Suggestion.nearest(key, in: keys))
            }
        }
        if !isReadOnlySaid { mount.readOnly = mount.kind != .cache && mount.kind != .tmpfs }
        if let problem = mount.problem { throw fail(problem) }
        return mount
    }

    /// What does not go together.
    private var problem: String? {
        if kind == .bind || kind == .tmpfs {
            if mode != nil { return "mode not allowed for \"\(kind.rawValue)\" type mounts" }
            if uid != nil { return "uid not allowed for \"\(kind.rawValue)\" type mounts" }
            if gid != nil { return "gid not allowed for \"\(kind.rawValue)\" type mounts" }
        }
        func isSaid(_ text: String?) -> Bool { !(text ?? "").isEmpty }
        if kind == .secret {
            if isSaid(from) { return "secret mount should not have a from" }
            if sharing != nil { return "secret mount should not define sharing" }
            if !isSaid(source), !isSaid(target), !isSaid(id) {
                return "invalid secret mount. one of source, target required"
            }
            if isSaid(source), isSaid(id) { return "both source and id can't be set" }
        }
        if sharing != nil, kind != .cache { return "invalid cache sharing set for \(kind.rawValue) mount" }
        return nil
    }

    /// As Go's `strconv.ParseBool`.
    static func bool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }
}

/// One line of comma-separated values (RFC 4180), as `--mount` takes them.
enum CSV {
    static func fields(_ text: String) throws(Failure) -> [String] {
        var fields: [String] = []
        var field: [UInt8] = []
        let bytes = Array(text.utf8)
        let quote = UInt8(ascii: "\"")
        var i = 0
        var isQuoted = false
        var wasQuoted = false
        while i < bytes.count {
            let byte = bytes[i]
            i += 1
            if isQuoted {
                if byte != quote {
                    field.append(byte)
                } else if i < bytes.count, bytes[i] == quote {
                    field.append(quote)
                    i += 1
                } else {
                    isQuoted = false
                }
            } else if byte == UInt8(ascii: ",") {
                fields.append(String(decoding: field, as: UTF8.self))
                field = []
                wasQuoted = false
            } else if byte == quote, field.isEmpty, !wasQuoted {
                isQuoted = true
                wasQuoted = true
            } else if byte == quote || wasQuoted {
                throw Failure(
                    .mount,
                    "failed to parse csv mounts: parse error on line 1, column \(i): bare \" in field",
                    in: text)
            } else {
                field.append(byte)
            }
        }
        if isQuoted {
            throw Failure(
                .mount,
                "failed to parse csv mounts: parse error on line 1: extraneous or missing \" in field",
                in: text)
        }
        fields.append(String(decoding: field, as: UTF8.self))
        return fields
    }
}
