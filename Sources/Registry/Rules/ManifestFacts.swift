import OCI
import Support

/// What a registry needs to know of a manifest: what it refers to and what it says of itself. The bytes
/// are kept as they came.
package struct ManifestFacts: Equatable, Sendable {
    /// As pushed: becomes the `Content-Type` of its download.
    package let mediaType: String
    /// Configuration and layers that must be in the repository.
    package let blobs: [Digest]
    /// Manifests of an index.
    package let children: [Digest]
    package let subject: Digest?
    /// Its own, else an image's configuration type (distribution-spec, "Listing Referrers").
    package let artifactType: String?
    package let annotations: JSON

    /// Throws `MANIFEST_INVALID`.
    /// - Parameter contentType: the request's header; a manifest that names its type must agree.
    package init(_ bytes: [UInt8], contentType: String?) throws(RegistryError) {
        func invalid(_ why: String) -> RegistryError { RegistryError(.manifestInvalid, why) }
        let json: JSON
        do { json = try JSON.parse(bytes) } catch { throw invalid("manifest: \(error.message)") }
        guard json.object != nil, json["schemaVersion"].int == 2 else {
            throw invalid("manifest: not a JSON object with schemaVersion 2")
        }
        let named = json["mediaType"].string
        let header = contentType?.split(separator: ";").first.map { $0.filter { $0 != " " } }
        if let named, let header, named != header {
            throw invalid("manifest: mediaType is \(named), Content-Type \(header)")
        }
        let isIndex = json["manifests"].array != nil
        mediaType = header ?? named ?? (isIndex ? MediaType.index : MediaType.manifest)
        if MediaType.isIndex(mediaType) != isIndex,
            MediaType.isIndex(mediaType) || MediaType.isManifest(mediaType)
        {
            throw invalid("manifest: its content is not of type \(mediaType)")
        }
        if MediaType.isManifest(mediaType), json["config"].object == nil {
            throw invalid("manifest: no config")
        }
        func digest(_ descriptor: JSON, _ what: String) throws(RegistryError) -> Digest {
            guard let text = descriptor["digest"].string, let digest = try? Digest(text) else {
                throw invalid("manifest: \(what): no valid digest")
            }
            guard let size = descriptor["size"].int, size >= 0 else {
                throw invalid("manifest: \(what): no valid size")
            }
            return digest
        }
        var blobs: [Digest] = []
        if json["config"].object != nil { blobs.append(try digest(json["config"], "config")) }
        for layer in json["layers"].array ?? [] where !Self.isForeign(layer) {
            blobs.append(try digest(layer, "layers"))
        }
        var children: [Digest] = []
        for child in json["manifests"].array ?? [] { children.append(try digest(child, "manifests")) }
        self.blobs = blobs
        self.children = children
        subject = json["subject"].isNull ? nil : try digest(json["subject"], "subject")
        let type = json["artifactType"].string.flatMap { $0.isEmpty ? nil : $0 }
        artifactType = type ?? json["config"]["mediaType"].string
        annotations = json["annotations"]
    }

    /// A layer that may not be redistributed, and so is nowhere in a registry (image-spec, layer.md).
    private static func isForeign(_ layer: JSON) -> Bool {
        let type = layer["mediaType"].string ?? ""
        return type.contains(".nondistributable.") || type.contains(".rootfs.foreign.")
    }

    /// What the list of referrers says of it.
    package func descriptor(_ digest: Digest, size: Int64) -> JSON {
        var members: [(String, JSON)] = [
            ("mediaType", .string(mediaType)), ("digest", .string(digest.description)), ("size", .int(size))
        ]
        if let artifactType { members.append(("artifactType", .string(artifactType))) }
        if annotations.object != nil { members.append(("annotations", annotations)) }
        return .object(JSONObject(members))
    }
}
