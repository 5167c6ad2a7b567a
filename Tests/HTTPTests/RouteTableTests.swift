import HTTP
import Support
import Testing

@Suite struct RouteTableTests {
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

    private func find(_ method: String, _ uri: String) -> (value: String, captures: [String: String])? {
        Self.table.find(method, Target(uri).path)
    }

    @Test func literalsComeBeforeCaptures() {
        #expect(find("GET", "/containers/json?all=1")?.value == "/containers/json")
        #expect(find("GET", "/containers/abc/json")?.captures == ["id": "abc"])
    }

    @Test func namesMayHaveSlashes() {
        #expect(find("GET", "/images/reg:5000/a/b:1/json")?.captures == ["name": "reg:5000/a/b:1"])
        #expect(find("DELETE", "/images/escale%2Fweb:1")?.captures == ["name": "escale/web:1"])
        #expect(find("GET", "/images/json")?.captures == [:])
    }

    @Test func methodsMustFit() {
        #expect(find("POST", "/containers/json") == nil)
        #expect(find("HEAD", "/_ping")?.value == "head")
        #expect(find("HEAD", "/containers/x/json")?.captures == ["id": "x"])
        #expect(find("GET", "/nowhere") == nil)
    }

    @Test func queries() throws {
        let query = Target("/x?all=1&name=a+b%2Fc&force=false&t=5&bad=x&e").query
        #expect(query.flag("all") && !query.flag("force") && !query.flag("none"))
        #expect(query["name"] == "a b/c" && query.text("e") == nil)
        #expect(try query.integer("t") == 5 && query.integer("none") == nil)
        #expect(throws: EscaleError.self) { try query.integer("bad") }
    }
}
