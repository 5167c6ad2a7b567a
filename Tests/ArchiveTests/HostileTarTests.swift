import Archive
import Glibc
import Linux
import Support
import Testing

/// Archives made to write where they must not.
@Suite struct HostileTarTests {
    @Test(arguments: ["../secret", "a/../../secret", "./../secret", "/../secret", "..", "a/b/../../../x"])
    func climbingPathsAreRefused(_ path: String) throws {
        let scratch = try Scratch()
        #expect(throws: EscaleError.self) { try scratch.extract(try tar([file(path, "evil")]), plain) }
        #expect(try scratch.outside == ["root", "secret", "intact"])
    }

    @Test func absolutePathsAreBelowTheRoot() throws {
        let scratch = try Scratch()
        try scratch.extract(try tar([file("/etc/passwd", "ours"), file("//double//x", "y")]), plain)
        #expect(scratch.text("etc/passwd") == "ours")
        #expect(scratch.text("double/x") == "y")
    }

    @Test(arguments: ["..", "../..", "/", "/tmp", "../secret"])
    func filesThroughSymlinksStayInside(_ target: String) throws {
        let scratch = try Scratch()
        _ = try? scratch.extract(try tar([link("exit", target), file("exit/secret", "evil")]), plain)
        #expect(try scratch.outside == ["root", "secret", "intact"])
        #expect(Files.exists("/tmp/secret") == false)
    }

    @Test func fileOverSymlinkReplacesTheLink() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([link("door", "\(scratch.path)/secret"), file("door", "evil")]), plain)
        #expect(try scratch.outside == ["root", "secret", "intact"])
        #expect(scratch.text("door") == "evil")
    }

    @Test(arguments: ["../secret", "/../secret", "a/../../secret"])
    func hardLinksOutsideAreRefused(_ target: String) throws {
        let scratch = try Scratch()
        #expect(throws: EscaleError.self) {
            try scratch.extract(try tar([link("grab", target, .hardlink), file("grab", "evil")]), plain)
        }
        #expect(try scratch.outside == ["root", "secret", "intact"])
    }

    /// The link's target is found through a symlink that leads outside.
    @Test func hardLinkThroughSymlinkStaysInside() throws {
        let scratch = try Scratch()
        #expect(throws: EscaleError.self) {
            try scratch.extract(try tar([link("exit", ".."), link("grab", "exit/secret", .hardlink)]), plain)
        }
        #expect(!scratch.exists("grab"))
    }

    @Test func hardLinkToSymlinkIsTheSymlink() throws {
        let scratch = try Scratch()
        try scratch.extract(
            try tar([link("s", "\(scratch.path)/secret"), link("h", "s", .hardlink)]), plain)
        #expect(try scratch.stat("h").st_mode & S_IFMT == S_IFLNK)
        #expect(try scratch.outside == ["root", "secret", "intact"])
    }

    /// A folder's mode and time are set last: by then it may be a symlink.
    @Test func folderReplacedBySymlinkIsNotFollowed() throws {
        let scratch = try Scratch()
        try Files.makeDirectory("\(scratch.path)/beside", mode: 0o700)
        try scratch.extract(
            try tar([folder("d", mode: 0o777), link("d", "../beside")]), plain)
        var s = stat()
        #expect(stat("\(scratch.path)/beside", &s) == 0)
        #expect(s.st_mode & 0o777 == 0o700)
    }

    @Test func overlaysOwnAttributesAreDropped() throws {
        let scratch = try Scratch()
        var entry = TarEntry(path: "d", kind: .directory, mode: 0o755)
        entry.attributes = [
            .init(name: "user.overlay.redirect", value: Array("/etc".utf8)),
            .init(name: "user.note", value: [0, 1, 255])
        ]
        try scratch.extract(try tar([(entry, "")]), layer)
        let fd = try Sys.open("\(scratch.root)/d", O_RDONLY)
        #expect(ExtendedAttribute.get(fd.raw, "user.overlay.redirect") == nil)
        #expect(ExtendedAttribute.get(fd.raw, "user.note") == [0, 1, 255])
    }

    @Test(arguments: [1, 100, 511, 513, 700, 1023])
    func truncatedArchivesAreErrors(_ length: Int) throws {
        let scratch = try Scratch()
        let whole = try tar([file("a", String(repeating: "z", count: 4000))])
        let error = #expect(throws: EscaleError.self) {
            try scratch.extract(Array(whole.prefix(length)), plain)
        }
        #expect(error?.code == .corrupt)
    }

    /// Archives with a few bytes changed: read or refused, never a crash, nothing outside.
    @Test func damagedArchivesStayInside() throws {
        let whole = try tar([
            folder("d"), file("d/f", String(repeating: "y", count: 700)), link("d/l", "../../secret"),
            link("h", "d/f", .hardlink), file(String(repeating: "n", count: 150), "long")
        ])
        var seed: UInt64 = 42
        func random(_ below: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % below
        }
        for _ in 0..<300 {
            let scratch = try Scratch()
            var bytes = whole
            for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
            // Headers must be valid to get any further: their sums are mended.
            for at in stride(from: 0, to: bytes.count - 512, by: 512) where random(2) == 0 {
                bytes.replaceSubrange(at + 148..<at + 156, with: repeatElement(0x20, count: 8))
                let sum = String(bytes[at..<at + 512].reduce(0) { $0 + Int($1) }, radix: 8)
                bytes.replaceSubrange(at + 148..<at + 148 + sum.utf8.count, with: sum.utf8)
            }
            _ = try? scratch.extract(bytes, plain)
            #expect(try scratch.outside == ["root", "secret", "intact"])
        }
    }

    @Test func noiseIsNoArchive() throws {
        let scratch = try Scratch()
        let noise = (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 3) }
        #expect(throws: EscaleError.self) { try scratch.extract(noise, plain) }
        #expect(try Files.list(scratch.root).isEmpty)
    }

    @Test func deviceIsMadeOrRefusedOrSkipped() throws {
        let scratch = try Scratch()
        let device = TarEntry(path: "null", kind: .character, mode: 0o666, major: 1, minor: 3)
        var options = plain
        if (try? scratch.extract(try tar([(device, "")]), options)) != nil {
            let s = try scratch.stat("null")
            #expect(s.st_mode & S_IFMT == S_IFCHR && s.st_rdev == DeviceNumber.make(1, 3))
        } else {
            options.skipsRefused = true
            try scratch.extract(try tar([(device, ""), file("after")]), options)
            #expect(!scratch.exists("null") && scratch.exists("after"))
        }
    }
}
