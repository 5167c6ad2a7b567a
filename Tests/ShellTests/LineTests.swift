import Shell
import Testing

/// Files `notes.txt` and `web`, containers `web` and `phare`, and a few programs.
private var world: EngineVerb.World {
    EngineVerb.World(
        fileExists: { ["notes.txt", "web", "script.sh"].contains($0) },
        isContainer: { ["web", "phare"].contains($0) },
        isCommand: {
            ["ls", "cat", "cd", "vi", "vim", "w", "python3", "comm", "make", "export", "diff"].contains($0)
        })
}

private func bash(_ text: String) -> Action { .bash(text, engine: false) }
private func engine(_ text: String) -> Action { .bash(text, engine: true) }

@Suite struct LineTests {
    @Test(
        "A line goes where it should",
        arguments: [
            ("", .nothing), ("   ", .nothing), ("# rien", .nothing),
            // Verbs of the labs.
            ("labs", .verb(.labs, [])), ("LABS", .verb(.labs, [])), ("list", .verb(.labs, [])),
            ("ouvrir 1", .verb(.ouvrir, ["1"])),
            ("open conteneurs-vs-vm", .verb(.ouvrir, ["conteneurs-vs-vm"])),
            ("ouv 1", .verb(.ouvrir, ["1"])),
            ("suivant", .verb(.suivant, [])), ("next", .verb(.suivant, [])), ("sui", .verb(.suivant, [])),
            ("précédent", .verb(.precedent, [])), ("precedent", .verb(.precedent, [])),
            ("previous", .verb(.precedent, [])), ("préc", .verb(.precedent, [])),
            ("aller 3", .verb(.aller, ["3"])), ("goto 3", .verb(.aller, ["3"])),
            ("prédire 2", .verb(.predire, ["2"])), ("predict 2", .verb(.predire, ["2"])),
            ("lancer", .verb(.lancer, [])), ("run", .verb(.lancer, [])),
            ("répondre 4127", .verb(.repondre, ["4127"])), ("answer 4127", .verb(.repondre, ["4127"])),
            ("repondre noyaux=1 inode=4026532441", .verb(.repondre, ["noyaux=1", "inode=4026532441"])),
            ("repondre 'un seul noyau'", .verb(.repondre, ["un seul noyau"])),
            ("repondre c'est le noyau", .verb(.repondre, ["c'est", "le", "noyau"])),
            ("vérifier", .verb(.verifier, [])), ("verifier", .verb(.verifier, [])),
            ("VÉRIFIER", .verb(.verifier, [])),
            ("ver", .ambiguousOrVerb), ("verif", .verb(.verifier, [])), ("check", .verb(.verifier, [])),
            ("ve\u{301}rifier", .verb(.verifier, [])),
            ("indice", .verb(.indice, [])), ("hint", .verb(.indice, [])), ("ind", .verb(.indice, [])),
            ("pourquoi", .verb(.pourquoi, [])), ("pourquoi ?", .verb(.pourquoi, [])),
            ("why", .verb(.pourquoi, [])),
            ("solution", .verb(.solution, [])), ("sol", .verb(.solution, [])),
            ("progrès", .verb(.progres, [])), ("progress", .verb(.progres, [])),
            ("refaire", .verb(.refaire, [])), ("reset", .verb(.refaire, [])),
            ("reprendre", .verb(.reprendre, [])), ("resume", .verb(.reprendre, [])),
            ("rep", .ambiguous("rep", [.repondre, .reprendre])),
            ("nettoyer", .verb(.nettoyer, [])), ("clean", .verb(.nettoyer, [])),
            ("glossaire noyau", .verb(.glossaire, ["noyau"])), ("history", .verb(.historique, [])),
            ("moteur docker", .verb(.moteur, ["docker"])),
            ("quitter", .verb(.quitter, [])), ("quit", .verb(.quitter, [])), ("exit", .verb(.quitter, [])),
            ("q", .verb(.quitter, [])),
            // Help.
            ("aide", .help([])), ("?", .help([])), ("? verifier", .help(["verifier"])),
            ("verifier ?", .help(["verifier"])),
            ("help run", .help(["run"])), ("run ?", .help(["run"])),
            ("? espace de noms", .help(["espace", "de", "noms"])),
            // Commands of ours.
            ("expliquer run busybox", engine("escale explain run busybox")),
            ("explain run busybox", engine("escale explain run busybox")),
            ("comparer busybox --html a.html", engine("escale compare busybox --html a.html")),
            ("diagnostic", engine("escale doctor")), ("doctor", engine("escale doctor")),
            ("vm run -it busybox sh", engine("escale vm run -it busybox sh")),
            ("bench --json", engine("escale bench --json")),
            // Containers, with or without docker.
            ("run -it --rm busybox sh", engine("docker run -it --rm busybox sh")),
            ("docker run -d busybox", engine("docker run -d busybox")), ("  ps -a", engine("docker ps -a")),
            (
                "run busybox sh -c 'echo a; echo b | cat'",
                engine("docker run busybox sh -c 'echo a; echo b | cat'")
            ),
            ("run -e X=$HOME busybox env", engine("docker run -e X=$HOME busybox env")),
            ("ps", engine("docker ps")), ("ps -aq", engine("docker ps -aq")),
            ("ps --filter name=web", engine("docker ps --filter name=web")),
            ("ps -f name=web", engine("docker ps -f name=web")),
            ("exec -it phare sh", engine("docker exec -it phare sh")),
            ("exec phare ls", engine("docker exec phare ls")),
            ("logs -f phare", engine("docker logs -f phare")), ("top phare", engine("docker top phare")),
            ("kill phare", engine("docker kill phare")),
            ("kill -s TERM phare", engine("docker kill -s TERM phare")),
            ("rm phare", engine("docker rm phare")), ("rm -f phare", engine("docker rm -f phare")),
            ("rm absent", engine("docker rm absent")),
            ("cp phare:/etc/hostname .", engine("docker cp phare:/etc/hostname .")),
            ("wait phare", engine("docker wait phare")),
            ("history busybox", engine("docker history busybox")),
            ("build -t carnet .", engine("docker build -t carnet .")),
            ("save -o a.tar busybox", engine("docker save -o a.tar busybox")),
            ("diff phare", engine("docker diff phare")),
            ("export -o a.tar phare", engine("docker export -o a.tar phare")),
            ("dockerfile check Dockerfile", engine("escale dockerfile check Dockerfile")),

            // The same words about the machine.
            ("ps aux", bash("ps aux")), ("ps -ef", bash("ps -ef")), ("ps -f", bash("ps -f")),
            ("top", bash("top")), ("top -b", bash("top -b")),
            ("kill -9 1234", bash("kill -9 1234")), ("kill %1", bash("kill %1")),
            ("kill -s TERM 1234", bash("kill -s TERM 1234")),
            ("wait", bash("wait")), ("wait %1", bash("wait %1")),
            ("rm notes.txt", bash("rm notes.txt")), ("rm -rf dossier", bash("rm -rf dossier")),
            ("rm ./phare", bash("rm ./phare")), ("rm *", bash("rm *")),
            ("rm web", .unclear(verb: "rm", name: "web")),
            ("cp notes.txt copie", bash("cp notes.txt copie")), ("exec ls -l", bash("exec ls -l")),
            ("exec 3", bash("exec 3")),
            ("export PATH=/bin", bash("export PATH=/bin")), ("diff a b", bash("diff a b")),
            ("info coreutils", bash("info coreutils")),
            // Bash.
            ("ls", bash("ls")), ("cd /tmp", bash("cd /tmp")), ("w", bash("w")),
            ("vi notes.txt", bash("vi notes.txt")), ("comm a b", bash("comm a b")),
            ("X=3", bash("X=3")), ("./script.sh", bash("./script.sh")), ("\\reset", bash("\\reset")),
            ("'ps'", bash("'ps'")),
            ("ps | wc -l", bash("ps | wc -l")), ("docker ps && ls", bash("docker ps && ls")),
            ("ls > liste", bash("ls > liste")),
            ("run busybox ls; ls", bash("run busybox ls; ls")),
            ("repondre $(docker ps -q)", bash("repondre $(docker ps -q)")),
            ("repondre $X", bash("repondre $X")), ("verifier &", bash("verifier &")),
            ("echo 'ouvert", bash("echo 'ouvert")),
            ("$X", bash("$X")), ("(cd /; ls)", bash("(cd /; ls)")),
            // Slips.
            ("verifer", .unknown("verifer", suggestion: "verifier")),
            ("indcie", .unknown("indcie", suggestion: "indice")),
            ("dokcer ps", .unknown("dokcer", suggestion: "docker")),
            ("zzzzz", .unknown("zzzzz", suggestion: nil)),
            ("re", .ambiguous("re", [.repondre, .refaire, .reprendre]))
        ] as [(String, Action)])
    func dispatch(line: String, expected: Action) {
        #expect(Line.parse(line, in: world) == expected)
    }

