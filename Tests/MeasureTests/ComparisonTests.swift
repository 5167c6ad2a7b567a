import Measure
import Support
import Testing

@Suite struct ComparisonTests {
    static func figures(_ host: Double, _ container: Double, _ vm: Double) -> [Side: Figure] {
        [
            .host: Figure([host], .milliseconds), .container: Figure([container], .milliseconds),
            .vm: Figure([vm], .milliseconds)
        ]
    }

    @Test func medians() {
        #expect(Figure([3, 1, 2], .count).median == 2)
        #expect(Figure([4, 1, 2, 3], .count).median == 2.5)
        #expect(Figure([12.345], .milliseconds).text == "12,3 ms")
        #expect(Figure([4_100_000], .bytes).text == "4,10 Mo")
    }

    @Test func verdictsFollowTheFigures() {
        #expect(Claims.row("start", Self.figures(1, 20, 2400), accelerator: "TCG").verdict == .confirmed)
        #expect(Claims.row("start", Self.figures(1, 20, 21), accelerator: "KVM").verdict == .contradicted)
        #expect(Claims.row("cpu", Self.figures(100, 101, 110), accelerator: "KVM").verdict == .confirmed)
        let slow = Claims.row("cpu", Self.figures(100, 101, 1500), accelerator: "TCG")
        #expect(slow.verdict == .nuanced)
        #expect(slow.why.contains("TCG"))
        #expect(Claims.row("cpu", Self.figures(100, 200, 1500), accelerator: "TCG").verdict == .contradicted)
        #expect(Claims.row("disk", Self.figures(0, 2e6, 4e7), accelerator: "TCG").verdict == .nuanced)
        #expect(Claims.row("disk", Self.figures(0, 2e6, 3e9), accelerator: "TCG").verdict == .confirmed)
    }

    @Test func sessionsAreRead() {
        var log = SessionLog()
        let lines = ["kernel=6.1", "debut cpu", "fin cpu", "debut cpu", "fin io", "fin cpu", "pret"]
        var invited = false
        for (i, line) in lines.enumerated() {
            invited = log.take(line, at: Monotonic(nanoseconds: UInt64(i) * 1_000_000)) || invited
        }
        #expect(log.facts == ["kernel": "6.1"])
        #expect(log.loops == ["cpu": [1, 2]])
        #expect(invited)
    }
}
