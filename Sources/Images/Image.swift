import OCI
import Support

/// An image in the store.
public struct Image: Sendable, Equatable {
    /// Digest of the configuration: what Docker calls the image's id.
    public let id: Digest
    /// What its names mean: the manifest, or the index of several platforms that it was chosen from.
    public let target: Descriptor
    public let manifestDigest: Digest
    public let manifest: ImageManifest
    public let config: ImageConfig
    /// Sorted; empty for an image that has lost its last name.
    public let names: [Reference]
    /// Bytes of its files, layer by layer (a layer not unpacked yet counts compressed).
    public let size: Int64

    /// Bottom first.
    public var layers: [Descriptor] { manifest.layers }
    /// Digests of the uncompressed layers, bottom first.
    public var diffIDs: [Digest] { config.rootfs.diffIDs }
    /// `busybox@sha256:…` for each repository: what a registry knows it by.
    public var repositoryDigests: [String] {
        Set(names.map(\.familiarName)).sorted().map { "\($0)@\(target.digest)" }
    }
    /// `sha256:…`, as the Docker API gives it.
    public var idText: String { id.description }
    /// What a container takes from it unless told otherwise.
    public var execution: ImageConfig.Execution { config.config ?? .init() }
    public var platform: Platform {
        Platform(architecture: config.architecture, os: config.os, variant: config.variant)
    }
}

/// A container that keeps an image from being removed.
public struct ImageUse: Sendable, Equatable {
    public let containerID: String
    public let isRunning: Bool
    public init(containerID: String, isRunning: Bool) {
        self.containerID = containerID
        self.isRunning = isRunning
    }
}

/// What `docker rmi` tells, in its order.
public struct RemovedImage: Sendable, Equatable {
    /// Names, in their familiar form.
    public var untagged: [String] = []
    /// The image's id and the layers that went with it.
    public var deleted: [String] = []

    public init(untagged: [String] = [], deleted: [String] = []) {
        self.untagged = untagged
        self.deleted = deleted
    }
}

/// A layer's place on disk.
public struct LayerUsage: Sendable, Equatable {
    public let diffID: Digest
    /// Bytes of its blob.
    public let compressed: Int64
    /// Bytes of its files, nil where it is not unpacked.
    public let unpacked: Int64?
    /// Images that have it.
    public let images: [Digest]
}

/// Something in the store that is not as it should be.
public struct StoreProblem: Sendable, Equatable {
    /// The image's or blob's name.
    public let object: String
    public let error: EscaleError
}
