import Shell
import Testing

private var sources: Completion.Sources {
    var s = Completion.Sources()
    s.labs = { ["conteneurs-vs-vm"] }
    s.steps = { ["1", "2", "trois-conteneurs"] }
    s.choices = { ["1", "2", "4"] }
    s.answers = { ["noyaux", "inode"] }
    s.terms = { ["noyau", "espace de noms", "étiquette"] }
    s.containers = { ["phare", "quai"] }
    s.running = { ["phare"] }
    s.images = { ["busybox", "escale/web"] }
    s.vms = { ["v1"] }
    s.programs = { word in ["vim", "vigr"].filter { $0.hasPrefix(word) } }
    return s
}

@Suite struct CompletionTests {
    @Test(
        "Words that can follow",
        arguments: [
            ("", "veri", ["verifier"]), ("", "ouv", ["ouvrir"]), ("", "vig", ["vigr"]),
            ("", "ins", ["inspect"]),
            ("ouvrir ", "", ["conteneurs-vs-vm"]), ("open ", "c", ["conteneurs-vs-vm"]),
            ("ouvrir conteneurs-vs-vm ", "", []), ("predire 1 ", "", []),
            ("repondre ", "", ["inode=", "noyaux="]), ("repondre ", "n", ["noyaux="]),
            ("repondre noyaux=1 ", "", ["inode="]), ("repondre noyaux=", "", []),
            ("aller ", "t", ["trois-conteneurs"]),
            ("predire ", "", ["1", "2", "4"]), ("glossaire ", "e", ["espace de noms", "étiquette"]),
            ("moteur ", "d", ["docker"]), ("? ", "veri", ["verifier"]), ("aide ", "noy", ["noyau"]),
            ("docker ", "ima", ["image", "images"]), ("docker run -it ", "b", ["busybox"]),
            ("run ", "", ["busybox", "escale/web"]),
            ("run --name x ", "e", ["escale/web"]), ("run --network ", "h", ["host"]),
            ("run --network ", "cont", ["container:phare"]),
            ("run --na", "--na", ["--name"]), ("exec -it ", "", ["phare"]), ("stop ", "", ["phare"]),
            ("rm ", "", ["phare", "quai"]),
            ("logs -", "--fo", ["--follow"]), ("cp ", "q", ["quai:"]),
            ("inspect ", "", ["busybox", "escale/web", "phare", "quai"]),

            ("container ", "st", ["start", "stop"]),
            ("container stop ", "", ["phare"]), ("vm ", "r", ["rm", "run"]), ("vm run ", "b", ["busybox"]),
            ("vm logs ", "", ["v1"]),
            ("escale vm stop ", "", ["v1"]), ("escale ", "compa", ["compare"]),
            ("escale run ", "b", ["busybox"]),
            ("comparer ", "b", ["busybox"]), ("expliquer ", "", ["build", "image", "run"]),
            ("expliquer run ", "b", ["busybox"]),
            ("ls | docker logs ", "", ["phare", "quai"]), ("echo $(docker exec ", "p", ["phare"]),
            ("ls; ", "veri", ["verifier"])
        ])
    func complete(before: String, word: String, expected: [String]) {
        #expect(Completion.complete(.init(before: before, word: word), sources).words == expected)
    }

    @Test(
        "File names where they make sense",
        arguments: [
            ("cat ", "no"), ("", "./s"), ("vi ", "/etc/h"), ("exec phare ", ""), ("attach x | sort ", "")
        ])
    func files(before: String, word: String) {
        let result = Completion.complete(.init(before: before, word: word), sources)
        #expect(result.words.isEmpty)
        #expect(result.files)
    }
}
