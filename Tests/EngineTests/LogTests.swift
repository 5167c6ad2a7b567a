import Engine
import Linux
import Support
import Testing

@Suite struct LogTests {
    private static func line(_ text: String, _ second: Int, stream: String = "stdout") -> String {
        let json: JSON = [
            "log": .string(text), "stream": .string(stream), "time": .string("2026-01-01T00:00:0\(second).5Z")
        ]
        return json.text() + "\n"
    }

    private static func entry(_ text: String, _ second: Int, isError: Bool = false) -> LogEntry {
        LogEntry(text: text, isError: isError, time: "2026-01-01T00:00:0\(second).5Z")
    }

    @Test func linesAreRead() {
        let line = Self.line("é\n", 1, stream: "stderr").dropLast()
        #expect(LogEntry(line: Array(line.utf8)[...]) == Self.entry("é\n", 1, isError: true))
        #expect(LogEntry(line: Array("{\"log\":\"x".utf8)[...]) == nil)
    }

    @Test func tailAndHalfWrittenLines() throws {
        let files = try TestKit()
        let path = "\(files.kit.root)/log"
        let text = (1...5).map { Self.line("ligne \($0)\n", $0) }.joined() + "{\"log\":\"half"
        try Files.replace(path, text.utf8)
        var all = try LogFile(path, tail: nil)
        #expect(try all.read().map(\.text) == (1...5).map { "ligne \($0)\n" })
        #expect(try all.read().isEmpty)
        try Files.replace(path, (1...5).map { Self.line("ligne \($0)\n", $0) }.joined().utf8)
        for (tail, count) in [(0, 0), (1, 1), (2, 2), (5, 5), (99, 5)] {
            var file = try LogFile(path, tail: tail)
            #expect(try file.read().count == count)
        }
    }

    @Test func timesAndStreamsChoose() throws {
        var options = LogOptions()
        options.since = try APITime.parse("2026-01-01T00:00:02Z")
        options.until = try APITime.parse("2026-01-01T00:00:04Z")
        #expect((1...5).map { options.wants(Self.entry("x", $0)) } == [false, true, true, false, false])
        #expect(options.isOver(Self.entry("x", 4)) && !options.isOver(Self.entry("x", 3)))
        options = LogOptions()
        options.stderr = false
        #expect(!options.wants(Self.entry("x", 1, isError: true)))
    }

    @Test func framesAndTimestamps() {
        var options = LogOptions()
        #expect(
            options.bytes(Self.entry("ab", 1, isError: true), terminal: false) == [
                2, 0, 0, 0, 0, 0, 0, 2, 97, 98
            ])
        #expect(options.bytes(Self.entry("ab", 1), terminal: true) == [97, 98])
        options.timestamps = true
        #expect(options.bytes(Self.entry("ab", 1), terminal: true) == Array("2026-01-01T00:00:01.5Z ab".utf8))
    }

    @Test func timesOfTheAPI() throws {
        #expect(try APITime.parse("1700000000.5")?.nanoseconds == 1_700_000_000_500_000_000)
        #expect(try APITime.parse("0") == nil && APITime.parse(nil) == nil)
        #expect(throws: EscaleError.self) { try APITime.parse("soon") }
    }
}
