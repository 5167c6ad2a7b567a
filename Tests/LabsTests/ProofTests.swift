import Labs
import Testing

@Suite struct ProofTests {
    @Test func scriptsBecomeActs() {
        let script = """
            # un commentaire
            docker ps

            cat > f.txt <<FIN
            # pas un commentaire

            FIN
            # lire PID: ^([0-9]+)$
            repondre @PID@
            """
        #expect(
            Typing.acts(script) == [
                .type("docker ps"), .type("cat > f.txt <<FIN"), .type("# pas un commentaire"), .type(""),
                .type("FIN"),
                .read(name: "PID", pattern: "^([0-9]+)$"), .type("repondre @PID@")
            ])
        #expect(Typing.unread(script).isEmpty)
        #expect(Typing.unread("repondre @PID@\n") == ["PID"])
        #expect(Typing.unread("repondre a@b\n").isEmpty)
        #expect(Typing.value("^([0-9]+)$", on: "docker inspect\n12\n4127\r\n") == "4127")
        #expect(Typing.value("^x$", on: "12") == nil)
        #expect(Typing.fill("repondre @PID@ @PID@", ["PID": "4"]) == "repondre 4 4")
    }

    @Test func screensAreCutAtMarks() {
        var reader = ScreenReader()
        reader.feed(Array("bonjour\r\n\u{1B}[1mgras\u{1B}[0m\u{1B}]777;escale;rea".utf8))
        #expect(reader.next() == nil)
        reader.feed(Array("dy;3\u{07}suite\u{1B}]0;titre\u{07}!".utf8))
        let first = reader.next()
        #expect(first?.text == "bonjour\ngras" && first?.status == 3)
        #expect(reader.next() == nil)
        #expect(reader.rest == "suite!")
        #expect(ScreenReader.plain(Array("ab\u{8}c\u{1B}(Bd\u{1B}[?2004hé".utf8)) == "acdé")
    }
}
