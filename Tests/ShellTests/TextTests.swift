import Shell
import Testing

@Suite struct WidthTests {
    @Test(
        "Columns of a text",
        arguments: [
            ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한국", 4), ("🐳", 2), ("🖥️", 2), ("👩‍👩‍👧", 2),
            ("🇫🇷", 2),
            ("a\u{A0}b", 3), ("a\u{202F}b", 3), ("→│─█▏", 5), ("\u{1B}[1;34mbleu\u{1B}[0m", 4), ("", 0),
            ("œ…", 2), ("a\u{AD}b", 2)
        ])
    func width(text: String, columns: Int) { #expect(Width.of(text) == columns) }

    @Test func padAndCut() {
        #expect(Width.pad("é", to: 3) == "é  ")
        #expect(Width.pad("日", to: 3, right: true) == " 日")
        #expect(Width.cut("conteneurs", to: 5) == "cont…")
        #expect(Width.cut("日本語", to: 4) == "日…")
        #expect(Width.cut("abc", to: 3) == "abc")
    }
}

@Suite struct WrapTests {
    let text =
        "Un conteneur est un processus\u{A0}: l’hôte le voit, le compte et peut l’arrêter\u{A0}! « C’est\u{A0}réel\u{A0}»."

    @Test("No line is too wide, no word is cut, nothing is lost", arguments: [20, 33, 40, 80])
    func wraps(width: Int) {
        let lines = Wrap.lines(text, width: width, first: "- ", rest: "  ")
        #expect(lines.allSatisfy { Width.of($0) <= width })
        #expect(lines.map { $0.dropFirst(2) }.joined(separator: " ") == text)
        #expect(!lines.contains { $0.trimmingSpaces.hasPrefix("!") || $0.trimmingSpaces.hasPrefix(":") })
    }

    @Test func longWordStaysWhole() {
        #expect(Wrap.lines("a sha256:0123456789abcdef b", width: 10) == ["a", "sha256:0123456789abcdef", "b"])
    }

    @Test func french() {
        #expect(
            French.set("Quoi ? « oui » : 50 % `a ? b`")
                == "Quoi\u{A0}? «\u{A0}oui\u{A0}»\u{A0}: 50\u{A0}% `a ? b`")
        #expect(French.count(0, "point") == "0\u{A0}point")
        #expect(French.count(2, "point") == "2\u{A0}points")
        #expect(French.day("2026-11-30T08:00:00Z") == "30 novembre")
        #expect(French.day("2026-12-01") == "1er décembre")
    }
}

@Suite struct MarkdownTests {
    let source = """
        # Étape une

        Un **conteneur** est un *processus* ;
        le noyau, lui, est `partagé`.

        - premier
        - second, avec une suite
          sur deux lignes
          1. dedans

        > note

        ```sh
        docker run busybox   echo "pas de retour à la ligne, même très très long, dans une commande"
        ```

        | Critère | Conteneur | VM |
        | --- | :---: | --- |
        | `noyau` | celui de l'hôte | le sien |
        | a\\|b | x | |

        ---
        fin
        """

    @Test func golden() {
        let expected = """
            Étape une
            ─────────

            Un conteneur est un processus ; le noyau, lui, est `partagé`.

              • premier
              • second, avec une suite sur deux lignes
                1. dedans

            │ note

                docker run busybox   echo "pas de retour à la ligne, même très très long, dans une commande"

             Critère │ Conteneur       │ VM
            ─────────┼─────────────────┼─────────
             `noyau` │ celui de l'hôte │ le sien
             a|b     │ x               │

            ────────────────────────────────────────

            fin

            """
        #expect(Markdown.render(source, Style(width: 80)) == expected)
    }

    @Test func ascii() {
        let text = Markdown.render(source, Style(isUTF8: false, width: 80))
        #expect(!text.contains { "─│•┼".contains($0) })
    }

