import Labs
import Linux
import Support
import Testing

@Suite struct AnswerTests {
    private func wanted(_ change: (inout [String: String]) -> Void = { _ in }) throws -> AskedAnswer {
        let fixture = try Fixture(change)
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        return try session.asked()
    }

    private func step(_ old: String, _ new: String) -> (inout [String: String]) -> Void {
        { files in
            files["01-essai/01-pid/step.md"] = files["01-essai/01-pid/step.md"]?.replacing(old, with: new)
        }
    }

    @Test func aValueAlone() throws {
        let asked = try wanted()
        #expect(asked.isFree && asked.keys.isEmpty)
        #expect(asked.example == "repondre VALEUR")
    }

    @Test func names() throws {
        let asked = try wanted(step("that: answer\n", "that: answer\n    of: { key: dehors }\n"))
        #expect(asked.keys == ["dehors"] && !asked.isFree)
        #expect(asked.example == "repondre dehors=…")
    }

    @Test func amongValues() throws {
        let asked = try wanted(
            step("that: answer\n    is:", "that: value\n    of: { answer: total }\n    is:"))
        #expect(asked.keys == ["total"])
    }

    @Test func aScriptThatReadsIt() throws {
        let asked = try wanted(step("that: answer\n    is:", "script: verif.sh\n    x:"))
        #expect(asked.isNothing)
        let reads = try wanted { files in
            step("that: answer\n    is:", "script: verif.sh\n    x:")(&files)
            files["01-essai/01-pid/verif.sh"] = "test \"$REPONSE\" = 1\n"
        }
        #expect(reads.isFree)
    }

    @Test("A step that asks nothing takes no answer, kindly")
    func nothingAsked() throws {
        let fixture = try Fixture(
            step(
                "that: answer\n    is: { host-pid-of: \"${NOM}\" }", "that: container.exists\n    of: ${NOM}")
        )
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        #expect(try session.asked().isNothing)
        do {
            try session.answer("4127")
            Issue.record("taken")
        } catch {
            #expect(error.code == .conflict && error.message.contains("n’attend pas de réponse"))
        }
    }

    @Test func anEmptyAnswerIsToldWhatIsWanted() throws {
        let fixture = try Fixture(step("that: answer\n", "that: answer\n    of: { key: dehors }\n"))
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        do {
            try session.answer(" ")
            Issue.record("taken")
        } catch { #expect(error.repair == "repondre dehors=…") }
    }

    @Test("An answer that names nothing asked is not kept")
    func aStrangeNameIsRefused() throws {
        let fixture = try Fixture(step("that: answer\n", "that: answer\n    of: { key: dehors }\n"))
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        for text in ["4127", "dedans=1"] {
            do {
                try session.answer(text)
                Issue.record("taken")
            } catch { #expect(error.message.contains("dehors=…")) }
        }
        try session.answer("Dehors=4127")
    }

    @Test("Choices are told with the learner's own names")
    func choicesAreFilled() throws {
        let fixture = try Fixture(
            step("choices: { 1: un, 2: deux }", "choices: { 1: \"seul ${NOM}\", 2: \"${NOM} et l'autre\" }"))
        let world = FakeWorld()
        world.set { $0.files = ["/proc/a": "x\n", "/proc/b": "x\n"] }
        let session = fixture.session(world)
        _ = try session.open("essai")
        let name = try #require(try session.variables()["NOM"])
        #expect(try session.predict("2") == "\(name) et l'autre")
        #expect(try session.predict("2") == "\(name) et l'autre")
        #expect(try session.measure().predicted == "\(name) et l'autre")
        #expect(try session.measure().measured == "seul \(name)")
        world.run(name, pid: 7)
        try session.answer("7")
        let report = try session.check()
        #expect(report.prediction?.predicted == "\(name) et l'autre")
        #expect(report.explanation == "Prédit \(name) et l'autre, mesuré seul \(name), obtenu 7.\n")
    }
}
