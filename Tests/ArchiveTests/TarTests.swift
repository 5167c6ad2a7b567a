import Archive
import Glibc
import Linux
import Support
import Testing

@Suite struct TarTests {
    static let long = String(repeating: "dossier/", count: 30) + "fichier"

    static let members: [TarEntry] = [
        TarEntry(path: "a/", kind: .directory, mode: 0o1777),
        TarEntry(
            path: "a/été.txt", kind: .file, mode: 0o4755, uid: 1000, gid: 100,
            modified: Timestamp(nanoseconds: 1_700_000_000_000_000_000)),
        TarEntry(path: long, kind: .file, mode: 0o600, uid: 3_000_000, gid: 4_000_000_000),
        TarEntry(path: "lien", kind: .symlink, mode: 0o777, link: "a/été.txt"),
        TarEntry(path: "dur", kind: .hardlink, mode: 0o600, link: long),
        TarEntry(path: "nul", kind: .character, mode: 0o666, major: 1, minor: 3),
        TarEntry(path: "disque", kind: .block, mode: 0o660, major: 259, minor: 70000),
        TarEntry(path: "tube", kind: .fifo, mode: 0o644),
        TarEntry(
            path: "cap", kind: .file, mode: 0o755,
            attributes: [.init(name: "security.capability", value: [0, 10, 61, 255])])
    ]

    func write() throws -> [UInt8] {
        let sink = BytesSink()
        let writer = TarWriter(sink)
        for member in Self.members {
            try writer.add(member, content: member.kind == .file ? Array("contenu".utf8) : [])
        }
        try writer.finish()
        return sink.bytes
    }

