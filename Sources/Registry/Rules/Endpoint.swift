import HTTP
import OCI

/// What a request's path is about (distribution-spec, "Endpoints").
package enum Endpoint: Equatable, Sendable {
    /// `/v2/`: does this speak the protocol, and may I?
    case base
    case catalog
    case tags(RepositoryName)
    case referrers(RepositoryName, Digest)
    case manifest(RepositoryName, ManifestReference)
    case blob(RepositoryName, Digest)
    case uploads(RepositoryName)
    case upload(RepositoryName, UploadID)

    /// The repository that it is in.
    package var repository: RepositoryName? {
        switch self {
        case .base, .catalog: nil
        case .tags(let name), .referrers(let name, _), .manifest(let name, _), .blob(let name, _),
            .uploads(let name), .upload(let name, _):
            name
        }
    }

    /// nil for a path that is none of the specification's. Throws for one that is, with a name, tag or
    /// digest that can't be.
    ///
    /// Read from its end: a repository may be called `a/blobs/b` or `a/tags`.
    package static func parse(_ path: Substring) throws(RegistryError) -> Endpoint? {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "", parts.popFirst() == "v2" else { return nil }
        if parts.last == "" { parts.removeLast() }
        guard let last = parts.popLast() else { return .base }
        guard let kind = parts.popLast() else { return last == "_catalog" ? .catalog : nil }
        switch (kind, last) {
        case ("tags", "list"): return .tags(try name(parts))
        case ("blobs", "uploads"): return .uploads(try name(parts))
        case ("uploads", _) where parts.last == "blobs":
            let name = try name(parts.dropLast())
            guard let id = UploadID(last) else { throw .uploadUnknown }
            return .upload(name, id)
        case ("blobs", _): return .blob(try name(parts), try digest(last))
        case ("referrers", _): return .referrers(try name(parts), try digest(last))
        case ("manifests", _):
            let name = try name(parts)
            if last.contains(":") || last.contains("%") { return .manifest(name, .digest(try digest(last))) }
            guard let tag = TagName(last) else {
                throw RegistryError(.manifestInvalid, "invalid tag: \(last)")
            }
            return .manifest(name, .tag(tag))
        default: return nil
        }
    }

    private static func name(_ parts: ArraySlice<Substring>) throws(RegistryError) -> RepositoryName {
        let text = PercentCoding.decode(Substring(parts.joined(separator: "/")))
        guard let name = RepositoryName(text) else {
            throw RegistryError(.nameInvalid, "invalid repository name: \(text)")
        }
        return name
    }

    static func digest(_ text: Substring) throws(RegistryError) -> Digest {
        let text = PercentCoding.decode(text)
        do { return try Digest(text) } catch {
            throw RegistryError(.digestInvalid, "\(error.message): \(text)")
        }
    }
}
