import Labs
import Linux
import Support
import Testing

private func code(_ body: () throws -> Void) -> EscaleError.Code? {
    do { try body() } catch { return EscaleError.wrap(error).code }
    return nil
}

@Suite struct SessionTests {
    @Test func aStepFromOpeningToSuccess() throws {
        let fixture = try Fixture()
        let world = FakeWorld()
        world.set { $0.files = ["/proc/a": "x\n", "/proc/b": "x\n"] }
        let session = fixture.session(world)
        let view = try session.open("ess")
        let name = try #require(try session.variables()["NOM"])
        #expect(view.text.contains("**\(name)**"))
        let workspace = try #require(session.workspace)
        let start = try Files.text("\(workspace)/lisez-moi.txt")
        #expect(start == "Bonjour Ada, voici \(name) et ${AUTRE}.\n")

        // The prediction comes first, once.
        #expect(code { _ = try session.check() } == .conflict)
        #expect(code { try session.predict("9") } == .invalid)
        #expect(try session.predict("2") == "deux")
        #expect(code { try session.predict("1") } == .conflict)

        // A hint comes after an attempt.
        #expect(code { _ = try session.hint() } == .conflict)
        var report = try session.check()
        #expect(!report.passed)
        #expect(report.results.map(\.status) == [.failed, .blocked])
        #expect(report.firstFailure?.reason.contains("n’existe pas") == true)
        #expect(try session.hint().cost == 1)
        #expect(try session.hint().level == .explain)

        world.run(name, pid: 4127)
        try session.answer("1")
        report = try session.check()
        #expect(report.firstFailure?.misconception == "pid-hote")
        #expect(report.firstFailure?.reason == "1 est son PID vu de l'intérieur.")
        #expect(report.firstFailure?.expected.contains("4127") == false)
        #expect(try session.why().text.contains("idée fausse"))

        try session.answer("4127")
        report = try session.check()
        #expect(report.passed && report.newlySolved && report.labIsComplete)
        #expect(report.earned == 7)
        #expect(report.explanation == "Prédit deux, mesuré un, obtenu 4127.\n")
        #expect(report.prediction?.isRight == false)
        #expect(report.prediction?.misconception == "Un conteneur serait une petite VM.")

        let summary = try session.progress()
        #expect(summary.earned == 7)
        #expect(summary.misconceptions.map(\.id).sorted() == ["mini-vm", "pid-hote"])
    }

    @Test func restartsGoOnWhereOneWas() throws {
        let fixture = try Fixture()
        let world = FakeWorld()
        let first = fixture.session(world)
        _ = try first.open("1")
        let drawn = try first.variables()
        try first.predict("1")
        let second = fixture.session(world)
        #expect(try second.current() == nil)
        let view = try #require(try second.resume())
        #expect(view.prediction?.chosen == "1")
        #expect(try second.variables() == drawn)
    }

    @Test func aDamagedNameIsKeptAsideAndSaid() throws {
        let fixture = try Fixture()
        try Learner(name: "Grace").save(fixture.kit)
        func session() -> LabSession {
            LabSession(kit: fixture.kit, learner: nil, labs: fixture.labs, world: FakeWorld(), now: { .now })
        }
        #expect(session().learner.name == "Grace")
        try Files.replace("\(fixture.kit.progress)/apprenant.json", Array("{\"name".utf8))
        #expect(try session().progress().notices.contains { $0.contains("corrompu-") })
        #expect(try Files.list(fixture.kit.progress).contains { $0.hasPrefix("apprenant.json.corrompu-") })
        #expect(try session().progress().notices.isEmpty)
    }