    @Test func readsWhatItWrote() throws {
        let reader = try ArchiveReader(BytesSource(try write()), format: .tar)
        for member in Self.members {
            var expected = member
            if member.kind == .file { expected.size = 7 }
            if member.path == "disque" {
                // ustar's fields are 7 octal digits: enough for any device number of Linux.
                expected.minor = 70000
            }
            #expect(try reader.next() == expected)
            if member.kind == .file { #expect(try reader.readAll() == Array("contenu".utf8)) }
        }
        #expect(try reader.next() == nil)
    }

    @Test func sameBytesTwice() throws { #expect(try write() == write()) }

    /// Python's tarfile is the other opinion on the format, where it is there.
    @Test func othersReadIt() throws {
        guard let python = ["/usr/bin/python3"].first(where: Files.exists) else { return }
        let script = """
            import sys, tarfile, io
            for m in tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())):
                print(m.name, m.mode, m.uid, m.gid, m.size, m.type.decode(), m.linkname, m.mtime)
            """
        let result = try Spawn.run(python, ["-c", script], input: try write())
        #expect(result.status == 0, "\(result.errorText)")
        #expect(result.text.contains("a/été.txt 2541 1000 100 7 0  1700000000"))
        #expect(result.text.contains("\(Self.long) 384 3000000 4000000000 7 0"))
        #expect(result.text.contains("dur 384 0 0 0 1 \(Self.long)"))
    }

    /// As GNU tar writes long names, which image builders do.
    @Test func readsGNUDialect() throws {
        guard Files.exists("/usr/bin/tar") || Files.exists("/bin/tar") else { return }
        let scratch = try Scratch()
        let deep = "\(scratch.root)/\(Path.parent(Self.long))"
        try Files.makeDirectory(deep)
        try Files.replace("\(scratch.root)/\(Self.long)", Array("profond".utf8))
        for (name, compression) in [("t", "--gzip"), ("u", "--xz"), ("v", "--zstd")] {
            let out = "\(scratch.path)/\(name)"
            let made = try Spawn.run(
                "tar", ["-C", scratch.root, "--format=gnu", compression, "-cf", out, "."])
            guard made.status == 0 else { continue }
            let reader = try ArchiveReader(try Decompressor(try FileSource(out)), format: .tar)
            var found: [UInt8]?
            while let entry = try reader.next() {
                if entry.path == "./\(Self.long)" { found = try reader.readAll() }
            }
            #expect(found == Array("profond".utf8))
        }
    }

    @Test func gzipIsDeterministicAndReadBack() throws {
        let bytes = try write()
        func gzip() throws -> [UInt8] {
            let sink = BytesSink()
            let gzip = try GzipSink(sink)
            try gzip.write(bytes)
            try gzip.finish()
            return sink.bytes
        }
        let packed = try gzip()
        #expect(try packed == gzip())
        // No flags, no time (RFC 1952, section 2.3).
        #expect(Array(packed[..<8]) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
        let source = HashingSource(try Decompressor(BytesSource(packed)))
        #expect(try source.readAll() == bytes)
        #expect(source.hex == SHA256.hex(of: bytes))
        #expect(throws: EscaleError.self) {
            try Decompressor(BytesSource(Array(packed.dropLast(20)))).drain()
        }
    }

    @Test func emptyStreams() throws {
        #expect(try Decompressor(BytesSource([])).drain() == 0)
        #expect(try ArchiveReader(BytesSource([]), format: .tar).next() == nil)
    }

    /// FIPS 180-4's example.
    @Test func sha256() {
        #expect(
            SHA256.hex(of: Array("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}

@Suite struct TreeExtractorTests {
    @Test func kindsModesAndTimes() throws {
        let scratch = try Scratch()
        let time = Timestamp(nanoseconds: 1_600_000_000_500_000_000)
        var members = [folder("d", mode: 0o500), file("d/f", "abc", mode: 0o4711), link("l", "d/f")]
        members += [link("h", "d/f", .hardlink), (TarEntry(path: "p", kind: .fifo, mode: 0o620), "")]
        members = members.map { m in
            var m = m
            m.0.modified = time
            return m
        }
        let summary = try scratch.extract(try tar(members), plain)
        #expect(summary.bytes == 3 && summary.files == 5)
        #expect(try scratch.stat("d").st_mode & 0o7777 == 0o500)
        #expect(try scratch.stat("d").st_mtim.tv_sec == 1_600_000_000)
        #expect(try scratch.stat("d/f").st_mode & 0o7777 == 0o4711)
        #expect(try scratch.stat("h").st_ino == scratch.stat("d/f").st_ino)
        #expect(try scratch.stat("p").st_mode == S_IFIFO | 0o620)
        #expect(try scratch.stat("l").st_mtim.tv_sec == 1_600_000_000)
        try Sys.call("chmod") { chmod("\(scratch.root)/d", 0o700) }
    }

    @Test func laterMembersReplaceEarlierOnes() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([
                file("x", "1"), file("x", "2"), file("y/z", "1"), file("y", "2"), folder("k"), folder("k")
            ]),
            plain)
        #expect(scratch.text("x") == "2")
        #expect(scratch.text("y") == "2")
    }

    @Test func whiteoutsBecomeOverlays() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([
                file("d/.wh.gone", ""), file("o/.wh..wh..opq", ""), file("o/new"), file(".wh..wh.plnk", ""),
                file("both/kept"), file(".wh.both", ""), file(".wh.again", ""), folder("again")
            ]), layer)
        let gone = try scratch.stat("d/gone")
        #expect(gone.st_mode & S_IFMT == S_IFCHR && gone.st_rdev == 0)
        #expect(!scratch.exists("d/.wh.gone") && !scratch.exists("o/.wh..wh..opq"))
        #expect(scratch.exists("both/kept") && !scratch.exists(".wh..wh.plnk"))
        for name in ["o", "both", "again"] {
            let fd = try Sys.open("\(scratch.root)/\(name)", O_RDONLY)
            #expect(ExtendedAttribute.get(fd.raw, "user.overlay.opaque") == Array("y".utf8), "\(name)")
        }
        #expect(throws: EscaleError.self) { try scratch.extract(try tar([file(".wh...", "")]), layer) }
        #expect(throws: EscaleError.self) { try scratch.extract(try tar([file("a/.wh.", "")]), layer) }
    }
}

@Suite struct RootfsTransferTests {
    func with<R>(_ scratch: Scratch, _ body: (Int32) throws -> R) throws -> R {
        let fd = try Sys.open(scratch.root, O_RDONLY | O_DIRECTORY)
        return try body(fd.raw)
    }

