import Archive
import Images
import Linux
import OCI
import Support
import Testing

@Suite struct ImageArchiveTests {
    private func saved(_ test: TestStore, _ names: [String]) throws -> [UInt8] {
        let sink = BytesSink()
        try test.store.save(names, to: sink)
        return sink.bytes
    }

    @Test func whatIsSavedIsLoadedWithItsDigests() throws {
        let (from, to) = (TestStore(), TestStore())
        let image = try from.add(["x:1", "x:2", "other"], ["a", "b"])
        let bytes = try saved(from, ["x"])
        #expect(try saved(from, ["x"]) == bytes)
        let loaded = try to.store.load(BytesSource(bytes))
        #expect(loaded.flatMap(\.names).map(\.familiar) == ["x:1", "x:2"])
        #expect(try to.store.resolve("x:2").manifestDigest == image.manifestDigest)
        #expect(throws: EscaleError.self) { try to.store.resolve("other") }
        #expect(try to.store.verify().isEmpty)
    }

    /// Cut anywhere, or with a byte changed: nothing gets a name, and the store stays right.
    @Test func damagedArchivesGiveNoNames() throws {
        let from = TestStore()
        try from.add(["x"], ["a", "b"])
        let bytes = try saved(from, ["x"])
        var random = SystemRandomNumberGenerator()
        for i in 0..<60 {
            let test = TestStore()
            var damaged = bytes
            if i % 2 == 0 {
                damaged.removeSubrange(Int.random(in: 0..<bytes.count - 2048, using: &random)...)
            } else {
                damaged[Int.random(in: 0..<bytes.count, using: &random)] ^= 0x41
            }
            // A changed byte may be one of padding: then all is loaded as it was.
            let loaded = (try? test.store.load(BytesSource(damaged))) ?? []
            if i % 2 == 0 { #expect(loaded.isEmpty) }
            if loaded.isEmpty { #expect(try test.store.list().isEmpty) }
            #expect(try test.store.verify().isEmpty)
        }
    }

    /// As `docker save` wrote before version 25: layers uncompressed, one of them as a link.
    @Test func olderDockerArchives() throws {
        let from = TestStore()
        let image = try from.add(["x"], ["a"])
        let layer = try Decompressor(FileSource(from.store.blobs.path(image.layers[0].digest))).readAll()
        let config = try from.store.blobs.read(image.id)
        let sink = BytesSink()
        let tar = TarWriter(sink)
        try tar.add(TarEntry(path: "\(image.id.hex).json", kind: .file, mode: 0o644), content: config)
        try tar.add(TarEntry(path: "1/layer.tar", kind: .file, mode: 0o644), content: layer)
        try tar.add(TarEntry(path: "2/layer.tar", kind: .symlink, mode: 0o777, link: "../1/layer.tar"))
        let manifest =
            "[{\"Config\":\"\(image.id.hex).json\",\"RepoTags\":[\"y:1\"],\"Layers\":[\"2/layer.tar\"]}]"
        try tar.add(TarEntry(path: "manifest.json", kind: .file, mode: 0o644), content: Array(manifest.utf8))
        try tar.finish()
        let test = TestStore()
        #expect(try test.store.load(BytesSource(sink.bytes)).first?.image.id == image.id)
        #expect(try test.store.resolve("y:1").layers[0].mediaType == MediaType.layer)
        // Into a store that has it compressed, no second manifest comes.
        _ = try from.store.load(BytesSource(sink.bytes))
        #expect(try from.store.resolve("y:1").manifestDigest == image.manifestDigest)
    }

    @Test func bombsAreRefused() throws {
        let test = TestStore()
        let sink = BytesSink()
        let gzip = try GzipSink(sink)
        var header = TarEntry(path: "zeros", kind: .file, mode: 0o644)
        header.size = 3 << 30
        let tar = TarWriter(gzip)
        final class Zeros: ByteSource {
            func read(into buffer: UnsafeMutableRawBufferPointer) -> Int { 0 }
        }
        // Its header alone says too much: the content never needs to come.
        #expect(throws: EscaleError.self) { try tar.add(header, from: Zeros()) }
        try gzip.finish()
        let session = try test.store.beginImport()
        let error = #expect(throws: EscaleError.self) {
            try session.addLayer(blob: BytesSource(sink.bytes), history: .init())
        }
        #expect(error?.message.contains("decompression bomb") == true)
        #expect(test.unpacked.isEmpty)
    }

    @Test func storyOfLayers() throws {
        func file(_ path: String, _ size: Int64) -> TarEntry {
            TarEntry(path: path, kind: .file, mode: 0o644, size: size)
        }
        func folder(_ path: String) -> TarEntry { TarEntry(path: path, kind: .directory, mode: 0o755) }
        let id = try Digest("sha256:\(String(repeating: "a", count: 64))")
        var story = ImageStory()
        func add(_ entries: [TarEntry]) throws {
            try story.add(entries, diffID: id, createdBy: "", compressed: 1)
        }
        try add([
            folder("a/"), file("a/big", 100), file("a/small", 5), file("b", 7), folder("c"), file("c/x", 3)
        ])
        try add([
            folder("a/"), file("a/.wh.big", 0), file("b", 9), folder("c"), file("c/.wh..wh..opq", 0),
            file("c/y", 2)
        ])
        #expect(story.layers[0].added.count == 6 && story.layers[0].bytes == 115)
        #expect(story.layers[1].hidden.map(\.path) == ["/a/big", "/c/x"])
        #expect(story.layers[1].changed.map(\.path) == ["/b"])
        #expect(story.layers[1].added.map(\.path) == ["/c/y"])
        #expect(story.wasted == 110 && story.total == 126)
        #expect(story.waste.map(\.path) == ["/a/big", "/b", "/c/x"])
    }

    @Test func upperFoldersBecomeLayers() throws {
        let test = TestStore()
        let base = try test.add(["base"])
        let upper = "\(test.kit.root)/upper"
        try Files.makeDirectory("\(upper)/etc")
        try Files.replace("\(upper)/etc/hosts", [])
        try Files.makeDirectory("\(upper)/srv")
        try Files.replace("\(upper)/srv/new", [1, 2])
        let session = try test.store.beginImport()
        let layer = try session.addLayer(upper: upper, latest: Timestamp(nanoseconds: 0), history: .init())
        let again = try session.addLayer(upper: upper, latest: Timestamp(nanoseconds: 0), history: .init())
        #expect(layer == again)
        let image = try session.finish(
            layers: session.layers(of: base) + [layer], config: base.config, names: [try Reference("new")])
        // What the engine put there to mount upon is no part of it, nor the folder that only held it.
        #expect(try test.store.story(image).layers[1].added.map(\.path) == ["/srv", "/srv/new"])
    }
}
