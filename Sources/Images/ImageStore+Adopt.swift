import Archive
import Glibc
import Linux
import OCI
import Support

/// A layer that is a folder of files first and a blob only when an image needs it.
public struct AdoptedLayer: Sendable, Equatable {
    public let diffID: Digest
    /// Content of its files.
    public let bytes: Int64
    public let files: Int
}

extension ImageStore {
    /// Takes the upper folder of an overlay, which nobody writes to any more, as an unpacked layer. It is
    /// moved, or removed where the layer is there already. Kept from garbage collection until `release`.
    /// - Parameter latest: no file is younger afterwards.
    public func adoptLayer(_ upper: String, latest: Timestamp?) throws(EscaleError) -> AdoptedLayer {
        let sink = HashingSink(NullSink())
        let (files, bytes) = try archive(upper, sink, latest)
        guard let diffID = Digest(sha256: sink.hex) else { throw EscaleError(.internal, "SHA-256") }
        let place = layerFolder(diffID)
        try Files.makeDirectory(kit.layers, mode: 0o700)
        let lock = try FileLock("\(kit.layers)/.lock-\(diffID.hex)")
        defer { _ = lock }
        if unpackedSize(diffID) == nil {
            let temporary = "\(kit.layers)/.tmp-\(diffID.hex)"
            try Files.removeTree(temporary)
            try Files.makeDirectory(temporary)
            try Sys.call("chmod", upper) { chmod(upper, 0o755) }
            try Sys.call("rename", upper) { rename(upper, "\(temporary)/fs") }
            let facts: JSON = ["bytes": .int(bytes), "files": .int(Int64(files))]
            try Files.replace("\(temporary)/layer.json", facts.bytes())
            try Files.replace("\(temporary)/\(Self.keptMark)", [])
            try Files.removeTree(place)
            try Sys.call("rename", place) { rename(temporary, place) }
        } else {
            try keep(diffID)
            try Files.removeTree(upper)
        }
        return AdoptedLayer(diffID: diffID, bytes: bytes, files: files)
    }

    /// The folder of an unpacked layer, with its files in `fs`; nil where it is not unpacked.
    public func unpackedFolder(_ diffID: Digest) -> String? {
        let place = layerFolder(diffID)
        return Files.exists("\(place)/layer.json") ? "\(place)/fs" : nil
    }

    public func hasBlob(_ descriptor: Descriptor) -> Bool { blobs.has(descriptor) }

    /// Keeps an unpacked layer from garbage collection until `release`.
    public func keep(_ diffID: Digest) throws(EscaleError) {
        try Files.replace("\(layerFolder(diffID))/\(Self.keptMark)", [])
    }

    /// Lets garbage collection have the layer unless an image has it.
    public func release(_ diffID: Digest) { unlink("\(layerFolder(diffID))/\(Self.keptMark)") }

    /// In the folder of a layer that is kept though no image may have it.
    static let keptMark = "kept"

    private func archive(_ folder: String, _ sink: any ByteSink, _ latest: Timestamp?)
        throws(EscaleError) -> (Int, Int64)
    {
        let root = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
        let writer = TarWriter(sink)
        var archiver = UpperArchiver(writer, latest: latest)
        try archiver.add(contentsOf: root.raw)
        try writer.finish()
        return (archiver.files, archiver.bytes)
    }
}

extension ImageStore {
    /// The blob of an unpacked layer, compressed now. Throws `.corrupt` where its files have changed. For
    /// those who hold an import.
    public func layerBlob(_ diffID: Digest) throws(EscaleError) -> Descriptor {
        guard let folder = unpackedFolder(diffID) else {
            throw EscaleError(.corrupt, "layer \(diffID.short) is not unpacked")
        }
        return try blobs.write(mediaType: MediaType.layerGzip) { (sink) throws(EscaleError) in
            let tar = HashingSink(try GzipSink(sink))
            _ = try archive(folder, tar, nil)
            guard tar.hex == diffID.hex else {
                throw EscaleError(
                    .corrupt, "layer \(diffID.short): its files have changed on disk",
                    repair: "escale builder prune -a")
            }
        }
    }
}

/// Bytes that are only counted or digested on the way.
private final class NullSink: ByteSink {
    func write(_ bytes: UnsafeRawBufferPointer) {}
    func finish() {}
}
