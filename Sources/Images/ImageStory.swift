import Archive
import OCI
import Support

/// How an image's files came about, layer by layer: what each added, changed and hid, and which bytes
/// are carried though nobody can see them any more.
public struct ImageStory: Sendable, Equatable {
    public struct Change: Sendable, Equatable {
        /// From the image's root, with a leading slash.
        public let path: String
        /// Bytes that the layer has of it; of what it hides, bytes hidden.
        public let size: Int64
    }

    public struct Layer: Sendable, Equatable {
        public let diffID: Digest
        /// The step that made it; empty where the image doesn't say.
        public let createdBy: String
        public let compressed: Int64
        /// Bytes of its files.
        public internal(set) var bytes: Int64 = 0
        public internal(set) var added: [Change] = []
        public internal(set) var changed: [Change] = []
        public internal(set) var hidden: [Change] = []
    }

    /// Bottom first.
    public private(set) var layers: [Layer] = []
    /// Bytes of the files of all layers.
    public var total: Int64 { layers.reduce(0) { $0 + $1.bytes } }
    /// Bytes of files that a later layer replaced or hid: every pull carries them all the same.
    public private(set) var wasted: Int64 = 0
    /// The bytes behind `wasted`, by path, the largest first.
    public private(set) var waste: [Change] = []

    private var files: [String: File] = [:]
    private var wasteByPath: [String: Int64] = [:]

    private struct File: Equatable {
        var entry: TarEntry
        var layer: Int
    }

    /// Starts with no layers.
    public init() {}

    /// Adds a layer on top.
    public mutating func add(
        _ entries: [TarEntry], diffID: Digest, createdBy: String, compressed: Int64
    ) throws(EscaleError) {
        var layer = Layer(diffID: diffID, createdBy: createdBy, compressed: compressed)
        let number = layers.count
        for entry in entries {
            let path = "/" + (try TreeExtractor.safePath(entry.path))
            let slash = path.lastIndex(of: "/") ?? path.startIndex
            let name = path[path.index(after: slash)...]
            let folder = String(path[..<slash])
            if name == ".wh..wh..opq" {
                hide(below: folder, number, &layer)
            } else if name.hasPrefix(".wh.") {
                if !name.hasPrefix(".wh..wh.") { hide("\(folder)/\(name.dropFirst(4))", number, &layer) }
            } else if path != "/" {
                put(entry, path, number, &layer)
            }
        }
        layer.added.sort { $0.path < $1.path }
        layer.changed.sort { $0.path < $1.path }
        layer.hidden.sort { $0.path < $1.path }
        layers.append(layer)
        wasted = wasteByPath.values.reduce(0, +)
        waste = wasteByPath.filter { $0.value > 0 }.map { Change(path: $0.key, size: $0.value) }
            .sorted { ($1.size, $0.path) < ($0.size, $1.path) }
    }

    private mutating func put(_ entry: TarEntry, _ path: String, _ number: Int, _ layer: inout Layer) {
        layer.bytes += entry.size
        guard let old = files[path] else {
            files[path] = File(entry: entry, layer: number)
            return layer.added.append(Change(path: path, size: entry.size))
        }
        files[path] = File(entry: entry, layer: number)
        if old.entry.kind == .directory, entry.kind == .directory {
            // A folder comes along with whatever is in it: that alone changes nothing.
            let isSame = (old.entry.mode, old.entry.uid, old.entry.gid) == (entry.mode, entry.uid, entry.gid)
            if !isSame { layer.changed.append(Change(path: path, size: 0)) }
            return
        }
        if old.entry.kind == .directory { for below in paths(below: path) { lose(below, number) } }
        if old.layer < number || old.entry.size > 0 { wasteByPath[path, default: 0] += old.entry.size }
        layer.changed.append(Change(path: path, size: entry.size))
    }

    private func paths(below path: String) -> [String] {
        files.keys.filter { $0.hasPrefix(path + "/") }
    }

    private mutating func lose(_ path: String, _ number: Int) {
        guard let file = files.removeValue(forKey: path) else { return }
        wasteByPath[path, default: 0] += file.entry.size
    }

    /// A path and all below it, as lower layers have it.
    private mutating func hide(_ path: String, _ number: Int, _ layer: inout Layer) {
        let gone = ([path] + paths(below: path)).filter { (files[$0]?.layer ?? number) < number }
        guard !gone.isEmpty else { return }
        let size = gone.reduce(Int64(0)) { $0 + (files[$1]?.entry.size ?? 0) }
        for one in gone { lose(one, number) }
        layer.hidden.append(Change(path: path, size: size))
    }

    /// An opaque folder: all that lower layers have in it.
    private mutating func hide(below folder: String, _ number: Int, _ layer: inout Layer) {
        let prefix = folder + "/"
        let names = Set(
            paths(below: folder).filter { (files[$0]?.layer ?? number) < number }.map {
                $0.dropFirst(prefix.count).prefix { $0 != "/" }
            })
        for name in names.sorted() { hide(prefix + name, number, &layer) }
    }
}

extension ImageStore {
    /// Reads an image's layers from their blobs. Throws `.corrupt` for a damaged one.
    public func story(_ image: Image) throws(EscaleError) -> ImageStory {
        let steps = (image.config.history ?? []).filter { $0.emptyLayer != true }
        var story = ImageStory()
        for (i, (layer, diffID)) in zip(image.layers, image.diffIDs).enumerated() {
            let fd = try blobs.open(layer.digest)
            let tar = try ArchiveReader(try Decompressor(DescriptorSource(fd.raw)), format: .tar)
            var entries: [TarEntry] = []
            while let entry = try tar.next() { entries.append(entry) }
            try story.add(
                entries, diffID: diffID,
                createdBy: steps.count == image.layers.count ? steps[i].createdBy ?? "" : "",
                compressed: layer.size)
        }
        return story
    }
}
