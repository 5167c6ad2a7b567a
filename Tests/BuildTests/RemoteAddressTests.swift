import Build
import Support
import Testing

struct RemoteAddressTests {
    private func git(_ text: String) throws -> GitAddress? {
        guard case .git(let git)? = try RemoteAddress(text) else { return nil }
        return git
    }

    @Test func whatIsARepository() throws {
        for text in [
            "https://github.com/a/b.git", "git@github.com:a/b.git", "ssh://git@h/a/b", "git://h/a/b",
            "http://h/a.git#main"
        ] {
            #expect(try git(text) != nil, "\(text)")
        }
        for text in ["https://h/a.tar.gz", "https://h/a.git/x"] {
            #expect(try RemoteAddress(text) == .web(text))
        }
        for text in ["a.git", "./x", "C:/x", "github.com/a/b", "-o@h:x", "a:b", "user@host"] {
            #expect(try RemoteAddress(text) == nil, "\(text)")
        }
        #expect(
            try RemoteAddress(context: "github.com/a/b#v1") == RemoteAddress("https://github.com/a/b.git#v1"))
    }

    @Test func referencesAndFolders() throws {
        let plain = try #require(try git("https://h/a.git"))
        #expect((plain.remote, plain.ref, plain.folder) == ("https://h/a.git", nil, ""))
        let both = try #require(try git("https://h/a.git#v1:docs/../sub/"))
        #expect((both.ref, both.folder) == ("v1", "sub"))
        let folder = try #require(try git("git@h:a.git#:sub"))
        #expect((folder.remote, folder.ref, folder.folder) == ("git@h:a.git", nil, "sub"))
        let query = try #require(try git("https://h/a.git?branch=x%2Fy&subdir=../../d&commit=abc"))
        #expect((query.remote, query.ref, query.folder) == ("https://h/a.git", "refs/heads/x/y", "d"))
        #expect(query.checksum == "abc")
        #expect(throws: EscaleError.self) { try RemoteAddress("https://h/a.git?what=1") }
        #expect(throws: EscaleError.self) { try RemoteAddress("https://h/a.git#--upload-pack=x") }
    }

    @Test func namesOfDownloads() {
        for (url, name) in [
            ("https://h/a/b.tar?x=/y#z", "b.tar"), ("https://h", "__unnamed__"),
            ("https://h/", "__unnamed__"),
            ("https://h/a%20b", "a b"), ("https://h/%2e%2e", "__unnamed__"),
            ("https://h/x%2Fy", "__unnamed__")
        ] {
            #expect(RemoteAddress.fileName(url) == name)
        }
    }

    @Test func dates() {
        #expect(HTTPDate.parse("Sun, 09 Sep 2001 01:46:40 GMT")?.seconds == 1_000_000_000)
        #expect(HTTPDate.parse("yesterday") == nil)
    }
}