    @Test("Every word of every verb leads to it, and no two verbs share one")
    func words() {
        var seen: [String: Verb] = [:]
        for (word, verb) in Verb.words {
            #expect(Verb.match(word) == .exact(verb), "\(word)")
            #expect(seen.updateValue(verb, forKey: word) == nil, "\(word) twice")
        }
        for verb in Verb.allCases { #expect(Verb.match(verb.french) == .exact(verb)) }
    }

    @Test("Every verb of the engine and of the shell has its help")
    func help() {
        for verb in EngineVerb.all + EngineVerb.kit {
            #expect(HelpPage.topic(verb, Style()) != nil, "\(verb)")
        }
        for verb in Verb.allCases {
            #expect(HelpPage.topic(verb.french, Style())?.contains(verb.help.summary.prefix(10)) == true)
        }
        let widest = HelpPage.overview(Style()).split(separator: "\n").map { Width.of($0) }.max() ?? 0
        #expect(widest <= 80)
    }
}

extension Action {
    /// `ver` begins `verifier`, and Docker's `version` besides: the verb of the labs wins.
    static var ambiguousOrVerb: Action { .verb(.verifier, []) }
}

@Suite struct WordTests {
    @Test(
        "Words are split as bash splits them",
        arguments: [
            ("a b  c", ["a", "b", "c"]), ("a 'b c' d", ["a", "b c", "d"]), ("a \"b c\"", ["a", "b c"]),
            (#"a\ b c"#, ["a b", "c"]), (#""a \"b\" $c""#, [#"a "b" $c"#]), ("'it'\\''s'", ["it's"]),
            ("a''", ["a"]), ("''", [""]), ("a # b", ["a"]), ("a#b", ["a#b"]), (#"$'a\nb'"#, ["a\nb"]),
            ("é'è'à", ["éèà"])
        ] as [(String, [String])])
    func split(line: String, words: [String]) {
        #expect(ShellWords(line).texts == words)
    }

    @Test(
        "What is bash's alone is seen, quotes apart",
        arguments: [
            ("a | b", false), ("a 'x|y'", true), ("a > b", false), ("a $(b)", false), ("a \"$(b)\"", false),
            ("a '$(b)'", true), ("a $B", true), ("a; b", false), ("a &", false), ("a `b`", false),
            ("a\nb", false),
            ("a\n", true), ("a (b)", false), (#"a \| b"#, true)
        ])
    func simple(line: String, isSimple: Bool) {
        #expect(ShellWords(line).isSimple == isSimple)
    }

    @Test(
        "A quoted word is read back as it was", arguments: ["a", "", "a b", "it's", "é*?", "$X", "a\nb", "\\"]
    )
    func quoting(word: String) {
        #expect(ShellWords(ShellWords.quote(word)).texts == [word])
    }

    @Test func openQuotes() {
        #expect(ShellWords("a 'b").isOpen)
        #expect(ShellWords("a \"b").isOpen)
        #expect(ShellWords("a \\").isOpen)
        #expect(!ShellWords("a 'b'").isOpen)
    }

    @Test func distances() {
        #expect(Fold.distance("verifer", "verifier") == 1)
        #expect(Fold.distance("indcie", "indice") == 1)
        #expect(Fold.distance("", "abc") == 3)
        #expect(Fold.nearest("ls", among: ["labs"]) == nil)
        #expect(Fold.key("Œuvre Élevée") == "oeuvre elevee")
    }

    @Test(
        "Unfinished texts, from what bash says of them",
        arguments: [
            ("for i in 1; do", "bash: line 2: syntax error: unexpected end of file", true),
            ("echo 'a", "bash: line 1: unexpected EOF while looking for matching `''", true),
            (
                "cat <<E",
                "bash: line 1: warning: here-document at line 1 delimited by end-of-file (wanted `E')", true
            ),
            ("echo )", "bash: line 1: syntax error near unexpected token `)'", false),
            ("echo a \\", "", true), ("echo a \\\\", "", false), ("ls", "", false)
        ])
    func continuation(text: String, said: String, unfinished: Bool) {
        #expect(Continuation.isUnfinished(text, bashSaid: said) == unfinished)
        if unfinished { #expect(Continuation.mayContinue(text)) }
    }
}
