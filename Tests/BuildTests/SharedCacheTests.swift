import Build
import OCI
import Support
import Testing

@Suite struct CachePlaceTests {
    @Test(arguments: [
        ("busybox", "busybox:latest"),
        ("type=registry,ref=host:5000/a/b:c", "type=registry,ref=host:5000/a/b:c"),
        ("type=local,src=/d", "type=local,src=/d,dest=/d,tag=latest"),
        ("type=local,src=d,tag=x", "type=local,src=d,dest=d,tag=x")
    ])
    func sources(_ text: String, _ again: String) throws {
        let place = try CachePlace(source: text)
        #expect(place.text == again)
        #expect(try CachePlace(source: place.text) == place)
    }

    @Test(arguments: [
        ("type=inline", "type=inline"),
        ("host/a", "type=registry,ref=host/a:latest"),
        ("type=registry,ref=host/a,mode=max,compression=zstd", "type=registry,ref=host/a:latest,mode=max"),
        ("type=local,dest=/d,mode=min", "type=local,src=/d,dest=/d,tag=latest")
    ])
    func targets(_ text: String, _ again: String) throws {
        let place = try CachePlace(target: text)
        #expect(place.text == again)
        #expect(try CachePlace(target: place.text) == place)
    }

    @Test(arguments: [
        "type=gha", "type=registry", "type=local,dest=x", "ref=a", "type=local,src=", "type=registry,ref=A B",
        "type=local,src=/d,colour=red", "type=inline", ""
    ])
    func refusedSources(_ text: String) {
        #expect(throws: EscaleError.self) { try CachePlace(source: text) }
    }

    @Test(arguments: [
        "type=registry,ref=a,mode=most", "type=inline,mode=max", "type=local,src=x", "type=s3", "type=local,x"
    ])
    func refusedTargets(_ text: String) {
        #expect(throws: EscaleError.self) { try CachePlace(target: text) }
    }
}

@Suite struct SharedCacheTests {
    static let hex = String(repeating: "a", count: 64)
    static let layer = Descriptor(
        mediaType: MediaType.layerGzip, digest: Digest(sha256: hex)!, size: 1)

    private func parse(_ step: String) throws -> SharedCache {
        try SharedCache(
            parsing: Array("{\"version\": 1, \"steps\": [\(step)]}".utf8), layers: [Self.layer])
    }

    private static let whole = """
        {"key": "\(hex)", "layer": "sha256:\(hex)", "diffID": "sha256:\(hex)", "bytes": 1,
        "created": "2026-01-01T00:00:00Z"}
        """

    @Test func threeKindsOfSteps() throws {
        for step in [
            Self.whole, "{\"key\": \"\(Self.hex)\"}",
            "{\"key\": \"\(Self.hex)\", \"sameAs\": \"\(Self.hex)\"}"
        ] {
            let cache = try parse(step)
            #expect(cache.steps.count == 1)
            #expect(try SharedCache(parsing: JSON.encode(cache).bytes(), layers: [Self.layer]) == cache)
        }
    }

    @Test(arguments: [
        "{}", "{\"key\": \"short\"}", "{\"key\": \"\(hex)\", \"sameAs\": \"x\"}", "7", "null",
        whole.replacing("\"bytes\": 1", with: "\"bytes\": -1"), whole.replacing("2026-01", with: "then"),
        whole.replacing("\"layer\": \"sha256:a", with: "\"layer\": \"sha256:b"),
        whole.replacing("diffID", with: "other"), whole.replacing("sha256", with: "md5"),
        whole.replacing("\"bytes\": 1", with: "\"bytes\": 1, \"sameAs\": \"\(hex)\"")
    ])
    func refused(_ step: String) {
        #expect(throws: EscaleError.self) { try parse(step) }
    }

    @Test func aKeyHoldsItsPartsApart() {
        var one = CacheKey("run")
        one.add("a", "bc")
        var other = CacheKey("run")
        other.add("ab", "c")
        #expect(one.text != other.text)
        #expect(CacheKey("x", one).text != one.text)
    }
}
