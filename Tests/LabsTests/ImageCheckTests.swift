import Archive
import Labs
import Linux
import Support
import Testing

@Suite struct ImageCheckTests {
    private func image(_ layers: [String]) -> JSON {
        ["RootFS": ["Layers": .array(layers.map { .string($0) })], "Config": ["User": "escale"]]
    }

    @Test func layersReused() throws {
        func check(_ yaml: String) throws -> CheckResult {
            try judge(yaml) { world in
                world.set {
                    $0.images["a:1"] = image(["base", "un", "deux", "trois", "quatre"])
                    $0.images["a:2"] = image(["base", "un", "deux", "trois", "autre"])
                    // The same contents on another layer are not taken from the cache.
                    $0.images["a:3"] = image(["base", "autre", "un", "deux", "trois"])
                }
            }
        }
        #expect(
            try check("that: image.shared\nof: { image: \"a:2\", with: \"a:1\" }\nis: { at-least: 80 }")
                .status == .passed)
        let moved = try check(
            "that: image.shared\nof: { image: \"a:3\", with: \"a:1\" }\nis: { at-least: 80 }")
        #expect(moved.status == .failed)
        #expect(moved.got == "20 %")
        #expect(
            try check("that: image.shared\nof: { image: \"a:4\", with: \"a:1\" }\nis: 100").status == .failed)
        #expect(try check("that: value\nof: { image: \"a:1\", layers: count }\nis: 5").status == .passed)
        #expect(try check("that: value\nof: { image: \"a:1\", layers: count }\nis: 4").status == .failed)
    }

    @Test func secrets() throws {
        func check(_ yaml: String) throws -> CheckResult {
            try judge(yaml) { world in
                world.set {
                    $0.images["a"] = image(["base"])
                    $0.places["a jeton-7"] = ["app/jeton", "la configuration de l’image"]
                }
            }
        }
        let found = try check("that: image.lacks\nof: { image: a, text: jeton-7 }")
        #expect(found.status == .failed)
        #expect(found.got == "app/jeton, la configuration de l’image")
        #expect(try check("that: image.lacks\nof: { image: a, text: autre }").status == .passed)
        #expect(try check("that: image.holds\nof: { image: a, text: jeton-7 }").status == .passed)
        #expect(try check("that: image.holds\nof: { image: a, text: autre }").status == .failed)
        #expect(try check("that: image.lacks\nof: { image: absente, text: autre }").status == .failed)
        #expect(try check("that: value\nof: { image: a, holds: jeton-7 }\nis: oui").status == .passed)
        #expect(try check("that: value\nof: { image: a, holds: autre }\nis: oui").status == .failed)
    }

    @Test func trials() throws {
        func check(_ yaml: String) throws -> CheckStatus {
            try judge(yaml) { world in
                world.set {
                    $0.images["a"] = image(["base"])
                    $0.trials["a"] = (0, "Bonjour tout le monde\n")
                    $0.trials["a Ada"] = (127, "Ada: not found\n")
                    $0.files["a:/etc/nom"] = "phare\n"
                }
            }.status
        }
        #expect(try check("that: image.run\nof: { image: a }") == .passed)
        #expect(try check("that: image.run\nof: { image: a }\nis: { contains: monde }") == .passed)
        #expect(try check("that: image.run\nof: { image: a }\nis: { contains: Ada }") == .failed)
        #expect(try check("that: image.run\nof: { image: a, with: Ada }") == .failed)
        #expect(try check("that: image.run\nof: { image: a, with: Ada }\nis: 127") == .passed)
        #expect(
            try check("that: image.run\nof: { image: a, with: Ada }\nis: { exit: 127, contains: Ada }")
                == .passed)
        #expect(try check("that: image.run\nof: { image: a, with: Bob }") == .failed)
        #expect(try check("that: file.in\nof: { image: a, path: /etc/nom }\nis: phare") == .passed)
        #expect(try check("that: file.exists\nof: { image: a, path: /etc/autre }\nis: false") == .passed)
        #expect(try check("that: file.exists\nof: { image: a, path: /etc/nom }\nis: false") == .failed)
        #expect(try check("that: value\nof: { image: a, run: Ada }\nis: { contains: not found }") == .passed)
    }

    @Test func names() throws {
        #expect(
            try judge("that: answer\nis: { reference: nginx }", answer: "docker.io/library/nginx:latest") {
                _ in
            }.status == .passed)
        #expect(
            try judge("that: answer\nis: { reference: nginx }", answer: "nginx") { _ in }.status == .failed)
    }

    @Test func registries() throws {
        func check(_ yaml: String) throws -> CheckResult {
            try judge(yaml) { world in
                world.set {
                    let host = "http://127.0.0.1:5001"
                    $0.answers["GET \(host)/v2/_catalog"] = HTTPAnswer(
                        status: 200, body: "{\"repositories\":[\"carnet\",\"phare\"]}")
                    $0.answers["GET \(host)/v2/carnet/tags/list"] = HTTPAnswer(
                        status: 200, body: "{\"name\":\"carnet\",\"tags\":[\"1.0\",\"1.1\"]}")
                    $0.answers["GET \(host)/v2/absent/tags/list"] = HTTPAnswer(status: 404, body: "{}")
                    $0.answers["HEAD \(host)/v2/carnet/manifests/1.0"] = HTTPAnswer(
                        status: 200, headers: ["docker-content-digest": "sha256:1"])
                    $0.answers["GET \(host)/v2/carnet/manifests/1.0"] = HTTPAnswer(
                        status: 200, body: "{\"layers\":[{\"digest\":\"sha256:2\"}]}")
                    $0.answers["GET \(host)/v2/carnet/manifests/1.1"] = HTTPAnswer(
                        status: 200,
                        body:
                            "{\"config\":{\"digest\":\"c\",\"size\":7},\"layers\":[{\"digest\":\"sha256:2\",\"size\":1000},{\"digest\":\"sha256:3\",\"size\":200}]}"
                    )
                    $0.answers["GET \(host)/v2/"] = HTTPAnswer(status: 401)
                    $0.answers["GET \(host)/v2/ Basic YWRhOm1vdA=="] = HTTPAnswer(status: 200)
                }
            }
        }
        func of(_ what: String) -> String {
            "that: registry\nof: { registry: \"127.0.0.1:5001\", \(what) }\n"
        }
        #expect(try check(of("catalog: true") + "is: { set: [carnet, phare] }").status == .passed)
        #expect(try check(of("catalog: true") + "is: { set: [carnet] }").status == .failed)
        #expect(try check(of("tags: carnet") + "is: { set: [\"1.1\", \"1.0\"] }").status == .passed)
        #expect(try check(of("tags: absent") + "is: { set: [\"1.1\", \"1.0\"] }").got == "404")
        #expect(try check(of("digest: \"carnet:1.0\"") + "is: \"sha256:1\"").status == .passed)
        #expect(
            try check(of("manifest: \"carnet:1.0\", at: \"layers[0].digest\"") + "is: \"sha256:2\"").status
                == .passed)
        #expect(try check(of("size: \"carnet:1.1\"") + "is: 1207").got == "1207")
        #expect(try check(of("size: \"carnet:1.1\", besides: \"carnet:1.0\"") + "is: 207").got == "207")
        #expect(try check(of("status: /v2/") + "is: 401").status == .passed)
        #expect(try check(of("status: /v2/") + "is: 200").status == .failed)
        #expect(try check(of("status: /v2/, user: \"ada:mot\"") + "is: 200").status == .passed)
        #expect(
            try check("that: registry\nof: { registry: \"127.0.0.1:5002\", catalog: true }\nis: carnet").got
                == "pas de réponse")
    }

    @Test func headsEndWithEitherEmptyLine() throws {
        let plain = HTTPProbe.parse(
            Array("HTTP/1.1 200 OK\r\nDocker-Content-Digest: sha256:1\r\n\r\n{}\n\nfin".utf8))
        #expect(
            plain
                == HTTPAnswer(status: 200, headers: ["docker-content-digest": "sha256:1"], body: "{}\n\nfin"))
        let mixed = HTTPProbe.parse(Array("HTTP/1.1 503 No\r\nContent-Type: text/plain\n\nen panne\n".utf8))
        #expect(mixed == HTTPAnswer(status: 503, headers: ["content-type": "text/plain"], body: "en panne\n"))
        #expect(HTTPProbe.parse(Array("HTTP/1.0 204 Rien\r\n\r\n".utf8))?.body == "")
        #expect(HTTPProbe.parse(Array("SSH-2.0\r\n".utf8)) == nil)
    }

    @Test func resetRemovesNamedImages() throws {
        let fixture = try Fixture { files in
            files["01-essai/01-pid/step.md"] = files["01-essai/01-pid/step.md"]?
                .replacing(
                    "cleans: { files: [notes.txt] }",
                    with: "cleans: { files: [notes.txt], images: [\"meteo:*\"] }")
        }
        #expect(fixture.problems() == [])
        let world = FakeWorld()
        world.set { for name in ["busybox:latest", "meteo:1", "meteo:2"] { $0.images[name] = image([]) } }
        let session = fixture.session(world)
        _ = try session.open("essai")
        let report = try session.reset()
        #expect(report.removed.filter { $0.hasPrefix("image") } == ["image meteo:1", "image meteo:2"])
        #expect(world.imageNames() == ["busybox:latest"])
    }

    @Test func resetStopsRegistries() throws {
        let fixture = try Fixture { files in
            files["01-essai/01-pid/step.md"] = files["01-essai/01-pid/step.md"]?
                .replacing(
                    "cleans: { files: [notes.txt] }", with: "cleans: { registries: [\"${NOM}\", autre] }")
        }
        #expect(fixture.problems() == [])
        let world = FakeWorld()
        let session = fixture.session(world)
        _ = try session.open("essai")
        let name = try #require(try session.variables()["NOM"])
        let workspace = try #require(session.workspace)
        try Files.makeDirectory("\(workspace)/\(name)/blobs")
        let report = try session.reset()
        #expect(report.removed.first == "registre \(name)")
        #expect(world.removed == ["\(workspace)/\(name)"])
        #expect(!Files.exists("\(workspace)/\(name)"))
    }

    /// `docker save`'s archive, with a layer as it is and one in gzip.
    @Test func everyBlobIsSearched() throws {
        func tar(_ files: [(String, [UInt8])]) throws -> [UInt8] {
            let sink = BytesSink()
            let writer = TarWriter(sink)
            for (name, content) in files {
                try writer.add(TarEntry(path: name, kind: .file, mode: 0o644), content: content)
            }
            try writer.finish()
            return sink.bytes
        }
        func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
            let sink = BytesSink()
            let packed = try GzipSink(sink)
            try packed.write(bytes)
            try packed.finish()
            return sink.bytes
        }
        let plain = try tar([("app/jeton", Array("xx jeton-7 yy".utf8)), ("app/vide", [])])
        let packed = try gzip(tar([("etc/motd", Array("autre-9".utf8)), ("app/.wh.jeton", [])]))
        let archive = try tar([
            ("blobs/sha256/1", plain), ("blobs/sha256/2", packed),
            ("config.json", Array("{\"Env\":[\"CLE=secret-3\"]}".utf8)), ("repositories", [])
        ])
        #expect(try ImageSearch.places(of: "jeton-7", inArchive: archive) == ["app/jeton"])
        #expect(try ImageSearch.places(of: "autre-9", inArchive: archive) == ["etc/motd"])
        #expect(try ImageSearch.places(of: "secret-3", inArchive: archive) == ["la configuration de l’image"])
        #expect(try ImageSearch.places(of: "jeton-8", inArchive: archive) == [])
        #expect(try ImageSearch.places(of: "app/vide", inArchive: archive) == ["app/vide"])
        let blobs = [Array("{\"Env\":[\"CLE=secret-3\"]}".utf8), plain, packed]
        #expect(try ImageSearch.places(of: "autre-9", in: blobs) == ["etc/motd"])
        #expect(try ImageSearch.places(of: "secret-3", in: blobs) == ["la configuration de l’image"])
    }
}
