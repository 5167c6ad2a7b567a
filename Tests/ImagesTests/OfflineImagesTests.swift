import Archive
import Glibc
import Images
import Linux
import OCI
import Support
import Testing

/// A Debian package made here: the program is a shell script that answers as busybox does.
enum FakePackage {
    static func deb(version: String = "1:9.9-1", program: String? = nil) throws -> [UInt8] {
        let script = program ?? "#!/bin/sh\nprintf 'bin/busybox\\nbin/sh\\nusr/sbin/httpd\\nlinuxrc\\n'\n"
        return try deb(
            "busybox-static", version: version,
            files: [("./bin/busybox", script), ("./usr/share/doc/busybox-static/copyright", "GPL-2")])
    }

    /// A calculator with a library, in the folders of older and newer Debian releases.
    static func calculator() throws -> [String: [UInt8]] {
        [
            "bc": try deb(
                "bc", depends: "libc6 (>= 2.14), liblecture9 | autre", files: [("./usr/bin/bc", "calcul")]),
            "liblecture9": try deb(
                "liblecture9", depends: "commun, libc6",
                files: [
                    ("./usr/lib/x86_64-linux-gnu/liblecture.so.9", "lire"), ("./usr/share/locale/fr", "x")
                ]),
            "libc6": try deb(
                "libc6", depends: "libgcc-s1",
                files: [
                    ("./lib/x86_64-linux-gnu/libc.so.6", "c"), ("./lib/x86_64-linux-gnu/libm.so.6", "m"),
                    ("./lib/x86_64-linux-gnu/gconv/x.so.1", "g"), ("./usr/lib64/ld-linux-x86-64.so.2", "ld")
                ])
        ]
    }

    static func deb(_ name: String, version: String = "1-1", depends: String = "", files: [(String, String)])
        throws
        -> [UInt8]
    {
        let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        let text =
            "Package: \(name)\nVersion: \(version)\nArchitecture: amd64\n"
            + (depends.isEmpty ? "" : "Depends: \(depends)\n") + "Description: x\n y: z\n"
        let control = try tarball([("./control", text)], time)
        let data = try tarball(files, time)
        return Array("!<arch>\n".utf8) + member("debian-binary", Array("2.0\n".utf8))
            + member("control.tar.gz", control) + member("data.tar.gz", data)
    }

    private static func tarball(_ files: [(String, String)], _ time: Timestamp) throws -> [UInt8] {
        let sink = BytesSink()
        let writer = TarWriter(try GzipSink(sink))
        for (path, content) in files {
            try writer.add(
                TarEntry(path: path, kind: .file, mode: 0o755, modified: time), content: Array(content.utf8))
        }
        try writer.finish()
        return sink.bytes
    }

    /// ar(5): a 60-byte header, content, and a newline to an even length.
    private static func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
        func field(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: width - text.count)
        }
        let header =
            field(name, 16) + field("0", 12) + field("0", 6) + field("0", 6) + field("100644", 8)
            + field("\(content.count)", 10) + "`\n"
        return Array(header.utf8) + content + (content.count % 2 == 1 ? [10] : [])
    }
}

@Suite struct OfflineImagesTests {
    /// A kit with a package in its cache, and the labs folder of this checkout.
    static func kit(_ test: TestStore, deb: [UInt8]? = nil) throws {
        try Files.makeDirectory(test.kit.cache)
        try Files.replace(
            "\(test.kit.cache)/busybox-static_9.9-1_amd64.deb", try deb ?? FakePackage.deb())
        for (name, content) in try FakePackage.calculator() {
            try Files.replace("\(test.kit.cache)/\(name)_1-1_amd64.deb", content)
        }
    }

