import DockerAPI
import Engine
import Support
import Testing

@Suite struct RouterTests {
    private static let table: RouteTable<String> = {
        var table = RouteTable<String>()
        for path in ["/containers/json", "/containers/{id}/json", "/images/json", "/images/{name*}/json"] {
            table.add("GET", path, path)
        }
        table.add("DELETE", "/images/{name*}", "rmi")
        table.add("HEAD", "/_ping", "head")
        table.add("GET", "/_ping", "get")
        return table
    }()

    private func find(_ method: String, _ uri: String) throws -> (value: String, captures: [String: String])?
    {
        Self.table.find(method, try Target(uri).path)
    }

    @Test func literalsComeBeforeCaptures() throws {
        #expect(try find("GET", "/v1.47/containers/json?all=1")?.value == "/containers/json")
        #expect(try find("GET", "/containers/abc/json")?.captures == ["id": "abc"])
    }

    @Test func namesMayHaveSlashes() throws {
        #expect(try find("GET", "/images/reg:5000/a/b:1/json")?.captures == ["name": "reg:5000/a/b:1"])
        #expect(try find("DELETE", "/images/escale%2Fweb:1")?.captures == ["name": "escale/web:1"])
        #expect(try find("GET", "/images/json")?.captures == [:])
    }

    @Test("Docker's routes that are not served are known all the same")
    func absentRoutes() throws {
        var table = RouteTable<String>()
        for (method, path, what) in APIRoutes.absentRoutes { table.add(method, path, what) }
        for (method, uri) in [
            ("POST", "/v1.47/commit?container=a"), ("POST", "/build"), ("GET", "/containers/a/export"),
            ("POST", "/images/escale/web/push"), ("GET", "/images/get?names=a"), ("GET", "/swarm"),
            ("POST", "/services/create"), ("DELETE", "/plugins/a"), ("GET", "/containers/a/checkpoints"),
            ("GET", "/distribution/escale/web/json")
        ] {
            #expect(table.find(method, try Target(uri).path) != nil, "\(method) \(uri)")
        }
        #expect(table.find("GET", try Target("/nowhere").path) == nil)
    }

    @Test func methodsMustFit() throws {
        #expect(try find("POST", "/containers/json") == nil)
        #expect(try find("HEAD", "/_ping")?.value == "head")
        #expect(try find("HEAD", "/containers/x/json")?.captures == ["id": "x"])
        #expect(try find("GET", "/nowhere") == nil)
    }

    @Test func versions() throws {
        #expect(try Target("/v1.24/info").version.text == "1.24")
        #expect(try Target("/info").version == .newest)
        #expect(throws: EscaleError.self) { try Target("/v1.99/info") }
        #expect(throws: EscaleError.self) { try Target("/v1.12/info") }
    }

    @Test func queries() throws {
        let query = try Target("/x?all=1&name=a+b%2Fc&force=false&t=5&bad=x&e").query
        #expect(query.flag("all") && !query.flag("force") && !query.flag("none"))
        #expect(query["name"] == "a b/c" && query.text("e") == nil)
        #expect(try query.integer("t") == 5 && query.integer("none") == nil)
        #expect(throws: EscaleError.self) { try query.integer("bad") }
    }
}