    func names(_ tar: [UInt8]) throws -> [String] {
        let reader = try ArchiveReader(BytesSource(tar), format: .tar)
        var names: [String] = []
        while let entry = try reader.next() { names.append(entry.path) }
        return names
    }

    @Test func getsFoldersAndFilesUnderTheirOwnName() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([file("a/b/f", "1"), file("a/b/g", "2"), link("a/l", "/a/b"), link("out", "../secret")]),
            plain)
        try with(scratch) { (root: Int32) throws in
            func get(_ path: String) throws -> [String] {
                let sink = BytesSink()
                try RootfsTransfer.get(root: root, path: path, to: sink)
                return try names(sink.bytes)
            }
            #expect(try get("/a/b") == ["b/", "b/f", "b/g"])
            #expect(try get("a/b/f") == ["f"])
            #expect(try get("/a/l") == ["l"])
            #expect(try get("/a/l/") == ["l/", "l/f", "l/g"])
            #expect(try get("/a/b/.") == ["./", "./f", "./g"])
            #expect(try get("/").contains("/a/b/f"))
            #expect(throws: EscaleError.self) { try get("/none") }
            #expect(throws: EscaleError.self) { try get("/../../etc/passwd") }
            #expect(throws: EscaleError.self) { try get("/out/x") }
        }
    }

    @Test func statsAsDocker() throws {
        let scratch = try Scratch()
        try scratch.extract(try tar([file("a/f", "abc", mode: 0o4755), link("a/l", "f")]), plain)
        try with(scratch) { (root: Int32) throws in
            let f = try RootfsTransfer.stat(root: root, path: "/a/f")
            #expect(f.name == "f" && f.size == 3 && f.goMode == 0o755 | 1 << 23)
            let l = try RootfsTransfer.stat(root: root, path: "/a/l")
            #expect(l.linkTarget == "/a/f" && l.goMode & 1 << 27 != 0)
            let d = try RootfsTransfer.stat(root: root, path: "/a/")
            #expect(d.name == "a" && d.goMode & 1 << 31 != 0)
            #expect(try RootfsTransfer.stat(root: root, path: "/").name == "/")
            let error = #expect(throws: EscaleError.self) {
                try RootfsTransfer.stat(root: root, path: "/a/none")
            }
            #expect(error?.code == .notFound)
        }
    }

    @Test func putsBelowTheFolderWithLinksOfTheRoot() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([folder("run"), folder("var"), link("var/run", "/run"), file("f")]), plain)
        try with(scratch) { (root: Int32) throws in
            func put(_ path: String, _ members: [(TarEntry, String)]) throws {
                _ = try RootfsTransfer.put(
                    root: root, path: path, from: BytesSource(try tar(members)), keepsKinds: true,
                    owners: .caller)
            }
            try put("/var", [file("run/pid", "42")])
            #expect(scratch.text("run/pid") == "42")
            try put("/var/run", [file("more", "y")])
            #expect(scratch.text("run/more") == "y")
            #expect(throws: EscaleError.self) { try put("/var", [file("../f", "evil")]) }
            #expect(throws: EscaleError.self) { try put("/", [file("run", "evil")]) }
            #expect(throws: EscaleError.self) { try put("/", [folder("f")]) }
            let error = #expect(throws: EscaleError.self) { try put("/f", [file("x")]) }
            #expect(error?.message == "extraction point is not a directory")
            #expect(throws: EscaleError.self) { try put("/none", [file("x")]) }
        }
        #expect(scratch.text("f") == "x")
    }
}
