import Support
import Testing
import VM

@Suite struct BootPhasesTests {
    private let ms: UInt64 = 1_000_000

    @Test func wholeLife() {
        var t = BootTimeline(requested: 1000 * ms)
        t.spawned = 1010 * ms
        // The guest's clock began at 1210; its first stamp was sent late and arrived 5 ms after that.
        t.add(GuestStamp(.initStarted, nanoseconds: 600 * ms, sent: 700 * ms), arrival: 1915 * ms)
        t.add(GuestStamp(.commandStarted, nanoseconds: 850 * ms, sent: 850 * ms), arrival: 2060 * ms)
        t.add(GuestStamp(.commandEnded, nanoseconds: 900 * ms, sent: 900 * ms), arrival: 2111 * ms)
        t.ended = 2150 * ms
        let p = t.phases
        #expect(p.prepare == 10)
        #expect(p.qemu == 200)
        #expect(p.kernel == 600)
        #expect(p.initialization == 250)
        #expect(p.command == 50)
        #expect(p.powerOff == 40)
        #expect(p.total == 1150)
        #expect(p.named.map(\.name).first == "préparation")
    }

    @Test func killedOnTheWay() {
        var t = BootTimeline(requested: 0)
        t.spawned = 5 * ms
        t.ended = 105 * ms
        let p = t.phases
        #expect(p.prepare == 5)
        #expect(p.qemu == nil)
        #expect(p.kernel == nil)
        #expect(p.total == 105)
        #expect(p.named.count == 2)
    }

    @Test func survivesJSON() throws {
        var t = BootTimeline(requested: 7)
        t.spawned = 8
        let back: BootTimeline = try JSON.parse(try JSON.encode(t).text()).decode()
        #expect(back == t)
    }
}

@Suite struct GuestFrameTests {
    @Test func anyCuttingGivesTheSameFrames() throws {
        let frames = [
            GuestFrame(.config, Array("{}".utf8)), GuestFrame(.inputEnd),
            GuestFrame(.output, [UInt8](repeating: 7, count: 300)), GuestFrame(.exit, [3])
        ]
        let bytes = frames.flatMap(\.bytes)
        for size in [1, 2, 5, 7, 64, bytes.count] {
            var reader = GuestFrameReader()
            var got: [GuestFrame] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.feed(bytes[start..<min(start + size, bytes.count)])
                while let frame = try reader.next() { got.append(frame) }
            }
            #expect(got == frames)
        }
    }

    @Test func foreignBytesAreRefused() {
        var reader = GuestFrameReader()
        reader.feed(Array("GET / HTTP/1.1".utf8))
        #expect(throws: EscaleError.self) { try reader.next() }
        var long = GuestFrameReader()
        long.feed([GuestFrame.Kind.output.rawValue, 255, 255, 255, 255])
        #expect(throws: EscaleError.self) { try long.next() }
    }

    @Test func stamps() {
        let stamp = GuestStamp(.commandEnded, nanoseconds: 1 << 40, sent: 5)
        #expect(GuestStamp(stamp.frame) == stamp)
        #expect(GuestStamp(GuestFrame(.stamp, [9])) == nil)
    }
}
