import Support

/// The name of an image: `registry/path:tag@digest`, normalised as Docker does:
/// `busybox` is `docker.io/library/busybox:latest`.
public struct Reference: Hashable, Sendable {
    /// Host, with its port where given: `docker.io`, `localhost:5000`.
    public let domain: String
    /// Repository within the registry: `library/busybox`.
    public let path: String
    /// nil when only a digest was given.
    public let tag: String?
    public let digest: Digest?

    public static let defaultDomain = "docker.io"
    public static let defaultTag = "latest"

    /// Reads what a user types. Throws `.invalid` in Docker's words; no tag and no digest means
    /// `latest`.
    public init(_ text: String) throws(EscaleError) {
        let invalid = EscaleError(.invalid, "invalid reference format")
        if text.utf8.count == 64, text.utf8.allSatisfy(Digest.isHex) {
            throw EscaleError(
                .invalid,
                "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings")
        }
        var rest = Substring(text)
        var digest: Digest?
        if let at = rest.firstIndex(of: "@") {
            digest = try Digest(rest[rest.index(after: at)...])
            rest = rest[..<at]
        }
        let (domain, remainder) = Self.splitDomain(rest)
        var path = remainder
        var tag: String?
        if let colon = remainder.firstIndex(of: ":") {
            path = remainder[..<colon]
            let value = remainder[remainder.index(after: colon)...]
            guard Self.isTag(value) else { throw invalid }
            tag = String(value)
        }
        if path.lowercased() != path {
            throw EscaleError(
                .invalid, "invalid reference format: repository name (\(path)) must be lowercase")
        }
        guard Self.isDomain(domain), Self.isPath(path) else { throw invalid }
        guard path.utf8.count <= 255 else {
            throw EscaleError(
                .invalid, "invalid reference format: repository name must not be more than 255 characters")
        }
        self.domain = String(domain)
        self.path = String(path)
        self.tag = tag ?? (digest == nil ? Self.defaultTag : nil)
        self.digest = digest
    }

    public init(domain: String, path: String, tag: String?, digest: Digest? = nil) {
        self.domain = domain
        self.path = path
        self.tag = tag
        self.digest = digest
    }

    /// `docker.io/library/busybox:latest`
    public var canonical: String { name + suffix }
    /// `docker.io/library/busybox`
    public var name: String { "\(domain)/\(path)" }
    /// `busybox:latest`, as Docker shows it.
    public var familiar: String { familiarName + suffix }

    /// `busybox`, as in the column REPOSITORY.
    public var familiarName: String {
        guard domain == Self.defaultDomain else { return name }
        let library = "library/"
        guard path.hasPrefix(library), !path.dropFirst(library.count).contains("/") else { return path }
        return String(path.dropFirst(library.count))
    }

    private var suffix: String {
        (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "")
    }

    /// The same repository with another tag or digest.
    public func with(tag: String?, digest: Digest? = nil) -> Reference {
        Reference(domain: domain, path: path, tag: tag, digest: digest)
    }
}

extension Reference: CustomStringConvertible {
    public var description: String { familiar }
}

// MARK: - Grammar

extension Reference {
    /// The first component is a registry where it can't be a repository: it has a dot or a port, is
    /// `localhost`, or has capitals.
    private static func splitDomain(_ text: Substring) -> (Substring, Substring) {
        var domain = Substring(defaultDomain)
        var rest = text
        if let slash = text.firstIndex(of: "/") {
            let first = text[..<slash]
            if first.contains(where: { $0 == "." || $0 == ":" }) || first == "localhost"
                || first.lowercased() != first
            {
                domain = first == "index.docker.io" ? domain : first
                rest = text[text.index(after: slash)...]
            }
        }
        if domain == defaultDomain, !rest.contains("/") { rest = "library/" + rest }
        return (domain, rest)
    }

    private static func isAlphanumeric(_ c: UInt8) -> Bool {
        (48...57).contains(c) || (97...122).contains(c) || (65...90).contains(c)
    }

    /// Up to 128 of letters, digits, `_`, `.`, `-`; the first is no `.` or `-`.
    private static func isTag(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 128 else { return false }
        let underscore = UInt8(ascii: "_")
        return (isAlphanumeric(first) || first == underscore)
            && text.utf8.allSatisfy {
                isAlphanumeric($0) || $0 == underscore || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }

    /// `host`, `host:port`, `[IPv6]:port`.
    private static func isDomain(_ text: Substring) -> Bool {
        var host = text
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { return false }
            let inside = text[text.index(after: text.startIndex)..<close]
            guard !inside.isEmpty, inside.allSatisfy({ $0.isHexDigit || $0 == ":" }) else { return false }
            let port = text[text.index(after: close)...]
            return port.isEmpty || isPort(port)
        }
        if let colon = text.firstIndex(of: ":") {
            guard isPort(text[colon...]) else { return false }
            host = text[..<colon]
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            guard let first = label.utf8.first, let last = label.utf8.last else { return false }
            return isAlphanumeric(first) && isAlphanumeric(last)
                && label.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.first == ":" && text.count > 1 && text.dropFirst().utf8.allSatisfy { (48...57).contains($0) }
    }

    /// Components of lower-case letters and digits, joined by `.`, `_`, `__` or any number of `-`.
    private static func isPath(_ text: Substring) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { component in
            var separator = ""
            for c in component.utf8 {
                if isAlphanumeric(c) {
                    guard ["", ".", "_", "__"].contains(separator) || separator.allSatisfy({ $0 == "-" })
                    else { return false }
                    separator = ""
                } else {
                    if separator.isEmpty, c == component.utf8.first { return false }
                    separator.append(Character(UnicodeScalar(c)))
                }
            }
            return !component.isEmpty && separator.isEmpty
        }
    }
}
