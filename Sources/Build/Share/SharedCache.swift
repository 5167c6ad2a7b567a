import OCI
import Support

/// What a kit tells others of what it has built: the keys of its steps, and the layer that each gave. Nothing
/// else of a step is in it, neither its text nor its arguments: a key is a digest of them.
///
/// It is the configuration blob of an OCI manifest whose layers are those that it names, or (`inline`) an
/// annotation of an image's own manifest. See docs/build-cache.md.
package struct SharedCache: Codable, Sendable, Equatable {
    package static let artifactType = "application/vnd.escale.build-cache.v1"
    package static let configType = "application/vnd.escale.build-cache.config.v1+json"
    package static let annotation = "fr.escale.build-cache.v1"

    package var version = 1
    /// By key.
    package var steps: [Step]

    /// One of three: a layer; nothing (a `WORKDIR` that was there); or another key, which this one leads to.
    package struct Step: Codable, Sendable, Equatable {
        package var key: String
        /// The blob, one of the manifest's layers.
        package var layer: Digest?
        /// The layer uncompressed.
        package var diffID: Digest?
        /// Of its files.
        package var bytes: Int64?
        /// RFC 3339.
        package var created: String?
        package var sameAs: String?

        package init(key: String) { self.key = key }
    }

    package init(steps: [Step]) { self.steps = steps.sorted { $0.key < $1.key } }

    /// The manifest of a cache that stands alone.
    package static func manifest(config: Descriptor, layers: [Descriptor]) -> ImageManifest {
        var manifest = ImageManifest(config: config, layers: layers)
        manifest.artifactType = artifactType
        return manifest
    }

    /// Reads what came from elsewhere. Throws `.corrupt` for what contradicts itself or the manifest.
    /// - Parameter layers: the manifest's.
    package init(parsing bytes: [UInt8], layers: [Descriptor]) throws(EscaleError) {
        do { self = try JSON.parse(bytes).decode() } catch {
            throw EscaleError(.corrupt, "build cache: \(error.message)")
        }
        guard version == 1 else {
            throw EscaleError(.corrupt, "build cache: version \(version) is not known here")
        }
        let blobs = Set(layers.map(\.digest))
        for step in steps {
            guard Digest(sha256: step.key) != nil, step.isWhole, step.layer.map(blobs.contains) ?? true else {
                throw EscaleError(.corrupt, "build cache: malformed step \(step.key)")
            }
        }
    }
}

extension SharedCache.Step {
    fileprivate var isWhole: Bool {
        guard let layer else {
            return diffID == nil && (sameAs.map { Digest(sha256: $0) != nil } ?? true)
        }
        return layer.algorithm == "sha256" && diffID?.algorithm == "sha256" && sameAs == nil
            && (bytes ?? -1) >= 0 && created.flatMap { Timestamp(rfc3339: $0) } != nil
    }
}
