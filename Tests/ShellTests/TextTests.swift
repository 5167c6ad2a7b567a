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

    @Test func apostrophes() {
        #expect(French.set("l'hôte, qu'«il» voit ; `docker inspect -f 'x'`, 'mot'").contains("l’hôte, qu’«"))
        #expect(French.set("`echo l'hôte` et 'mot'") == "`echo l'hôte` et 'mot'")
        #expect(Markdown.inline("l'**hôte** et `d'un` 'mot'", Style()) == "l’hôte et `d'un` 'mot'")
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

            Un conteneur est un processus\u{A0}; le noyau, lui, est `partagé`.

              • premier
              • second, avec une suite sur deux lignes
                1. dedans

            │ note

                docker run busybox   echo "pas de retour à la ligne, même très très long, dans une commande"

             Critère │ Conteneur       │ VM
            ─────────┼─────────────────┼─────────
             `noyau` │ celui de l’hôte │ le sien
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

@Suite struct PagesTests {
    private func lines(_ text: String) -> ArraySlice<Substring> {
        text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    }

    @Test func allThatFits() {
        #expect(Pages.fitting(lines("a\nb\nc"), columns: 80, rows: 4) == 3)
        #expect(Pages.fitting(lines("a\nb\nc\nd"), columns: 80, rows: 4) == 3)
        #expect(Pages.fitting(lines("a"), columns: 80, rows: 1) == 1)
    }

    @Test("A line wider than the terminal takes several rows")
    func wideLines() {
        let wide = String(repeating: "x", count: 25)
        #expect(Pages.fitting(lines("\(wide)\nb\nc"), columns: 10, rows: 5) == 2)
        #expect(Pages.fitting(lines("\(wide)\nb"), columns: 10, rows: 2) == 1)
    }

    @Test("A page ends between two paragraphs where one is near")
    func paragraphs() {
        let text = (1...8).map(String.init).joined(separator: "\n") + "\n\n9\n10\n11\n12"
        #expect(Pages.fitting(lines(text), columns: 80, rows: 12) == 9)
        #expect(
            Pages.fitting(lines((1...30).map(String.init).joined(separator: "\n")), columns: 80, rows: 12)
                == 11)
    }

    @Test(
        arguments: [
            ([10], true), ([13], true), ([32], true), ([27, 91, 66], true), ([13, 13], true), ([113], false),
            ([3], false), ([27], false), ([97], nil), ([27, 91, 65], nil)
        ] as [([UInt8], Bool?)])
    func keys(key: [UInt8], answer: Bool?) { #expect(Pages.answer(key) == answer) }
}

@Suite struct UsageTextTests {
    @Test func aWholePage() {
        let english = """
            OVERVIEW: Change le nom.

            USAGE: escale rename <container> <new-name> [--sig-proxy]

            ARGUMENTS:
              <container>             Conteneur.

            OPTIONS:
              --image <image>         Image. (default: busybox)
              -h, --help              Show help information.

            LABS SUBCOMMANDS:
              shell (default)         La session.

            SUBCOMMANDS:
              x                       Y.

              See 'escale help <subcommand>' for detailed help.
            """
        let french = """
            Change le nom.

            USAGE : escale rename <conteneur> <nouveau-nom> [--sig-proxy]

            ARGUMENTS :
              <conteneur>             Conteneur.

            OPTIONS :
              --image <image>         Image. (par défaut : busybox)
              -h, --help              Affiche cette aide.

            LABS :
              shell (par défaut)      La session.

            COMMANDES :
              x                       Y.

              « escale help <commande> » en dit plus.
            """
        let told = UsageText.french(english).replacing("\u{A0}", with: " ")
        #expect(told == french)
    }

    @Test func anError() {
        let text =
            "Unknown option '--x'\nUsage: escale ps [<names>]\n  See 'escale ps --help' for more information."
        #expect(
            UsageText.french(text)
                == "Unknown option '--x'\nUsage\u{A0}: escale ps [<nom>]\n  «\u{A0}escale ps --help\u{A0}» en dit plus."
        )
    }
}

@Suite struct HelpTests {
    @Test(arguments: [
        ("docker run", "**run**"), ("escale vm", "**vm**"), ("docker run -it", "**run**"),
        ("vm ps", "**vm ps**"), ("verifier", "**vérifier**")
    ])
    func onTheVerb(topic: String, title: String) throws {
        let bold = Style(hasColour: true)
        let page = try #require(HelpPage.topic(topic, bold))
        #expect(page.hasPrefix(Markdown.inline(title, bold)), "\(page)")
    }
}

@Suite struct PromptTests {
    @Test("Wherever the cursor was, the prompt begins a line")
    func freshLine() {
        let text = Prompt.freshLine(Style(), columns: 10)
        #expect(text == "⏎         \r\u{1B}[K")
        #expect(Prompt.freshLine(Style(canErase: false), columns: 10).isEmpty)
    }

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
