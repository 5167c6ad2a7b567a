import OCI
import Support
import Testing

@Suite struct ReferenceTests {
    static let sha = String(repeating: "0123456789abcdef", count: 4)

    @Test(arguments: [
        ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("busybox:1.35", "docker.io/library/busybox:1.35", "busybox:1.35"),
        ("escale/web:1", "docker.io/escale/web:1", "escale/web:1"),
        ("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
        ("index.docker.io/a/b", "docker.io/a/b:latest", "a/b:latest"),
        ("localhost/x", "localhost/x:latest", "localhost/x:latest"),
        ("localhost:5000/x", "localhost:5000/x:latest", "localhost:5000/x:latest"),
        ("registre.ecole.fr/a/b/c:v1", "registre.ecole.fr/a/b/c:v1", "registre.ecole.fr/a/b/c:v1"),
        ("[::1]:5000/x:y", "[::1]:5000/x:y", "[::1]:5000/x:y"),
        ("Hote/x", "Hote/x:latest", "Hote/x:latest"),
        ("a--b/c__d.e_f", "docker.io/a--b/c__d.e_f:latest", "a--b/c__d.e_f:latest"),
        ("busybox:5000", "docker.io/library/busybox:5000", "busybox:5000"),
        ("x@sha256:\(sha)", "docker.io/library/x@sha256:\(sha)", "x@sha256:\(sha)"),
        ("x:t@sha256:\(sha)", "docker.io/library/x:t@sha256:\(sha)", "x:t@sha256:\(sha)"),
        ("library/x/y", "docker.io/library/x/y:latest", "library/x/y:latest")
    ])
    func normalises(_ text: String, _ canonical: String, _ familiar: String) throws {
        let reference = try Reference(text)
        #expect(reference.canonical == canonical)
        #expect(reference.familiar == familiar)
        #expect(try Reference(familiar) == reference)
        #expect(try Reference(canonical) == reference)
    }

    @Test(arguments: [
        ("", "invalid reference format"), ("a b", "invalid reference format"),
        ("x:", "invalid reference format"), (":x", "invalid reference format"),
        ("x:-a", "invalid reference format"), ("a//b", "invalid reference format"),
        ("/a", "invalid reference format"), ("a/", "invalid reference format"),
        ("a.-b", "invalid reference format"), ("a___b", "invalid reference format"),
        ("-a", "invalid reference format"), ("a-", "invalid reference format"),
        ("../etc", "invalid reference format"), ("host:port/x", "invalid reference format"),
        ("x:\(String(repeating: "a", count: 129))", "invalid reference format"),
        ("BusyBox", "invalid reference format: repository name (library/BusyBox) must be lowercase"),
        ("x@sha256:12", "invalid checksum digest length"),
        ("x@md5:12", "unsupported digest algorithm"),
        ("x@y", "invalid checksum digest format"),
        (sha, "invalid repository name (\(sha)), cannot specify 64-byte hexadecimal strings")
    ])
    func refuses(_ text: String, _ message: String) {
        #expect(throws: EscaleError(.invalid, message)) { try Reference(text) }
    }

    @Test func refusesLongNames() {
        let long = String(repeating: "a", count: 256)
        #expect(throws: EscaleError.self) { try Reference("x/\(long)") }
    }
}

@Suite struct ImageTypesTests {
    /// A configuration as Docker writes it: nulls, sets as maps, fields we have no use for.
    @Test func readsDockersConfig() throws {
        let text = """
            {"architecture":"amd64","config":{"User":"","ExposedPorts":{"80/tcp":{},"53/udp":{}},\
            "Env":["PATH=/bin"],"Cmd":["sh"],"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,\
            "OnBuild":null,"Labels":{"b":"2","a":"1"},"Healthcheck":{"Test":["NONE"]}},\
            "created":"2026-01-02T03:04:05Z","os":"linux","rootfs":{"type":"layers","diff_ids":\
            ["sha256:\(ReferenceTests.sha)"]},"history":[{"created_by":"x","empty_layer":true}],"id":"z"}
            """
        let config: ImageConfig = try JSON.parse(text).decode()
        let run = try #require(config.config)
        #expect(run.exposedPorts == ["53/udp", "80/tcp"])
        #expect(run.entrypoint == nil && run.volumes.isEmpty && run.cmd == ["sh"])
        #expect(config.rootfs.diffIDs.map(\.hex) == [ReferenceTests.sha])
        let again: ImageConfig = try JSON.encode(config).decode()
        #expect(again == config)
    }

    @Test func writesMapsInOrder() throws {
        var labels: [String: String] = [:]
        for i in 0..<50 { labels["k\(i)"] = "v" }
        let text = try JSON.encode(ImageConfig.Execution(labels: labels)).text()
        let keys = try #require(try JSON.parse(text)["Labels"].object).members.map(\.key)
        #expect(keys == keys.sorted() && keys.count == 50)
    }

    @Test func picksThePlatform() throws {
        let digest = try Digest("sha256:\(ReferenceTests.sha)")
        func of(_ platform: Platform) -> Descriptor {
            Descriptor(mediaType: MediaType.manifest, digest: digest, size: 1, platform: platform)
        }
        let index = ImageIndex(manifests: [
            of(Platform(architecture: "arm64", variant: "v8")), of(Platform(architecture: "amd64")),
            of(Platform(architecture: "amd64", os: "windows"))
        ])
        #expect(index.manifest(for: Platform(architecture: "arm64"))?.platform?.variant == "v8")
        #expect(index.manifest(for: Platform(architecture: "amd64"))?.platform?.os == "linux")
        #expect(index.manifest(for: Platform(architecture: "riscv64")) == nil)
    }
}

@Suite struct PlatformTests {
    @Test(arguments: [
        ("linux/amd64", "linux/amd64"), ("x86_64", "linux/amd64"), ("aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"), ("linux/arm", "linux/arm/v7"), ("Linux/ARM/6", "linux/arm/v6")
    ]) func reads(_ text: String, _ expected: String) throws {
        #expect(try Platform(text).description == expected)
    }

    @Test(arguments: ["", "/", "linux/", "a/b/c/d", "linux/am d64"]) func refuses(_ text: String) {
        #expect(throws: EscaleError.self) { try Platform(text) }
    }

    @Test func olderVariantsRunOnNewerProcessors() throws {
        let v7 = try Platform("linux/arm/v7")
        #expect(v7.rank(try Platform("linux/arm/v7")) == 0)
        #expect(v7.rank(try Platform("linux/arm/v6")) == 1)
        #expect(v7.rank(try Platform("linux/arm/v8")) == nil)
        #expect(v7.rank(try Platform("linux/arm64")) == nil)
    }
}
