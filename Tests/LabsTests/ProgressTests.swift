import Glibc
import Labs
import Linux
import Support
import Testing

private func result(_ id: String, _ status: CheckStatus, _ idea: String? = nil) -> CheckResult {
    CheckResult(
        id: id, status: status, reason: "r", help: "h", expected: "e", got: "g", misconception: idea,
        milliseconds: 1.5)
}

private let passed = LabEvent.checked(results: [result("a", .passed)], measured: nil)
private let failed = LabEvent.checked(results: [result("a", .failed, "pid-hote")], measured: nil)

private func day(_ n: Int) -> Timestamp { Timestamp(nanoseconds: Int64(n) * 86_400_000_000_000) }

private func fold(_ events: [(LabEvent, Timestamp)], _ fixture: Fixture) throws -> StepState {
    let lab = try #require(LabLoader.load(fixture.labs).course.labs.first)
    let entries = events.enumerated().map { i, e in Entry(number: i + 1, time: e.1, step: "pid", event: e.0) }
    return try #require(StepState.fold(entries, lab)["pid"])
}

@Suite struct ProgressTests {
    @Test func entriesReadBack() throws {
        let events: [LabEvent] = [
            .opened, .reset, .predicted("2"), .answered("é \"x\"\n"), .seen(["container a"]), passed, failed,
            .checked(results: [], measured: LabEvent.Measured(choice: nil, raw: "3", note: "n")), .hint(2),
            .solution
        ]
        for event in events {
            let entry = Entry(number: 7, time: day(3), step: "pid", event: event)
            #expect(Entry(try JSON.parse(entry.json.text())) == entry)
        }
        #expect(Entry(["n": 1, "t": "hier", "step": "a", "e": "opened"]) == nil)
        #expect(Entry(["n": 1, "t": "2026-01-01T00:00:00Z", "step": "a", "e": "autre"]) == nil)
    }

    @Test func hintsAndSolutionCost() throws {
        let fixture = try Fixture()
        func earned(_ events: [LabEvent]) throws -> Int {
            try fold(events.map { ($0, day(1)) }, fixture).earned
        }
        #expect(try earned([passed]) == 10)
        #expect(try earned([failed, .hint(1), passed]) == 9)
        #expect(try earned([failed, .hint(1), .hint(2), .hint(3), passed]) == 4)
        #expect(try earned([.solution, passed]) == 4)
        #expect(try earned([failed, .hint(1), .hint(2), .hint(3), .solution, passed]) == 4)
        // Never after.
        #expect(try earned([passed, .hint(1), .solution, .reset, passed]) == 10)
        // Not solved: nothing.
        #expect(try earned([failed, .hint(1)]) == 0)
        // A reset gives no hint back.
        #expect(try earned([failed, .hint(1), .reset, passed]) == 9)
    }

    @Test func attemptsBeginAnew() throws {
        let fixture = try Fixture()
        let state = try fold(
            [.opened, .predicted("1"), .answered("3"), .seen(["container x"]), failed, .reset, .opened].map {
                ($0, day(1))
            },
            fixture)
        #expect(state.attempt == 1)
        #expect(
            state.prediction == nil && state.answer == nil && state.seen.isEmpty && state.lastResults.isEmpty)
        #expect(state.checks == 1)
    }

    @Test func misconceptionsAreTalliedOnceInARow() throws {
        let fixture = try Fixture()
        let state = try fold([failed, failed, passed, .reset, failed].map { ($0, day(1)) }, fixture)
        #expect(state.misconceptions == ["pid-hote": 2])
    }

    @Test func predictionsNeverCost() throws {
        let fixture = try Fixture()
        let wrong = LabEvent.checked(
            results: [result("a", .passed)], measured: LabEvent.Measured(choice: "1", raw: "1"))
        let state = try fold([.predicted("2"), wrong, wrong].map { ($0, day(1)) }, fixture)
        #expect(state.earned == 10)
        #expect(state.predictionsMade == 1 && state.predictionsRight == 0)
        #expect(state.misconceptions == ["mini-vm": 1])
    }

    @Test func reviewsComeDue() throws {
        let fixture = try Fixture()
        let step = try #require(LabLoader.load(fixture.labs).course.labs.first?.steps.first)
        var state = try fold([(passed, day(10))], fixture)
        #expect(Review.next(state, step, now: day(10))?.due == false)
        #expect(Review.next(state, step, now: day(11))?.due == true)
        // Looking again without doing it again is no review.
        state = try fold([(passed, day(10)), (passed, day(12))], fixture)
        #expect(Review.next(state, step, now: day(12))?.date == day(11))
        state = try fold([(passed, day(10)), (.reset, day(12)), (passed, day(12))], fixture)
        #expect(Review.next(state, step, now: day(12))?.date == day(17))
        state = try fold([(passed, day(10)), (.reset, day(20)), (passed, day(20))], fixture)
        #expect(Review.next(state, step, now: day(21)) == nil)
    }

    @Test func tornLastLineIsDropped() throws {
        let fixture = try Fixture()
        let journal = Journal(path: "\(fixture.root)/j.jsonl")
        try journal.append(.opened, step: "pid")
        try journal.append(.answered("1"), step: "pid")
        let whole = try Files.read(journal.path)
        try Files.replace(journal.path, whole + Array("{\"n\":3,\"t\":\"2026".utf8))
        #expect(try journal.read().entries.count == 2)
        #expect(try journal.read().notices.isEmpty)
        try journal.append(.answered("2"), step: "pid")
        let (entries, notices) = try journal.read()
        #expect(entries.map(\.number) == [1, 2, 3] && notices.isEmpty)
    }

    @Test(arguments: [
        "{oups}\n", "\u{0}\u{0}\n",
        "{\"n\":9,\"t\":\"2026-01-01T00:00:00Z\",\"step\":\"pid\",\"e\":\"opened\"}\n"
    ])
    func damageIsKeptAsideAndSaid(_ damage: String) throws {
        let fixture = try Fixture()
        let journal = Journal(path: "\(fixture.root)/j.jsonl")
        try journal.append(.opened, step: "pid")
        try journal.append(.answered("1"), step: "pid")
        var lines = try Files.text(journal.path).split(separator: "\n").map { "\($0)\n" }
        lines.insert(damage, at: 1)
        let bytes = Array(lines.joined().utf8)
        try Files.replace(journal.path, bytes)
        let (entries, notices) = try journal.read()
        #expect(entries.contains { $0.event == .answered("1") } && entries.contains { $0.event == .opened })
        #expect(notices.count == 1 && notices[0].contains("corrompu-"))
        let aside = try #require(try Files.list(fixture.root).first { $0.hasPrefix("j.jsonl.corrompu-") })
        #expect(try Files.read("\(fixture.root)/\(aside)") == bytes)
        // Healthy from now on.
        #expect(try journal.read().notices.isEmpty)
        try journal.append(.answered("2"), step: "pid")
        #expect(try journal.read().entries.map(\.number) == Array(1...(entries.count + 1)))
    }

    @Test func manyWritersLoseNothing() async throws {
        let fixture = try Fixture()
        let path = "\(fixture.root)/j.jsonl"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for i in 0..<20 {
                        try Journal(path: path).append(.answered("\(writer)-\(i)"), step: "pid")
                    }
                }
            }
            try await group.waitForAll()
        }
        let (entries, notices) = try Journal(path: path).read()
        #expect(notices.isEmpty)
        #expect(entries.map(\.number) == Array(1...160))
        #expect(Set(entries.map { "\($0.event)" }).count == 160)
    }
}
