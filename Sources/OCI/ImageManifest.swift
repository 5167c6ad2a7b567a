import Support

/// Media types of image-spec 1.1 and of Docker's schema 2, which are read alike.
public enum MediaType {
    public static let index = "application/vnd.oci.image.index.v1+json"
    public static let manifest = "application/vnd.oci.image.manifest.v1+json"
    public static let config = "application/vnd.oci.image.config.v1+json"
    public static let layer = "application/vnd.oci.image.layer.v1.tar"
    public static let layerGzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    public static let layerZstd = "application/vnd.oci.image.layer.v1.tar+zstd"
    public static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
    public static let dockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json"
    public static let dockerConfig = "application/vnd.docker.container.image.v1+json"
    public static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar"
    public static let dockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip"
    public static let dockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd"

    public static func isIndex(_ type: String) -> Bool { type == index || type == dockerManifestList }
    public static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }

    /// What the bytes of a manifest or index say of themselves; nil where they don't: then the one who
    /// gave them has to (`Content-Type`, a descriptor).
    public static func ofManifest(_ json: JSON) -> String? {
        if let type = json["mediaType"].string, !type.isEmpty { return type }
        if json["manifests"].array != nil { return index }
        if json["config"].object != nil { return manifest }
        return nil
    }
}

/// Annotation keys of image-spec, annotations.md; also used as labels.
public enum Annotation {
    public static let refName = "org.opencontainers.image.ref.name"
    public static let created = "org.opencontainers.image.created"
    public static let title = "org.opencontainers.image.title"
    public static let description = "org.opencontainers.image.description"
    public static let version = "org.opencontainers.image.version"
    public static let licenses = "org.opencontainers.image.licenses"
    public static let source = "org.opencontainers.image.source"
    public static let baseName = "org.opencontainers.image.base.name"
    public static let baseDigest = "org.opencontainers.image.base.digest"
}

/// What a blob is, its digest and its size in bytes (descriptor.md).
public struct Descriptor: Codable, Hashable, Sendable {
    public var mediaType: String
    public var digest: Digest
    public var size: Int64
    public var annotations: [String: String]?
    public var platform: Platform?
    public var artifactType: String?

    public init(
        mediaType: String, digest: Digest, size: Int64, annotations: [String: String]? = nil,
        platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.annotations = annotations
        self.platform = platform
    }

    enum CodingKeys: String, CodingKey {
        case mediaType, digest, size, annotations, platform, artifactType
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(mediaType, forKey: .mediaType)
        try c.encode(digest, forKey: .digest)
        try c.encode(size, forKey: .size)
        try c.encodeIfPresent(annotations.map(SortedMap.init), forKey: .annotations)
        try c.encodeIfPresent(platform, forKey: .platform)
        try c.encodeIfPresent(artifactType, forKey: .artifactType)
    }
}

/// An image's manifest: its configuration and its layers, bottom first (manifest.md).
public struct ImageManifest: Codable, Hashable, Sendable {
    public var schemaVersion: Int
    public var mediaType: String?
    public var artifactType: String?
    public var config: Descriptor
    public var layers: [Descriptor]
    public var subject: Descriptor?
    public var annotations: [String: String]?

    public init(config: Descriptor, layers: [Descriptor], annotations: [String: String]? = nil) {
        schemaVersion = 2
        mediaType = MediaType.manifest
        self.config = config
        self.layers = layers
        self.annotations = annotations
    }

    enum CodingKeys: String, CodingKey {
        case schemaVersion, mediaType, artifactType, config, layers, subject, annotations
    }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(schemaVersion, forKey: .schemaVersion)
        try c.encodeIfPresent(mediaType, forKey: .mediaType)
        try c.encodeIfPresent(artifactType, forKey: .artifactType)
        try c.encode(config, forKey: .config)
        try c.encode(layers, forKey: .layers)
        try c.encodeIfPresent(subject, forKey: .subject)
        try c.encodeIfPresent(annotations.map(SortedMap.init), forKey: .annotations)
    }
}

/// A list of manifests: of an image for several platforms, or of a whole layout (image-index.md).
public struct ImageIndex: Codable, Hashable, Sendable {
    public var schemaVersion: Int
    public var mediaType: String?
    public var manifests: [Descriptor]
    public var annotations: [String: String]?

    public init(manifests: [Descriptor] = [], annotations: [String: String]? = nil) {
        schemaVersion = 2
        mediaType = MediaType.index
        self.manifests = manifests
        self.annotations = annotations
    }

    enum CodingKeys: String, CodingKey { case schemaVersion, mediaType, manifests, annotations }

    public func encode(to encoder: any Encoder) throws {
        var c = encoder.container(keyedBy: CodingKeys.self)
        try c.encode(schemaVersion, forKey: .schemaVersion)
        try c.encodeIfPresent(mediaType, forKey: .mediaType)
        try c.encode(manifests, forKey: .manifests)
        try c.encodeIfPresent(annotations.map(SortedMap.init), forKey: .annotations)
    }

    /// The manifest that suits a platform best (`Platform.rank`); nil where none runs on it.
    public func manifest(for platform: Platform) -> Descriptor? { manifests(for: platform).first }

    /// All that run on a platform, the best first; of equals the first in the index.
    public func manifests(for platform: Platform) -> [Descriptor] {
        let ranked = manifests.enumerated().compactMap { i, manifest in
            (manifest.platform.flatMap { platform.rank($0) }).map { (rank: $0, place: i, manifest: manifest) }
        }
        return ranked.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.map(\.manifest)
    }
}

/// A map written in the order of its keys, so that the same image always has the same digest.
struct SortedMap: Encodable {
    let map: [String: String]

    func encode(to encoder: any Encoder) throws {
        let members = map.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
        try JSON.object(JSONObject(members)).encode(to: encoder)
    }
}
