import HTTP
import OCI
import Registry
import Testing

@Suite struct NameTests {
    @Test(
        "Names that the specification's grammar has",
        arguments: ["a", "a/b", "classe/web-1", "a.b_c__d---e", "0/1", "library/busybox"])
    func good(_ text: String) { #expect(RepositoryName(text)?.text == text) }

    @Test(
        "Names that it has not",
        arguments: [
            "", "/", "a/", "/a", "a//b", "A", "a..b", "a___b", "a_.b", "-a", "a-", "a b", "é", "..", "a/../b",
            "_oci", "a/_uploads", "a:b", "a@b", "a%2fb", String(repeating: "a", count: 256)
        ])
    func bad(_ text: String) { #expect(RepositoryName(text) == nil) }

    @Test func tags() {
        for text in ["latest", "_", "1.0", "A-b", String(repeating: "x", count: 128)] {
            #expect(TagName(text) != nil, "\(text)")
        }
        for text in ["", ".a", "-a", "a/b", "a:b", "é", String(repeating: "x", count: 129)] {
            #expect(TagName(text) == nil, "\(text)")
        }
    }

    @Test func uploads() {
        #expect(UploadID("01234567-89ab-cdef-0123-456789abcdef") != nil)
        for text in [
            "", "01234567-89ab-cdef-0123-456789abcdeF", "0123456789abcdef0123456789abcdef----",
            "../../../../../../../../../../etc/pas"
        ] {
            #expect(UploadID(text) == nil, "\(text)")
        }
    }
}

@Suite struct EndpointTests {
    private let digest = "sha256:" + String(repeating: "a", count: 64)

    private func parse(_ path: String) throws -> Endpoint? { try Endpoint.parse(Substring(path)) }
    private func name(_ text: String) throws -> RepositoryName { try #require(RepositoryName(text)) }

    @Test func paths() throws {
        let d = try Digest(digest)
        let id = "01234567-89ab-cdef-0123-456789abcdef"
        #expect(try parse("/v2/") == .base)
        #expect(try parse("/v2") == .base)
        #expect(try parse("/v2/_catalog") == .catalog)
        #expect(try parse("/v2/a/b/tags/list") == .tags(name("a/b")))
        #expect(try parse("/v2/a/manifests/v1") == .manifest(name("a"), .tag(#require(TagName("v1")))))
        #expect(try parse("/v2/a/manifests/\(digest)") == .manifest(name("a"), .digest(d)))
        #expect(try parse("/v2/a/blobs/\(digest)") == .blob(name("a"), d))
        #expect(try parse("/v2/a/blobs/sha256%3A\(d.hex)") == .blob(name("a"), d))
        #expect(try parse("/v2/a/blobs/uploads/") == .uploads(name("a")))
        #expect(try parse("/v2/a/blobs/uploads") == .uploads(name("a")))
        #expect(try parse("/v2/a/blobs/uploads/\(id)") == .upload(name("a"), #require(UploadID(id))))
        #expect(try parse("/v2/a/referrers/\(digest)") == .referrers(name("a"), d))
    }

    @Test("A repository may be called as a part of the protocol")
    func namesThatLookLikePaths() throws {
        #expect(try parse("/v2/tags/tags/list") == .tags(name("tags")))
        #expect(try parse("/v2/a/blobs/b/blobs/\(digest)") == .blob(name("a/blobs/b"), Digest(digest)))
        #expect(
            try parse("/v2/manifests/manifests/x")
                == .manifest(name("manifests"), .tag(#require(TagName("x")))))
    }

    @Test func nothingOfOurs() throws {
        for path in ["", "/", "/v1/", "/v2/a", "/v2/a/b/c", "/metrics", "v2/"] {
            #expect(try parse(path) == nil, "\(path)")
        }
    }

    @Test func whatCanNotBe() {
        func code(_ path: String) -> RegistryError.Code? {
            do throws(RegistryError) {
                _ = try Endpoint.parse(Substring(path))
                return nil
            } catch { return error.code }
        }
        #expect(code("/v2/A/tags/list") == .nameInvalid)
        #expect(code("/v2//tags/list") == .nameInvalid)
        #expect(code("/v2/../../etc/tags/list") == .nameInvalid)
        #expect(code("/v2/a/manifests/-x") == .manifestInvalid)
        #expect(code("/v2/a/manifests/sha256:12") == .digestInvalid)
        #expect(code("/v2/a/blobs/md5:12") == .digestInvalid)
        #expect(code("/v2/a/blobs/uploads/..%2f..%2fx") == .blobUploadUnknown)
        #expect(code("/v2/a%2f..%2fb/tags/list") == .nameInvalid)
    }
}

@Suite struct RangesTests {
    @Test(
        arguments: [
            (nil, .whole), ("bytes=0-9", .part(0...9)), ("bytes=5-", .part(5...99)),
            ("bytes=-10", .part(90...99)),
            ("bytes=-200", .part(0...99)), ("bytes=90-200", .part(90...99)), ("bytes=100-", .unsatisfiable),
            ("bytes=5-4", .unsatisfiable), ("bytes=-0", .unsatisfiable), ("bytes=0-1,3-4", .whole),
            ("lines=1-2", .whole), ("bytes=a-b", .whole), ("bytes=", .whole), ("bytes=-", .whole),
            ("bytes=99999999999999999999-", .whole)
        ] as [(String?, Ranges.Choice)])
    func choices(_ header: String?, _ expected: Ranges.Choice) {
        #expect(Ranges.choose(header, size: 100) == expected)
    }

    @Test func ofNothing() {
        #expect(Ranges.choose("bytes=0-", size: 0) == .unsatisfiable)
        #expect(Ranges.choose("bytes=-5", size: 0) == .unsatisfiable)
        #expect(Ranges.choose(nil, size: 0) == .whole)
    }

    @Test func chunks() {
        #expect(Ranges.chunk("0-9") == 0...9)
        #expect(Ranges.chunk("bytes 10-19/100") == 10...19)
        for bad in ["", "-", "9-0", "a-b", "0-9-10", "+1-2", "1", "0-99999999999999999999"] {
            #expect(Ranges.chunk(bad) == nil, "\(bad)")
        }
    }
}

@Suite struct PageTests {
    private func page(_ query: String) throws -> Page {
        try Page(["A", "B", "a", "b", "c"], Query(Substring(query)), path: "/v2/x/tags/list")
    }

    @Test func pages() throws {
        #expect(try page("").names == ["A", "B", "a", "b", "c"])
        #expect(try page("n=2").names == ["A", "B"])
        #expect(try page("n=2").next == "/v2/x/tags/list?n=2&last=B")
        #expect(try page("n=2&last=B").names == ["a", "b"])
        #expect(try page("n=2&last=b") == page("last=b"))
        #expect(try page("n=5").next == nil)
        #expect(try page("last=Z").names == ["a", "b", "c"])
        #expect(try page("last=z").names == [])
    }

    @Test func none() throws {
        #expect(try page("n=0").names == [] && page("n=0").next == nil)
        #expect(throws: RegistryError.self) { try page("n=-1") }
        #expect(throws: RegistryError.self) { try page("n=x") }
    }
}
