import Archive
import Glibc
import Images
import Linux
import OCI
import Support

/// A layer of a stage.
package struct StageLayer: Sendable, Equatable {
    package var diffID: Digest
    package var bytes: Int64
    /// RFC 3339.
    package var created: String
    /// Of a layer that came with an image, or was compressed before.
    package var blob: Descriptor?
    /// The record of it in the cache.
    package var key: String?
}

/// A stage at some point of it: its files and its configuration.
package struct StageState: Sendable {
    /// Bottom first.
    package var layers: [StageLayer] = []
    package var config = ImageConfig.Execution()
    package var history: [ImageConfig.History] = []
    package var author: String?
    package var platform: Platform = .current
    /// `--platform` of the build or of its `FROM`: images that its steps take files from are chosen by it.
    package var wanted: Platform?
    /// When its last layer was made: what only changes the configuration takes the same time.
    package var created: String
    /// The image it began with.
    package var base: String = ""

    package var chain: String { CacheKey.chain(layers.map(\.diffID)) }
}

extension ImageStore {
    /// Layers' folders, top first. Throws `.notFound` where one has gone.
    func folders(_ layers: [StageLayer]) throws(EscaleError) -> [String] {
        try layers.reversed().map { layer throws(EscaleError) in
            guard let folder = unpackedFolder(layer.diffID) else {
                throw EscaleError(.notFound, "layer \(layer.diffID.short) has been removed")
            }
            return folder
        }
    }

    /// The files of a stage, to be read.
    func open(_ layers: [StageLayer], name: String, in work: Workspace) throws(EscaleError) -> SourceRoot {
        var lower = try folders(layers)
        // An overlay that is only read has two layers at least.
        while lower.count < 2 {
            let empty = "\(work.folder)/empty\(lower.count)"
            try Files.makeDirectory(empty)
            lower.append(empty)
        }
        return SourceRoot(
            try Overlay.detached(
                lower: lower, upper: nil, scratch: work.path("mount"), userXattr: UserNamespace.isNested),
            name: name)
    }
}

/// A place where a step's files are made: an overlay on its stage's layers that no mount table shows.
struct StepOverlay: ~Copyable {
    let root: FD
    let upper: String

    init(on layers: [StageLayer], store: ImageStore, work: Workspace) throws(EscaleError) {
        let folder = work.path("step")
        upper = "\(folder)/upper"
        var lower = try store.folders(layers)
        if lower.isEmpty {
            try Files.makeDirectory("\(folder)/empty")
            lower = ["\(folder)/empty"]
        }
        try Files.makeDirectory(upper)
        try Files.makeDirectory("\(folder)/work")
        root = try Overlay.detached(
            lower: lower, upper: (upper, "\(folder)/work"), scratch: "\(folder)/mount",
            userXattr: UserNamespace.isNested)
    }

    /// A small file of the image; empty where there is none.
    func text(_ path: String) -> String {
        guard let file = try? InRoot.open(root.raw, path, O_RDONLY | O_NONBLOCK),
            let bytes = try? Files.readAll(file.raw, limit: 1 << 20)
        else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
