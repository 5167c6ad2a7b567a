import Archive
import Glibc
import Images
import Linux
import OCI
import Support
import Testing

@Suite struct BlobIngestTests {
    let bytes: [UInt8] = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    private func descriptor(_ bytes: [UInt8], _ algorithm: String = "sha256") throws -> Descriptor {
        let hex = try #require(ContentHash.hex(of: bytes, algorithm))
        return Descriptor(
            mediaType: MediaType.layer, digest: try Digest("\(algorithm):\(hex)"), size: Int64(bytes.count))
    }

    @Test(arguments: ["sha256", "sha512"]) func goesOnWhereItWasCutOff(_ algorithm: String) throws {
        let test = TestStore()
        let blobs = test.store.blobs
        let wanted = try descriptor(bytes, algorithm)
        do {
            let first = try #require(try blobs.ingest(wanted))
            try first.write(Array(bytes[..<40_000]))
            #expect(throws: EscaleError.self) { try first.commit() }
        }
        #expect(!blobs.has(wanted))
        let second = try #require(try blobs.ingest(wanted))
        #expect(second.offset == 40_000)
        try second.write(Array(bytes[40_000...]))
        #expect(try second.commit() == wanted)
        #expect(try blobs.read(wanted.digest) == bytes)
        #expect(try blobs.ingest(wanted) == nil)
        #expect(try Files.list(blobs.partials).isEmpty)
    }

    @Test func refusesWhatIsNotPromised() throws {
        let test = TestStore()
        let blobs = test.store.blobs
        let wanted = try descriptor(bytes)
        let wrong = try #require(try blobs.ingest(wanted))
        var other = bytes
        other[5] ^= 1
        try wrong.write(other)
        #expect(throws: EscaleError.self) { try wrong.write([1]) }
        let error = #expect(throws: EscaleError.self) { try wrong.commit() }
        #expect(error?.code == .corrupt)
        #expect(try blobs.list().isEmpty && Files.list(blobs.partials).isEmpty)
    }

    /// As a registry's upload: the digest comes last, and may be of another algorithm.
    @Test func digestAtTheEnd() throws {
        let test = TestStore()
        let blobs = test.store.blobs
        for algorithm in ["sha256", "sha512"] {
            let upload = try blobs.ingest(named: "upload-1")
            try upload.write(bytes)
            let wanted = try descriptor(bytes, algorithm)
            #expect(try upload.commit(wanted.digest, mediaType: MediaType.layer) == wanted)
            #expect(blobs.has(wanted))
        }
        for name in ["", "..", "a/b", "é"] {
            #expect(throws: EscaleError.self) { try blobs.ingest(named: name) }
        }
    }

    @Test func secondReceiverWaitsForTheFirst() async throws {
        let test = TestStore()
        let blobs = test.store.blobs
        let wanted = try descriptor(bytes)
        let first = try #require(try blobs.ingest(wanted))
        let bytes = bytes
        async let second = Task.detached { try blobs.ingest(wanted) == nil }.value
        try first.write(bytes)
        try first.commit()
        #expect(try await second)
    }

    @Test func partialFilesAreKeptUntilTheyAreOld() throws {
        let test = TestStore()
        let blobs = test.store.blobs
        let wanted = try descriptor(bytes)
        do {
            let cut = try #require(try blobs.ingest(wanted))
            try cut.write(Array(bytes[..<10]))
        }
        try test.store.collectGarbage()
        #expect(try Files.list(blobs.partials).count == 1)
        let held = try #require(try blobs.ingest(wanted))
        #expect(try blobs.removePartials(olderThan: 0) == 0)
        #expect(held.offset == 10)
        held.abandon()
        #expect(try Files.list(blobs.partials).isEmpty)
    }

    @Test func manifestsKeepTheirBytes() throws {
        let test = TestStore()
        let image = try test.add(["base"])
        let config = image.manifest.config
        let layer = image.layers[0]
        let text = """
            {  "schemaVersion":2,"mediaType":"\(MediaType.dockerManifest)",
              "config":{"mediaType":"\(MediaType.dockerConfig)","size":\(config.size),"digest":"\(config.digest)"},
              "layers":[{"mediaType":"\(MediaType.dockerLayerGzip)","size":\(layer.size),"digest":"\(layer.digest)"}]}
            """
        let session = try test.store.beginImport()
        let target = try session.addManifest(Array(text.utf8), mediaType: MediaType.dockerManifest)
        let index = """
            {"schemaVersion":2,"manifests":[
            {"mediaType":"\(MediaType.dockerManifest)","size":1,"digest":"sha256:\(String(repeating: "0", count: 64))",
             "platform":{"os":"linux","architecture":"s390x"}},
            {"mediaType":"\(MediaType.dockerManifest)","size":\(target.size),"digest":"\(target.digest)",
             "platform":{"os":"linux","architecture":"\(Platform.current.architecture)"}}]}
            """
        let top = try session.addManifest(Array(index.utf8))
        #expect(top.mediaType == MediaType.index)
        let name = try Reference("multi:1")
        let made = try session.finish(target: top, names: [name])
        #expect(made.id == image.id && made.manifestDigest == target.digest)
        #expect(made.repositoryDigests == ["multi@\(top.digest)"])
        #expect(try test.store.blobs.read(target.digest) == Array(text.utf8))
        #expect(try test.store.resolve("multi@\(top.digest)").target == top)
        let error = #expect(throws: EscaleError.self) {
            try test.store.resolve("multi:1", platform: try Platform("linux/s390x"))
        }
        #expect(error?.code == .notFound)
        // Nil while the import holds its lock; then all that the index leads to stays.
        #expect(try test.store.collectIfFree() == nil)
        _ = session.store
        #expect(try test.store.resolve("multi:1").id == image.id)
        #expect(try test.store.verify().isEmpty)
    }

    @Test func manifestsThatAreNone() throws {
        let test = TestStore()
        let session = try test.store.beginImport()
        for text in [
            "", "{}", "[]", #"{"schemaVersion":1}"#, #"{"schemaVersion":2}"#,
            #"{"schemaVersion":2,"mediaType":"text/plain"}"#, #"{"schemaVersion":2,"config":{},"layers":[]}"#,
            #"{"schemaVersion":2,"manifests":[],"layers":[]}"#
        ] {
            let error = #expect(throws: EscaleError.self, "\(text)") {
                try session.addManifest(Array(text.utf8))
            }
            #expect([.invalid, .corrupt].contains(error?.code))
        }
        #expect(throws: EscaleError.self) {
            try session.addManifest(
                Array(#"{"schemaVersion":2,"manifests":[]}"#.utf8), mediaType: MediaType.manifest)
        }
    }

    /// A removal during an import can't collect: the import's end does.
    @Test func collectionIsMadeUpFor() throws {
        let test = TestStore()
        try test.add(["x"], ["old"])
        do {
            let session = try test.store.beginImport()
            _ = try test.store.remove("x")
            #expect(test.blobs.count == 3)
            _ = session.store
        }
        #expect(test.blobs.isEmpty)
    }
}
