import Glibc
import Linux
import Support
import Testing

@Suite struct ProcessTests {
    @Test func startTimeSurvivesOddNames() {
        let tail = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20"
        #expect(ProcessInfo.parseStartTime("12 (a) b (c) \(tail)") == 4242)
        #expect(
            ProcessInfo.parseStartTime("12 (a) Z 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242") == nil)
        #expect(ProcessInfo.parseStartTime("") == nil)
        #expect(ProcessInfo.startTime(getpid()) != nil)
    }

    @Test func signalsByNameAndNumber() {
        #expect(Signals.number("15") == 15)
        #expect(Signals.number("sigterm") == 15)
        #expect(Signals.number("KILL") == 9)
        #expect(Signals.number("RTMIN+3") == 37)
        #expect(Signals.number("SIGRTMAX-1") == 63)
        #expect(Signals.number("65") == nil)
        #expect(Signals.number("0") == nil)
        #expect(Signals.number("FOO") == nil)
    }

    @Test func capabilitiesByName() {
        #expect(CapabilitySet(named: "cap_chown")?.rawValue == 1)
        #expect(CapabilitySet(named: "CHECKPOINT_RESTORE")?.rawValue == 1 << 40)
        #expect(CapabilitySet(named: "CAP_FLY") == nil)
        #expect(CapabilitySet(rawValue: 1 << 21 | 1).names == ["CAP_CHOWN", "CAP_SYS_ADMIN"])
    }

    @Test func overlayPathsAreEscaped() {
        #expect(Overlay.escape("/a:b,c\\d") == "/a\\:b\\,c\\\\d")
    }

    @Test func unknownRlimitIsNamed() {
        let error = #expect(throws: EscaleError.self) { try Rlimit.set("RLIMIT_X", soft: 1, hard: 1) }
        #expect(error?.message.contains("RLIMIT_X") == true)
    }

    @Test func packetsCarryDescriptors() throws {
        let (a, b) = try PacketSocket.pair()
        let left = PacketSocket(FD(owning: a))
        let right = PacketSocket(FD(owning: b))
        let null = try Sys.open("/dev/null", O_RDONLY)
        try left.send([1, 2], descriptor: null.raw)
        try left.send([3])
        let first = try right.receive()
        #expect(first.bytes == [1, 2])
        #expect(first.descriptor >= 0)
        _ = FD(owning: first.descriptor)
        #expect(try right.receive().bytes == [3])
        _ = consume left
        #expect(try right.receive().bytes.isEmpty)
    }

    @Test func rootFolderKeepsSymlinksInside() throws {
        let root = "/tmp/escale-root-\(Hex.random(6))"
        try Files.makeDirectory("\(root)/real")
        defer { try? Files.removeTree(root) }
        symlink("/real", "\(root)/link")
        symlink("../../../../etc", "\(root)/up")
        let folder = try RootFolder(root)
        _ = try folder.makeFolder("/link/sub")
        #expect(Files.isDirectory("\(root)/real/sub"))
        // A link that leads nowhere yet, and seems to lead out.
        _ = try folder.makeFile("/up/made/file")
        #expect(Files.exists("\(root)/etc/made/file"))
        let error = #expect(throws: EscaleError.self) { _ = try folder.open("/up/passwd", O_RDONLY) }
        #expect(error?.errno == ENOENT)
    }
}
