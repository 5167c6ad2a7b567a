import OCI
import RegistryClient
import Support
import Testing

@Suite struct EndpointTests {
    @Test func dockerHubIsTheDefault() throws {
        let endpoints = Endpoint.forPull(try Reference("busybox").domain, RegistrySettings())
        #expect(endpoints == [Endpoint(host: "registry-1.docker.io")])
    }

    @Test func mirrorsStandForDockerHubAlone() {
        let settings = RegistrySettings(mirrors: ["http://localhost:5001", "https://mirror.example"])
        #expect(
            Endpoint.forPull("docker.io", settings) == [
                Endpoint(host: "localhost:5001", schemes: ["http"], isInsecure: true, isMirror: true),
                Endpoint(host: "mirror.example", schemes: ["https"], isMirror: true),
                Endpoint(host: "registry-1.docker.io")
            ])
        #expect(Endpoint.forPull("quay.io", settings) == [Endpoint(host: "quay.io")])
        #expect(!Endpoint.of("docker.io", settings).isMirror)
    }

    @Test(arguments: [
        ("localhost:5000", true), ("127.1.2.3", true), ("[::1]:5000", true), ("a.localhost", true),
        ("10.1.2.3:5000", true), ("11.1.2.3", false), ("reg.example:80", true), ("reg.example", false),
        ("lan", true), ("lan:1", true), ("127.0.0.1.example.com", false), ("docker.io", false)
    ])
    func plainHTTPForLoopbackAndListedHosts(_ host: String, _ expected: Bool) {
        let settings = RegistrySettings(insecure: ["10.0.0.0/8", "reg.example:80", "lan"])
        #expect(settings.isInsecure(host) == expected)
    }

    @Test func settingsAreDockersFile() throws {
        let json = try JSON.parse(
            """
            {"insecure-registries":["a:1"],"registry-mirrors":["http://m/"],"log-level":"debug"}
            """)
        #expect(
            try RegistrySettings.parse(json) == RegistrySettings(insecure: ["a:1"], mirrors: ["http://m"]))
        #expect(throws: EscaleError.self) { try RegistrySettings.parse(["insecure-registries": "a"]) }
        #expect(throws: EscaleError.self) { try RegistrySettings.parse(["registry-mirrors": ["m:1"]]) }
    }
}

@Suite struct AddressTests {
    @Test(arguments: [
        ("http://h:1/v2/a/blobs/uploads/?x=1", "/v2/u?s=2", "http://h:1/v2/u?s=2"),
        ("http://h:1/v2/a", "https://o/x", "https://o/x"), ("https://h/v2/a", "//o/x", "https://o/x"),
        ("http://h/v2/a/tags/list?n=1", "?n=1&last=b", "http://h/v2/a/tags/list?n=1&last=b"),
        ("http://h/v2/a/tags/list?n=1/2", "list?n=3", "http://h/v2/a/tags/list?n=3")
    ])
    func locationsResolve(_ base: String, _ target: String, _ expected: String) {
        #expect(Address.resolve(target, from: base) == expected)
    }

    @Test func parametersAreAddedToWhatIsThere() {
        #expect(Address.adding("digest", "sha256:é", to: "http://h/u") == "http://h/u?digest=sha256%3A%C3%A9")
        #expect(Address.adding("b", "2", to: "http://h/u?a=1") == "http://h/u?a=1&b=2")
    }

    @Test(arguments: [
        ("</v2/a/tags/list?last=b&n=2>; rel=\"next\"", "/v2/a/tags/list?last=b&n=2"),
        ("<a>; rel=prev, <b>; title=\"x,y\"; rel=\"last next\"", "b"), ("<a>; rel=prev", nil), ("", nil),
        ("<a", nil)
    ])
    func nextPages(_ header: String, _ expected: String?) {
        #expect(LinkHeader.next(header) == expected)
    }
}

@Suite struct RetryTests {
    let policy = RetryPolicy(attempts: 4, base: 100, longest: 500)

    @Test func pausesGrowAndEnd() {
        #expect((1...4).map { policy.wait(.cut, tried: $0) } == [100, 200, 400, nil])
        #expect(RetryPolicy(attempts: 99, base: 100, longest: 500).wait(.cut, tried: 80) == 500)
    }

    @Test func whatStaysIsNotTriedAgain() {
        #expect(policy.wait(.unreachable, tried: 1) == nil)
        for status in [400, 401, 403, 404, 405, 501] {
            #expect(policy.wait(.status(status, retryAfter: nil), tried: 1) == nil)
        }
        for status in [408, 429, 500, 502, 503, 504] {
            #expect(policy.wait(.status(status, retryAfter: nil), tried: 1) == 100)
        }
        #expect(policy.wait(.wrongContent, tried: 1) == 100)
        #expect(policy.wait(.wrongContent, tried: 2) == nil)
    }