    @Test func resetRemovesWhatWasMade() throws {
        let fixture = try Fixture()
        let world = FakeWorld()
        let session = fixture.session(world)
        _ = try session.open("essai")
        let name = try #require(try session.variables()["NOM"])
        world.run(name, pid: 10)
        world.run("autrui", pid: 11)
        let workspace = try #require(session.workspace)
        try Files.replace("\(workspace)/notes.txt", Array("x".utf8))
        try Files.replace("\(workspace)/a-moi.txt", Array("x".utf8))
        try Files.replace("\(workspace)/lisez-moi.txt", Array("gâché".utf8))
        let report = try session.reset()
        #expect(world.removed == [name])
        #expect(report.removed.contains("fichier notes.txt"))
        #expect(!Files.exists("\(workspace)/notes.txt"))
        #expect(Files.exists("\(workspace)/a-moi.txt"))
        #expect(try Files.text("\(workspace)/lisez-moi.txt").hasPrefix("Bonjour"))
        #expect(report.view.prediction?.chosen == nil)
    }

    @Test func resetRemovesWholeFolders() throws {
        let fixture = try Fixture {
            $0["01-essai/01-pid/step.md"] = $0["01-essai/01-pid/step.md"]?.replacing(
                "cleans: { files: [notes.txt] }", with: "cleans: { files: [colis] }")
        }
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        let workspace = try #require(session.workspace)
        try Files.makeDirectory("\(workspace)/colis/rootfs/vide")
        try Files.makeDirectory("\(workspace)/colis-a-moi")
        let report = try session.reset()
        #expect(report.removed.contains("dossier colis"))
        #expect(!Files.exists("\(workspace)/colis") && Files.exists("\(workspace)/colis-a-moi"))
    }

    @Test func cancellingRecordsNothing() throws {
        let fixture = try Fixture()
        let session = fixture.session(FakeWorld())
        _ = try session.open("essai")
        try session.predict("1")
        #expect(code { _ = try session.check(cancelled: { true }) } == .interrupted)
        #expect(code { _ = try session.why() } == .conflict)
    }

    @Test func solutionCaps() throws {
        let fixture = try Fixture()
        let world = FakeWorld()
        let session = fixture.session(world)
        _ = try session.open("essai")
        let name = try #require(try session.variables()["NOM"])
        let solution = try session.solution()
        #expect(solution.cap == 4)
        #expect(solution.script.contains("--name \(name)"))
        #expect(solution.script.contains("repondre <PID>"))
        #expect(!solution.script.contains("@PID@"))
        try session.predict("1")
        world.run(name, pid: 5)
        try session.answer("5")
        #expect(try session.check().earned == 4)
    }

    @Test func neighboursDiffer() throws {
        let fixture = try Fixture()
        let drawn = try (0..<12).map { i in
            let session = fixture.session(FakeWorld(), learner: "Élève \(i)")
            _ = try session.open("essai")
            return try session.variables()
        }
        #expect(Set(drawn.map { $0["PORT"] ?? "" }).count > 4)
    }

    @Test func wrongNamesAreToldWithARepair() throws {
        let fixture = try Fixture()
        let session = fixture.session(FakeWorld())
        #expect(code { _ = try session.next() } == .conflict)
        #expect(code { _ = try session.open("esai") } == .notFound)
        _ = try session.open("essai")
        #expect(code { _ = try session.goto("7") } == .notFound)
        #expect(code { _ = try session.previous() } == .invalid)
        #expect(code { try session.answer("  ") } == .invalid)
    }

    @Test func gradesComeInThreeForms() throws {
        let fixture = try Fixture()
        let session = fixture.session(FakeWorld(), learner: "Ada, \"l'aînée\" <x>")
        let grade = Grade(try session.progress())
        #expect(!grade.isComplete)
        #expect(grade.json["labs"][0]["steps"][0]["passed"].bool == false)
        #expect(grade.junit.contains("<failure message=\"pas commencée\"/>"))
        #expect(grade.junit.contains("&lt;x&gt;"))
        #expect(grade.csv.contains("\"Ada, \"\"l'aînée\"\" <x>\",essai,pid,non,0,10"))
    }
}
