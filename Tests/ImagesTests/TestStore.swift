import Archive
import Images
import Linux
import OCI
import Support

/// A store of one test in a kit of its own, removed afterwards.
final class TestStore {
    let kit: Kit
    let store: ImageStore

    init() {
        let folder = "/tmp/escale-images-\(Hex.random(6))"
        kit = Kit(root: folder, run: "\(folder)/run")
        store = ImageStore(kit: kit)
    }

    deinit { try? Files.removeTree(kit.root) }

    /// An image of one layer per text: a file `layer` with that text.
    @discardableResult
    func add(_ names: [String], _ contents: [String] = ["x"], env: String = "A=1") throws -> Image {
        let session = try store.beginImport()
        var layers: [StoredLayer] = []
        for content in contents {
            layers.append(
                try session.addLayer(history: .init(createdBy: "test")) { (tar) throws(EscaleError) in
                    try tar.add(
                        TarEntry(path: "layer", kind: .file, mode: 0o644), content: Array(content.utf8))
                })
        }
        return try session.finish(
            layers: layers, config: ImageConfig(config: .init(env: [env], cmd: ["sh"])),
            names: try names.map { try Reference($0) })
    }

    var blobs: [String] { (try? Files.list("\(kit.images)/blobs/sha256")) ?? [] }
    var unpacked: [String] {
        ((try? Files.list(kit.layers)) ?? []).filter { !$0.hasPrefix(".") }
    }
}