    @Test("Colours change nothing but colours", arguments: [30, 60, 80])
    func coloured(width: Int) {
        let plain = Markdown.render(source.filter { $0 != "`" }, Style(width: width))
        let coloured = Markdown.render(source.filter { $0 != "`" }, Style(hasColour: true, width: width))
        var stripped = ""
        var inEscape = false
        for c in coloured {
            if inEscape {
                inEscape = !c.isLetter
            } else if c == "\u{1B}" {
                inEscape = true
            } else {
                stripped.append(c)
            }
        }
        #expect(stripped == plain)
    }

    @Test(arguments: [
        ("2 * 3 * 4", "2 * 3 * 4"), ("snake_case_name", "snake_case_name"), ("**a** et **b**", "a et b"),
        ("`a` `", "`a` `"), (#"\*non\*"#, "*non*"),
        ("[aide](https://exemple.fr)", "aide (https://exemple.fr)"), ("a[0]", "a[0]")
    ])
    func inline(source: String, expected: String) {
        #expect(Markdown.inline(source, Style()) == expected)
    }

    @Test("A table fits the width when its words do")
    func tables() {
        let row = [
            "Légèreté", "Très légers, démarrage rapide",
            "Plus lourds, démarrage plus lent que celui des conteneurs"
        ]
        for width in [40, 60, 80] {
            let text = DrawnTable.render(
                header: ["Critère", "Conteneurs", "Machines virtuelles"], rows: [row], Style(width: width))
            #expect(text.split(separator: "\n").allSatisfy { Width.of($0) <= width })
        }
    }

    @Test func bars() {
        #expect(Style().bar(0.5, width: 10) == "█████░░░░░")
        #expect(Style().bar(0.05, width: 10) == "▌░░░░░░░░░")
        #expect(Style(isUTF8: false).bar(1, width: 4) == "[####]")
        #expect(Style().bar(.nan, width: 4) == "░░░░")
        #expect(Style().bar(7, width: 4) == "████")
    }
}

@Suite struct PromptTests {
    @Test func prompts() {
        var prompt = Prompt()
        #expect(prompt.text(Style()) == "escale ❯ ")
        prompt.lab = "conteneurs-vs-vm"
        prompt.step = (2, 11)
        prompt.points = (20, 110)
        #expect(prompt.text(Style()) == "conteneurs-vs-vm 2/11 · 20/110 pts ❯ ")
        prompt.isSolved = true
        prompt.status = 137
        prompt.folder = "/un/tres/tres/long/chemin/vers/un/dossier"
        #expect(
            prompt.text(Style(isUTF8: false))
                == "conteneurs-vs-vm 2/11+ - 20/110 pts ...chemin/vers/un/dossier [137] > ")
    }

    @Test("readline is told what takes no room")
    func marks() {
        var prompt = Prompt()
        prompt.lab = "a"
        let text = prompt.text(Style(hasColour: true))
        var depth = 0
        for c in text.unicodeScalars {
            if c == "\u{01}" { depth += 1 }
            if c == "\u{02}" { depth -= 1 }
            if c == "\u{1B}" { #expect(depth == 1) }
        }
        #expect(depth == 0)
    }
}

@Suite struct HistoryTests {
    @Test func encoding() {
        for entry in ["ls", "for i in 1; do\necho $i\ndone", "a \\ b", "a\\nb"] {
            #expect(HistoryText.decode(HistoryText.encode(entry)) == [entry])
        }
        #expect(HistoryText.decode("a\n\nb\n") == ["a", "b"])
    }

    @Test func tidy() {
        #expect(HistoryText.tidy(["a", "b", "a", "c"], limit: 10) == ["b", "a", "c"])
        #expect(HistoryText.tidy(["a", "b", "c"], limit: 2) == ["b", "c"])
        #expect(!HistoryText.isKept(" secret", last: nil))
        #expect(!HistoryText.isKept("", last: nil))
        #expect(!HistoryText.isKept("a", last: "a"))
        #expect(HistoryText.isKept("a", last: "b"))
    }
}
