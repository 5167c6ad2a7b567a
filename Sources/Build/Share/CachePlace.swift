import Linux
import OCI
import Support

/// Where a cache is brought from or taken to: one `--cache-from` or `--cache-to`, in buildx's words.
package struct CachePlace: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A plain name: an image of this kit that was built with its cache inline, else as `registry`.
        case image(Reference)
        /// A cache, or an image with one, at its registry.
        case registry(Reference)
        /// An OCI layout, and the name in it.
        case folder(String, tag: String)
        /// In the manifest of the built image.
        case inline
    }

    package var kind: Kind
    /// `mode=max`: the steps of all stages, not of those alone that the image is made of.
    package var isMax = false

    package init(_ kind: Kind, isMax: Bool = false) {
        self.kind = kind
        self.isMax = isMax
    }

    /// What progress and warnings call it.
    package var name: String {
        switch kind {
        case .image(let reference), .registry(let reference): reference.familiar
        case .folder(let path, let tag): tag == "latest" ? path : "\(path):\(tag)"
        case .inline: "inline"
        }
    }

    /// Written as an option again.
    package var text: String {
        let mode = isMax ? ",mode=max" : ""
        switch kind {
        case .image(let reference): return reference.familiar
        case .registry(let reference): return "type=registry,ref=\(reference.familiar)\(mode)"
        case .folder(let path, let tag): return "type=local,src=\(path),dest=\(path),tag=\(tag)\(mode)"
        case .inline: return "type=inline"
        }
    }

    /// `--cache-from`: `type=registry,ref=…`, `type=local,src=…`, or an image's name.
    package init(source text: String) throws(EscaleError) {
        let words = try Self.words(text, option: "--cache-from")
        guard let type = words["type"] else {
            kind = .image(try Reference(text))
            return
        }
        switch type {
        case "registry": kind = .registry(try Self.reference(words, text))
        case "local":
            kind = .folder(try Self.needed("src", words, text), tag: words["tag"] ?? "latest")
        default: throw Self.unknown("importer", type, "type=registry,ref=IMAGE, type=local,src=DIR")
        }
    }

    /// `--cache-to`: `type=registry,ref=…`, `type=local,dest=…`, `type=inline`, or a name at a registry.
    package init(target text: String) throws(EscaleError) {
        let words = try Self.words(text, option: "--cache-to")
        guard let type = words["type"] else {
            kind = .registry(try Reference(text))
            return
        }
        switch type {
        case "registry": kind = .registry(try Self.reference(words, text))
        case "local":
            kind = .folder(try Self.needed("dest", words, text), tag: words["tag"] ?? "latest")
        case "inline": kind = .inline
        default:
            throw Self.unknown("exporter", type, "type=registry,ref=IMAGE, type=local,dest=DIR, type=inline")
        }
        switch words["mode"] {
        case nil, "min": break
        case "max" where kind != .inline: isMax = true
        case let mode?: throw EscaleError(.invalid, "--cache-to \(text): mode=\(mode): min or max")
        }
    }

    // MARK: Words

    /// What buildx knows besides and makes no difference here: there is one form of manifest, one
    /// compression, and a cache that can't be had or written is never a failure.
    private static let idle: Set<String> = [
        "compression", "compression-level", "force-compression", "ignore-error", "image-manifest",
        "oci-mediatypes"
    ]
    private static let known: Set<String> = ["type", "ref", "src", "dest", "tag", "mode"]

    /// Empty for a plain name.
    private static func words(_ text: String, option: String) throws(EscaleError) -> [String: String] {
        guard text.contains("=") else { return [:] }
        var words: [String: String] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(pair[0])
            guard pair.count == 2, known.contains(name) || idle.contains(name) else {
                throw EscaleError(.invalid, "\(option) \(text): unknown field \"\(part)\"")
            }
            words[name] = String(pair[1])
        }
        if words["type"] == nil { throw EscaleError(.invalid, "\(option) \(text): type=… is missing") }
        return words
    }

    private static func needed(_ name: String, _ words: [String: String], _ text: String)
        throws(EscaleError) -> String
    {
        guard let value = words[name], !value.isEmpty else {
            throw EscaleError(.invalid, "cache \(text): \(name)=… is missing")
        }
        return value
    }

    private static func reference(_ words: [String: String], _ text: String) throws(EscaleError) -> Reference
    {
        try Reference(try needed("ref", words, text))
    }

    private static func unknown(_ what: String, _ type: String, _ repair: String) -> EscaleError {
        EscaleError(.invalid, "unknown cache \(what): \"\(type)\"", repair: repair)
    }
}
