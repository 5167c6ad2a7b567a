import Testing
import VM

@Suite struct CpioTests {
    @Test func oneFile() {
        var cpio = CpioWriter()
        cpio.file("init", mode: 0o755, Array("hello".utf8))
        cpio.finish()
        let text = String(decoding: cpio.bytes, as: UTF8.self)
        let fields = [
            "00000001", "000081ED", "00000000", "00000000", "00000001", "00000000", "00000005", "00000000",
            "00000000", "00000000", "00000000", "00000005", "00000000"
        ]
        let header = "070701" + fields.joined() + "init\0"
        #expect(text.hasPrefix(header))
        #expect(text.contains("TRAILER!!!"))
        #expect(cpio.bytes.count % 4 == 0)
    }

    @Test func contentStartsOnFour() {
        for name in ["a", "ab", "abc", "abcd"] {
            var cpio = CpioWriter()
            cpio.file(name, [1, 2, 3])
            let start = (110 + name.utf8.count + 1 + 3) / 4 * 4
            #expect(Array(cpio.bytes[start..<start + 3]) == [1, 2, 3])
            #expect(cpio.bytes.count == start + 4)
        }
    }

    @Test func sameEntriesSameBytes() {
        func make() -> [UInt8] {
            var cpio = CpioWriter()
            cpio.folder("dev")
            cpio.character("dev/console", major: 5, minor: 1)
            cpio.link("proc/self/exe", to: "/init")
            cpio.finish()
            return cpio.bytes
        }
        #expect(make() == make())
    }
}
