import Archive
import Glibc
import Images
import Linux
import OCI
import Support

extension Builder {
    /// All files of an image as one tar archive: what its containers begin with (`build -o DIR`). Blocks.
    package func writeRootfs(_ image: Image, to sink: any ByteSink) throws(EscaleError) {
        let work = try Workspace(kit: kit)
        defer { work.remove() }
        let root = try store.open(try state(of: image).layers, name: image.id.short, in: work)
        let archive = TreeArchiver(TarWriter(sink))
        for name in try TreeArchiver.names(in: root.raw, "/") {
            try archive.add(name, in: root.raw, as: name)
        }
        try archive.finish()
    }
}
