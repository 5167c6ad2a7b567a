import Support
import Testing

@Suite struct UnitsTests {
    @Test(
        arguments: [
            ("64m", 64 << 20), ("1g", 1 << 30), ("1.5k", 1536), ("1024", 1024), ("10MiB", 10 << 20),
            ("5 mb", 5 << 20),
            ("0", 0)
        ] as [(String, Int64)])
    func bytes(_ text: String, _ expected: Int64) throws { #expect(try Units.bytes(text) == expected) }

    @Test(arguments: ["", "m", "-1", "12q", "1e30g", "0x10"])
    func refused(_ text: String) { #expect(throws: EscaleError.self) { try Units.bytes(text) } }

    @Test func sizes() {
        #expect(Units.size(0) == "0B")
        #expect(Units.size(1_240_000) == "1.24MB")
        #expect(Units.size(999) == "999B")
        #expect(Units.binarySize(67_108_864) == "64MiB")
        #expect(Units.fixed(12.345, 1) == "12.3")
        #expect(Units.fixed(-0.04, 1) == "0.0")
    }

    @Test func durations() {
        #expect(Units.duration(0) == "Less than a second")
        #expect(Units.duration(61) == "About a minute")
        #expect(Units.duration(3 * 3600) == "3 hours")
    }

    @Test(arguments: ["", "a", "ab", "abc", "abcd", "é~"])
    func base64(_ text: String) {
        #expect(Base64.decode(Base64.encode(Array(text.utf8))) == Array(text.utf8))
    }
}