    static let labs = Path.parent(Path.parent(Path.parent(#filePath))) + "/labs"

    @Test func makesImagesOnceAndAlike() throws {
        let one = TestStore()
        let two = TestStore()
        try Self.kit(one)
        try Self.kit(two)
        var phases: [String] = []
        let a = try OfflineImages.prepare(kit: one.kit, labs: Self.labs) {
            if case .finished(let phase, _, _) = $0 { phases.append(phase) }
        }
        #expect(phases == ["package", "busybox", "web", "elsewhere", "tides"])
        #expect(a.missing == nil && a.images.count == 6)
        #expect(a.changed && a.package == "busybox-static 1:9.9-1 amd64")
        // Another umask and other times on disk change nothing.
        let b = try OfflineImages.prepare(kit: two.kit, labs: Self.labs)
        #expect(a.images == b.images && one.blobs == two.blobs)
        let again = try OfflineImages.prepare(kit: one.kit, labs: Self.labs) { _ in Issue.record("work again")
        }
        #expect(!again.changed && again.images == a.images)
        #expect(try one.store.verify().isEmpty)
    }

    @Test func imagesSayWhatTheyAre() throws {
        let test = TestStore()
        try Self.kit(test)
        try OfflineImages.prepare(kit: test.kit, labs: Self.labs)
        let busybox = try test.store.resolve("busybox")
        #expect(busybox.execution.cmd == ["sh"])
        #expect(busybox.execution.labels["fr.escale.package"] == "busybox-static")
        #expect(busybox.execution.labels["fr.escale.package.version"] == "1:9.9-1")
        #expect(busybox.config.created == "2023-11-14T22:13:20.000000000Z")
        let web = try test.store.resolve("escale/web:2")
        #expect(web.execution.exposedPorts == ["80/tcp"])
        #expect(web.execution.env.contains("VERSION=2"))
        #expect(web.diffIDs.first == busybox.diffIDs.first && web.layers.count == 2)
        #expect(web.config.history?.filter { $0.emptyLayer != true }.count == 2)

        let lower = try test.store.lowerFolders(web)
        let servir = "\(lower[0])/usr/local/bin/servir"
        var s = stat()
        #expect(stat(servir, &s) == 0 && s.st_mode & 0o777 == 0o755)
        #expect(try Files.text("\(lower[0])/www/theme.sh").contains("vert"))
        var target = [CChar](repeating: 0, count: 100)
        #expect(readlink("\(lower[1])/usr/sbin/httpd", &target, 99) == 12)
        #expect(try Files.text("\(lower[1])/etc/passwd").contains("escale:x:1000:1000:"))
        #expect(stat("\(lower[1])/tmp", &s) == 0 && s.st_mode & 0o7777 == 0o1777)
        #expect(!Files.exists("\(lower[1])/linuxrc"))
    }

    @Test func tidesHaveTheirLibrariesAndShareThem() throws {
        let test = TestStore()
        try Self.kit(test)
        let report = try OfflineImages.prepare(kit: test.kit, labs: Self.labs)
        let (one, two) = (report.images[4], report.images[5])
        #expect(one.config.author != nil && one.config.author != two.config.author)
        #expect(one.execution.cmd != two.execution.cmd && one.execution.env != two.execution.env)
        #expect(one.diffIDs.count == 3 && one.diffIDs.dropLast() == two.diffIDs.dropLast())
        let lower = try test.store.lowerFolders(one)
        let own = try Spawn.run("find", [lower[1], "-type", "f", "-printf", "%P\n"]).text
        #expect(
            Set(own.split(separator: "\n")) == [
                "usr/bin/bc", "lib/x86_64-linux-gnu/liblecture.so.9", "lib/x86_64-linux-gnu/libc.so.6",
                "lib64/ld-linux-x86-64.so.2"
            ])
        #expect(access("\(lower[0])/usr/local/bin/marees", X_OK) == 0)
    }

    @Test func aKitWithoutCalculatorSaysSoAndHasTheRest() throws {
        let test = TestStore()
        try Self.kit(test)
        // A dependency that no archive has.
        try Files.replace(
            "\(test.kit.cache)/bc_1-1_amd64.deb",
            try FakePackage.deb("bc", depends: "libn-existe-pas0", files: [("./usr/bin/bc", "x")]))
        let report = try OfflineImages.prepare(kit: test.kit, labs: Self.labs)
        #expect(report.missing?.contains("libn-existe-pas0") == true && report.images.count == 4)
        #expect(throws: EscaleError.self) { try test.store.resolve("escale/marees:1") }
        #expect(try test.store.resolve("busybox").id == report.images[0].id)
    }

    @Test func elsewhereIsForAnotherProcessor() throws {
        let test = TestStore()
        try Self.kit(test)
        try OfflineImages.prepare(kit: test.kit, labs: Self.labs)
        let image = try test.store.resolve("escale/ailleurs:1")
        #expect(image.config.architecture == "arm64" && image.execution.cmd == ["/bonjour"])
    }

    @Test func tinyProgramsRun() throws {
        #expect(TinyProgram.writing("x", for: "s390x") == nil)
        let foreign = try #require(TinyProgram.writing("x\n", for: "arm64"))
        #expect(foreign[18] == 183 && foreign.count == 64 + 56 + 32 + 2)
        #if arch(x86_64)
            let own = "amd64"
        #else
            let own = "arm64"
        #endif
        let test = TestStore()
        try Files.makeDirectory(test.kit.cache)
        let path = "\(test.kit.cache)/programme"
        try Files.replace(path, try #require(TinyProgram.writing("Bonjour à tous\n", for: own)), mode: 0o755)
        let run = try Spawn.run(path, [])
        #expect(run.status == 0 && run.text == "Bonjour à tous\n")
    }

    @Test func changedFilesAndRemovedImagesAreMadeAgain() throws {
        let test = TestStore()
        try Self.kit(test)
        let labs = "\(test.kit.root)/labs"
        let copy = try Spawn.run("cp", ["-r", "\(Self.labs)/images", "\(test.kit.root)/images-files"])
        #expect(copy.status == 0)
        try Files.makeDirectory(labs)
        #expect(rename("\(test.kit.root)/images-files", "\(labs)/images") == 0)
        let first = try OfflineImages.prepare(kit: test.kit, labs: labs)
        _ = try test.store.remove("escale/web:1")
        #expect(try OfflineImages.prepare(kit: test.kit, labs: labs).images == first.images)
        try Files.replace("\(labs)/images/web/v2/www/theme.sh", Array("COULEUR=red\n".utf8))
        let changed = try OfflineImages.prepare(kit: test.kit, labs: labs)
        #expect(changed.changed && changed.images[1] == first.images[1])
        #expect(changed.images[2].id != first.images[2].id)
    }

    @Test func badPackagesAreRefused() throws {
        let test = TestStore()
        try Self.kit(test, deb: Array("!<arch>\nnonsense".utf8))
        let path = "\(test.kit.cache)/busybox-static_9.9-1_amd64.deb"
        let error = #expect(throws: EscaleError.self) { try DebianPackage(path) }
        #expect(error?.code == .corrupt)
        #expect(DebianPackage.cached("busybox-static", test.kit) == nil)
        let whole = try FakePackage.deb()
        try Files.replace(path, Array(whole.prefix(whole.count - 300)))
        #expect(throws: EscaleError.self) {
            try DebianPackage(path).forEachFile { (_, content) throws(EscaleError) in try content.drain() }
        }
    }

    @Test(arguments: [
        ("E: Unable to locate package x\n", "sudo apt-get update", EscaleError.Code.unavailable),
        ("Err:1 http://h x\nE: Failed to fetch http://h\n", "ping deb.debian.org", .unavailable),
        ("E: Write error - write (28: No space left on device)\n", "df -h", .noSpace)
    ])
    func aptFailuresSayWhatToDo(_ text: String, _ repair: String, _ code: EscaleError.Code) {
        let error = DebianPackage.failure("x", text)
        #expect(error.repair == repair && error.code == code)
    }
}
