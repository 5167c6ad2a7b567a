import DockerAPI
import HTTP
import Support
import Testing

@Suite struct RouterTests {
    @Test("Docker's routes that are not served are known all the same")
    func absentRoutes() throws {
        var table = RouteTable<String>()
        for (method, path, what) in APIRoutes.absentRoutes { table.add(method, path, what) }
        for (method, uri) in [
            ("POST", "/v1.47/session?a=b"), ("POST", "/grpc"), ("GET", "/containers/a/attach/ws"),
            ("GET", "/swarm"), ("GET", "/nodes"),
            ("POST", "/services/create"), ("DELETE", "/plugins/a"), ("GET", "/containers/a/checkpoints"),
            ("PUT", "/volumes/a")
        ] {
            #expect(table.find(method, try APIVersion.split(uri).target.path) != nil, "\(method) \(uri)")
        }
        #expect(table.find("GET", try APIVersion.split("/nowhere").target.path) == nil)
    }

    @Test func versions() throws {
        #expect(try APIVersion.split("/v1.24/info").version.text == "1.24")
        #expect(try APIVersion.split("/v1.24/info").target.path == ["info"])
        #expect(try APIVersion.split("/info").version == .newest)
        #expect(throws: EscaleError.self) { try APIVersion.split("/v1.99/info") }
        #expect(throws: EscaleError.self) { try APIVersion.split("/v1.12/info") }
    }
}
