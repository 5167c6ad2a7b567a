import Labs
import Testing

/// The testing library has an `Expectation` of its own.
private typealias Expected = Labs.Expectation<String>

@Suite struct ValueTests {
    @Test(arguments: [
        ("1,25", 1.25), ("12 345", 12345), ("12\u{202F}345,5", 12345.5), ("64 Mio", 67_108_864),
        ("64m", 67_108_864),
        ("1.5 s", 1.5), ("270 ms", 0.27), ("3 ×", 3), ("20 %", 20), ("-4", -4), ("2 ko", 2000), ("+7", 7),
        ("1 Go", 1e9), ("5 µs", 5e-6)
    ]) func numbersRead(_ text: String, _ base: Double) {
        #expect(Quantity(text).map { abs($0.base - base) < abs(base) * 1e-12 } == true)
    }

    @Test(arguments: ["", "abc", "12 34", "1,2,3", "4 bananes", "-", "0x1f", "12h", "phare"])
    func othersAreNoNumbers(_ text: String) { #expect(Quantity(text) == nil) }

    @Test func bareNumbersTakeTheOthersUnit() {
        let expected = Expected.near("270 ms", .percent(10))
        #expect(expected.holds("260"))
        #expect(expected.holds("0,26 s"))
        #expect(!expected.holds("200"))
        #expect(Expected.equal("64 Mio").holds("67108864"))
        #expect(!Expected.equal("64 Mio").holds("64"))
    }

    @Test(arguments: [
        (Expected.equal("running"), "Running", true), (.equal("3"), "3.0", true),
        (.equal("kvm"), "tcg", false),
        (.equal("mémoire"), "memoire", true), (.oneOf(["vm", "les deux"]), "VM", true),
        (.oneOf(["a"]), "b", false),
        (.not(.equal("a")), "b", true), (.above("3"), "3", false), (.atLeast("3"), "3", true),
        (.below("1"), "0,5 s", true), (.atMost("2"), "2,1", false), (.near("100", .percent(20)), "80", true),
        (.near("100", .percent(20)), "79,9", false), (.near("5", .absolute(3)), "8", true),
        (.contains("eth0"), "lo eth0", true),
        (.match("^[0-9]+$"), "12", true), (.match("^[0-9]+$"), "12a", false),
        (.set(["a", "b"]), "b, a", true),
        (.set(["a", "b"]), "a a b", false), (.sequence(["a", "b"]), "b a", false),
        (.sequence(["a", "b"]), "a;b", true),
        (.all([.above("1"), .below("3")]), "2", true), (.all([.above("1"), .below("3")]), "3", false),
        (.above("1"), "beaucoup", false)
    ]) fileprivate func comparisons(_ expectation: Expected, _ got: String, _ holds: Bool) {
        #expect(expectation.holds(got) == holds)
    }

    @Test func partsOfTexts() throws {
        func part(_ text: String, _ set: (inout Extraction) -> Void) -> String? {
            var extraction = Extraction()
            set(&extraction)
            return try? extraction.apply(text).get()
        }
        let uptime = "123.45 678.90\n"
        #expect(part(uptime) { $0.word = 1 } == "123.45")
        #expect(part(uptime) { $0.word = -1 } == "678.90")
        #expect(part("a\nb\nc\n") { $0.line = -1 } == "c")
        #expect(part("a\nb") { $0.line = 3 } == nil)
        #expect(part("pid = 12 # oui\nPID: 13\n") { $0.key = "pid" } == "13")
        #expect(part("x=\n") { $0.key = "x" } == nil)
        #expect(part("boot 1f2e-3d fin") { $0.match = "[0-9a-f]+-[0-9a-f]+" } == "1f2e-3d")
        #expect(part("pid 42 fin") { $0.match = "pid ([0-9]+)" } == "42")
        #expect(part("{\"a\":[{\"b\":1.5}]}") { $0.at = "a[0].b" } == "1.5")
        let table = "| Critère | Conteneur | VM |\n|---|---:|---|\n| **Démarrage** | 30 ms | 2,4 s |\n"
        #expect(part(table) { ($0.row, $0.column) = ("démarrage", "VM") } == "2,4 s")
        #expect(part(table) { ($0.row, $0.column) = ("Démarrage", "2") } == "30 ms")
        #expect(part(table) { ($0.row, $0.column) = ("Taille", "VM") } == nil)
        #expect(part("a;b\nx;1\ny;\n") { ($0.row, $0.column) = ("x", "b") } == "1")
        #expect(part("a;b\nx;1\ny;\n") { ($0.row, $0.column) = ("y", "b") } == nil)
    }

    @Test func seededVariables() {
        let list = ["phare", "quai", "balise", "ancre", "cale"]
        let variables = [
            Variable(name: "A", range: .choice(list)), Variable(name: "B", range: .choice(list)),
            Variable(name: "P", range: .integers(8100...8199))
        ]
        let once = Variables.draw(variables, seed: "ada/lab/etape/0")
        #expect(once == Variables.draw(variables, seed: "ada/lab/etape/0"))
        #expect(once["A"] != once["B"])
        #expect((8100...8199).contains(Int(once["P"] ?? "") ?? 0))
        let others = (0..<50).map { Variables.draw(variables, seed: "eleve\($0)/lab/etape/0") }
        #expect(Set(others.map { $0["P"] ?? "" }).count > 20)
        #expect(Set(others.compactMap { $0["A"] }) == Set(list))
        #expect(others.allSatisfy { $0["A"] != $0["B"] })
        #expect((1..<20).contains { Variables.draw(variables, seed: "ada/lab/etape/\($0)") != once })
    }

    @Test func learnersAreTold() {
        #expect(Learner(name: "Ada Lovelace").id == "ada-lovelace")
        #expect(Learner(name: "Zoé  Çelik").id == "zoe-celik")
        #expect(Learner(name: "李雷").id != Learner(name: "韩梅").id)
        #expect(Learner(name: "../etc").id == "etc")
        #expect(Learner(name: "").id == "apprenant")
    }
}