    @Test func theServersPauseCountsUnlessItIsForHours() {
        let policy = RetryPolicy(attempts: 4, base: 100, longest: 5000)
        #expect(policy.wait(.status(429, retryAfter: 3), tried: 1) == 3000)
        #expect(policy.wait(.status(503, retryAfter: 0), tried: 2) == 200)
        #expect(policy.wait(.status(429, retryAfter: 21600), tried: 1) == nil)
    }
}

@Suite struct WordsTests {
    private func response(_ status: Int, _ body: String, _ headers: [String: String] = [:]) -> HTTPResponse {
        var response = HTTPResponse()
        response.status = status
        response.body = Array(body.utf8)
        response.headers = headers
        response.url = "http://localhost:5000/v2/a/manifests/b"
        return response
    }

    @Test func aRegistrysErrorsReadAsDockers() throws {
        let reference = try Reference("localhost:5000/a:b")
        let absent = RegistryFailure(
            response(404, #"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#),
            method: "GET")
        #expect(
            PullWords.error(absent, reference).message
                == "manifest for localhost:5000/a:b not found: manifest unknown: manifest unknown")
        #expect(PullWords.error(absent, reference).code == .notFound)
        let denied = PullWords.error(RegistryFailure(response(401, ""), method: "GET"), reference)
        #expect(denied.code == .denied && denied.repair == "escale login localhost:5000")
        #expect(
            denied.message == "pull access denied for localhost:5000/a, repository does not exist or may "
                + "require 'docker login': unauthorized: authentication required")
    }

    @Test func rateLimitsSayWhenToComeBack() {
        let body =
            #"{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]}"#
        let failure = RegistryFailure(response(429, body, ["retry-after": "3600"]), method: "GET")
        #expect(failure.error.message == "toomanyrequests: You have reached your pull rate limit.")
        #expect(failure.error.repair?.contains("in About an hour") == true)
        #expect(failure.kind == .status(429, retryAfter: 3600))
    }

    @Test func whatIsNoErrorDocumentIsStillTold() {
        #expect(RegistryErrors.words(response(502, "<html>")) == "unexpected status code 502")
        #expect(
            RegistryErrors.words(response(401, #"{"details":"incorrect username or password"}"#))
                == "incorrect username or password")
    }

    @Test func noPlatformNamesThoseThereAre() throws {
        let digest = try #require(Digest(sha256: String(repeating: "a", count: 64)))
        func entry(_ platform: Platform) -> Descriptor {
            Descriptor(mediaType: MediaType.manifest, digest: digest, size: 1, platform: platform)
        }
        let index = ImageIndex(manifests: [
            entry(Platform(architecture: "s390x")), entry(Platform(architecture: "arm", variant: "v7")),
            entry(Platform(architecture: "unknown", os: "unknown"))
        ])
        let error = PullWords.noPlatform(Platform(architecture: "amd64"), index, try Reference("a"))
        #expect(error.message == "no matching manifest for linux/amd64 in the manifest list entries")
        #expect(error.repair == "a:latest has: linux/s390x, linux/arm/v7 (--platform)")
    }
}

@Suite struct ProgressTests {
    @Test func messagesAreDockers() {
        #expect(
            RegistryProgress("Pulling from library/busybox", id: "latest").json.text()
                == #"{"status":"Pulling from library/busybox","id":"latest"}"#)
        #expect(
            RegistryProgress("Pulling fs layer", id: "0123456789ab").json.text()
                == #"{"status":"Pulling fs layer","progressDetail":{},"id":"0123456789ab"}"#)
        let bar = ProgressBar.docker(50, 100)
        #expect(
            bar == "[" + String(repeating: "=", count: 25) + ">" + String(repeating: " ", count: 24)
                + "]      50B/100B")
        #expect(ProgressBar.docker(100, 100).hasPrefix("[" + String(repeating: "=", count: 50) + "]"))
    }

    @Test func credentialsReadAndWriteAsDockers() throws {
        let credential = Credential.password(user: "ann", password: "pé:w")
        #expect(try Credential(registryAuth: credential.registryAuth(server: "h")) == credential)
        #expect(Credential(["auth": "YW5uOnA6dw=="]) == .password(user: "ann", password: "p:w"))
        #expect(Credential(["username": "", "password": ""]) == nil)
        #expect(Credential(["identitytoken": "t", "username": "u"]) == .identityToken("t"))
        #expect(try Credential(registryAuth: "e30=") == nil)
        #expect(throws: EscaleError.self) { try Credential(registryAuth: "!!") }
    }
}
