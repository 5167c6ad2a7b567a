import OCI
import Registry
import Support
import Testing

@Suite struct ManifestFactsTests {
    private static let a = "sha256:" + String(repeating: "a", count: 64)
    private static let b = "sha256:" + String(repeating: "b", count: 64)

    private func manifest(_ more: [(String, JSON)] = []) -> [UInt8] {
        let members: [(String, JSON)] =
            [
                ("schemaVersion", 2),
                ("config", ["mediaType": "x/config", "digest": .string(Self.a), "size": 2]),
                ("layers", [["mediaType": .string(MediaType.layer), "digest": .string(Self.b), "size": 3]])
            ] + more
        return JSON.object(JSONObject(members)).bytes()
    }

    private func code(_ bytes: [UInt8], _ type: String? = nil) -> RegistryError.Code? {
        do throws(RegistryError) {
            _ = try ManifestFacts(bytes, contentType: type)
            return nil
        } catch { return error.code }
    }

    @Test func image() throws {
        let facts = try ManifestFacts(
            manifest([("subject", ["mediaType": "x", "digest": .string(Self.b), "size": 1])]),
            contentType: MediaType.manifest + "; charset=utf-8")
        #expect(facts.mediaType == MediaType.manifest)
        #expect(try facts.blobs == [Digest(Self.a), Digest(Self.b)])
        #expect(facts.subject?.description == Self.b)
        // An image without a type of its own has its configuration's.
        #expect(facts.artifactType == "x/config")
    }

    @Test func index() throws {
        let bytes = JSON.object(
            JSONObject([
                ("schemaVersion", 2),
                ("manifests", [["mediaType": "x", "digest": .string(Self.a), "size": 1]])
            ])
        ).bytes()
        let facts = try ManifestFacts(bytes, contentType: nil)
        #expect(facts.mediaType == MediaType.index)
        #expect(facts.children.map(\.description) == [Self.a] && facts.artifactType == nil)
        #expect(code(bytes, MediaType.manifest) == .manifestInvalid)
    }

    @Test("Layers that may not be redistributed need not be here")
    func foreign() throws {
        let layer: JSON = [
            "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "digest": .string(Self.b), "size": 3
        ]
        let bytes = JSON.object(
            JSONObject([
                ("schemaVersion", 2), ("config", ["digest": .string(Self.a), "size": 2]),
                ("layers", .array([layer]))
            ])
        ).bytes()
        #expect(try ManifestFacts(bytes, contentType: nil).blobs.count == 1)
    }

    @Test func whatIsNone() {
        #expect(code(Array("{".utf8)) == .manifestInvalid)
        #expect(code(Array("[]".utf8)) == .manifestInvalid)
        #expect(code(Array(#"{"schemaVersion":1}"#.utf8)) == .manifestInvalid)
        #expect(code(Array(#"{"schemaVersion":2}"#.utf8)) == .manifestInvalid)
        #expect(code(manifest([("mediaType", "x/y")]), MediaType.manifest) == .manifestInvalid)
        #expect(code(manifest([("subject", ["digest": "sha256:1", "size": 1])])) == .manifestInvalid)
        #expect(code(manifest()) == nil)
    }
}

@Suite struct RepositoryIndexTests {
    private func entry(_ c: Character) throws -> Descriptor {
        Descriptor(
            mediaType: MediaType.manifest, digest: try Digest("sha256:" + String(repeating: c, count: 64)),
            size: 1)
    }

    @Test func tagsMove() throws {
        let (x, y) = (try entry("a"), try entry("b"))
        let (t, u) = (try #require(TagName("t")), try #require(TagName("u")))
        var index = RepositoryIndex(ImageIndex())
        index.add(x, subject: nil, tags: [t, u])
        #expect(index.image.manifests.count == 2)
        index.add(y, subject: nil, tags: [t])
        #expect(index.image.manifests.map { $0.annotations?[Annotation.refName] } == ["t", "u"])
        index.remove(u)
        // Its last tag is gone, the manifest is not.
        #expect(index.image.manifests.map(\.digest) == [y.digest, x.digest])
        #expect(index.remove(u) == false)
        index.remove(y.digest)
        #expect(index.image.manifests == [x])
    }
}
