import Labs
import Testing

/// One mistake in an otherwise right lab, and where it must be told.
struct Mistake: Sendable, CustomTestStringConvertible {
    let file: String
    let from: String
    let to: String
    /// `file:line`, or the file alone.
    let place: String
    let says: String
    var testDescription: String { says }

    init(_ file: String, _ from: String, _ to: String, at place: String, _ says: String) {
        self.file = file
        self.from = from
        self.to = to
        self.place = place
        self.says = says
    }
}

private let step = "01-essai/01-pid/step.md"
private let lab = "01-essai/lab.yaml"

private let mistakes: [Mistake] = [
    // The course and the lab.
    Mistake("parcours.yaml", "format: 1", "format: 2", at: "parcours.yaml:1", "format « 2 » inconnu"),
    Mistake("parcours.yaml", "format: 1\n", "", at: "parcours.yaml:1", "clé « format » manquante"),
    Mistake(
        "parcours.yaml", "01-essai", "02-absent", at: "parcours.yaml:2",
        "le dossier « 02-absent » n’existe pas"),
    Mistake("parcours.yaml", "[01-essai]", "[01-essai, 01-essai]", at: "parcours.yaml:2", "donné deux fois"),
    Mistake("parcours.yaml", "labs:", "lab:", at: "parcours.yaml:2", "clé inconnue « lab »"),
    Mistake(lab, "duration: 10", "durée: 10", at: "\(lab):3", "clé inconnue « durée »"),
    Mistake(lab, "duration: 10", "duration: dix", at: "\(lab):3", "« duration » doit être un entier"),
    Mistake(lab, "title: Un essai\n", "", at: "\(lab):1", "clé « title » manquante"),
    Mistake(
        lab, "notions: [2, 3]", "notions: [2, 3, 4]", at: "\(lab):4", "aucune étape ne porte la notion 4"),
    Mistake(lab, "notions: [2, 3]", "notions: [2, 3, 55]", at: "\(lab):4", "entiers de 1 à 54"),
    Mistake(lab, "needs: [container]", "needs: [podman]", at: "\(lab):6", "besoin inconnu « podman »"),
    Mistake(lab, "id: essai", "id: Essai Un", at: "\(lab):1", "des minuscules, chiffres et tirets"),
    Mistake(lab, "pid-hote:", "PID hote:", at: "\(lab):8", "idée fausse « PID hote » incorrecte"),
    Mistake(lab, "images: [busybox]", "images: [busybox", at: "\(lab):6", "YAML incorrect"),
    Mistake(lab, "images: [busybox]", "images: [busybox]\nimages: [x]", at: "\(lab):6", "donnée deux fois"),
    Mistake(lab, "images: [busybox]", "images: !!set {a}", at: "\(lab):5", "l’étiquette YAML"),
    Mistake(lab, "images: [busybox]", "images: *rien", at: "\(lab):5", "l’ancre « *rien » n’existe pas"),
    Mistake(lab, "id: essai", "---\nid: x\n---\nid: essai", at: "\(lab):3", "un seul document YAML"),
    // The step's head.
    Mistake(step, "---\nid: pid", "id: pid", at: "\(step):1", "la première ligne doit être « --- »"),
    Mistake(step, "points: 10", "points: 0", at: "\(step):5", "« points » doit être un entier de 1 à 100"),
    Mistake(step, "points: 10", "point: 10", at: "\(step):5", "clé inconnue « point »"),
    Mistake(
        step, "notions: [2, 3]", "notions: [2, 3, 9]", at: "\(step):4",
        "la notion 9 n’est pas dans celles du lab"),
    Mistake(step, "notions: [2, 3]", "notions: deux", at: "\(step):4", "une liste d’entiers"),
    Mistake(step, "title: Le PID", "title:", at: "\(step):2", "clé « title » manquante"),
    Mistake(
        step, "review: [1d, 7d]", "review: [7d, 1d]", at: "\(step):30", "date de révision « 1d » incorrecte"),
    Mistake(step, "review: [1d, 7d]", "mode: facile", at: "\(step):30", "« mode » doit être l’un de"),
    Mistake(step, "files: [notes.txt]", "registries: [/x]", at: "\(step):29", "sort de l’espace de travail"),
    Mistake(
        lab, "images: [busybox]", "prepare: [\"docker pull ${NOM}\"]", at: "\(lab):5",
        "la préparation d’un lab ne peut pas employer « ${NOM} »"),
    Mistake(step, "files: [notes.txt]", "files: [../x]", at: "\(step):29", "sort de l’espace de travail"),
    Mistake(
        step, "Démarrez **${NOM}** sur ${PORT}, puis répondez.\n", "", at: "\(step):32", "n’a pas de texte"),
    // Variables.
    Mistake(step, "sur ${PORT}", "sur 8100", at: "\(step):8", "« PORT » n’est employée nulle part"),
    Mistake(
        step, "sur ${PORT}", "sur ${PORT} et ${PORTE}", at: "\(step):32", "« ${PORTE} » n’est pas définie"),
    Mistake(step, "[phare, quai, balise]", "[phare]", at: "\(step):7", "au moins deux valeurs"),
    Mistake(step, "from: 8100, to: 8199", "from: 9, to: 2", at: "\(step):8", "« from » doit être inférieur"),
    Mistake(step, "PORT: { from", "port: { from", at: "\(step):8", "nom de variable « port » incorrect"),
    Mistake(step, "PORT: { from", "ESPACE: { from", at: "\(step):8", "est un nom réservé"),
    Mistake(
        "01-essai/01-pid/solution.sh", "predire 1", "predire ${CHOIX}", at: "01-essai/01-pid/solution.sh:1",
        "« ${CHOIX} » n’est pas définie"),
    // The prediction.
    Mistake(step, "{ 1: un, 2: deux }", "{ 1: un }", at: "\(step):11", "au moins deux choix"),
    Mistake(
        step, "answer: { count-distinct: [ { host: /proc/a }, { host: /proc/b } ] }", "answer: 2",
        at: "\(step):12",
        "se mesure, elle ne s’écrit pas"),
    Mistake(step, "{ 2: mini-vm }", "{ 3: mini-vm }", at: "\(step):13", "« 3 » n’est pas un des choix"),
    Mistake(step, "{ 2: mini-vm }", "{ 2: maxi-vm }", at: "\(step):13", "« maxi-vm » n’est pas déclarée"),
    Mistake(step, "{ host: /proc/a }", "{ hots: /proc/a }", at: "\(step):12", "on attend ici une valeur"),
    // Checks.
    Mistake(
        step, "that: container.state", "that: container.stat", at: "\(step):16", "inconnue « container.stat »"
    ),
    Mistake(
        step, "after: [demarre]", "after: [demarree]", at: "\(step):20",
        "n’est pas une vérification écrite plus haut"),
    Mistake(step, "is: running", "est: running", at: "\(step):18", "clé inconnue « est »"),
    Mistake(step, "    is: running\n", "", at: "\(step):15", "« container.state » exige « is »"),
    Mistake(step, "    of: ${NOM}\n", "", at: "\(step):15", "exige « of: nom »"),
    Mistake(
        step, "id: reponse\n", "id: demarre\n", at: "\(step):19", "deux vérifications s’appellent « demarre »"
    ),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { above: 3, within: 2 }", at: "\(step):22",
        "« within » n’a de sens"),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { near: 3 }", at: "\(step):22",
        "« near » exige « within »"),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { match: '(' }", at: "\(step):22",
        "expression « ( » incorrecte"),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { container: a }", at: "\(step):22",
        "que lire dans le conteneur"),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { near: { measure: start.vm }, within: \"20 %\" }",
        at: "\(step):19",
        "prend plus de 2 s"),
    Mistake(
        step, "is: { host-pid-of: \"${NOM}\" }", "is: { measure: cafe }", at: "\(step):22",
        "« measure » doit être l’un de"),
    Mistake(
        step, "misconception: pid-hote", "misconception: pid", at: "\(step):24", "« pid » n’est pas déclarée"),
    Mistake(
        step, "that: answer\n", "script: absent.sh\n", at: "\(step):21",
        "le script « absent.sh » n’est pas dans le dossier"),
    // Hints.
    Mistake(step, "level: orienter", "level: aider", at: "\(step):26", "« level » doit être l’un de"),
    Mistake(step, "cost: 3", "cost: 30", at: "\(step):26", "les indices coûtent 33 points"),
    Mistake(
        step, "level: orienter, cost: 1", "level: montrer, cost: 1", at: "\(step):27",
        "du plus léger au plus précis"),
    // Proof files.
    Mistake(
        "01-essai/01-pid/wrong/rien.sh", "# raison: demarre\n", "", at: "01-essai/01-pid/wrong/rien.sh:1",
        "la raison de l’échec n’est pas dite"),
    Mistake(
        "01-essai/01-pid/wrong/rien.sh", "demarre", "demarrage", at: "01-essai/01-pid/wrong/rien.sh:1",
        "« demarrage », qui n’est pas une vérification"),
    Mistake(
        "01-essai/01-pid/wrong/rien.sh", "demarre", "reponse pid-hote", at: "01-essai/01-pid/wrong/rien.sh:1",
        "même raison que wrong/dedans.sh"),
    Mistake(
        "01-essai/01-pid/wrong/rien.sh", "demarre", "demarre vm", at: "01-essai/01-pid/wrong/rien.sh:1",
        "« vm » n’est pas déclarée"),
    Mistake(
        "01-essai/01-pid/solution.sh", "repondre @PID@", "verifier", at: "01-essai/01-pid/solution.sh:5",
        "« verifier » est tapé par la preuve"),
    Mistake(
        "01-essai/01-pid/solution.sh", "@PID@", "@AUTRE@", at: "01-essai/01-pid/solution.sh",
        "« @AUTRE@ » n’est lu nulle part"),
    Mistake(
        "01-essai/01-pid/explanation.md", "OBTENU:reponse", "OBTENU:rien",
        at: "01-essai/01-pid/explanation.md:1",
        "« ${OBTENU:rien} » n’est pas définie")
]

private let missing: [(file: String, says: String)] = [
    ("parcours.yaml", "fichier manquant"), ("01-essai/lab.yaml", "fichier manquant"),
    ("01-essai/01-pid/step.md", "c’est l’étape elle-même"),
    ("01-essai/01-pid/solution.sh", "sa solution de référence"),
    ("01-essai/01-pid/explanation.md", "montrée à chaque réussite"),
    ("01-essai/01-pid/wrong/rien.sh", "il en faut au moins deux")
]

/// Spaces of any width compare alike.
private func plain(_ text: String) -> String { text.replacing("\u{A0}", with: " ") }

@Suite struct StrictnessTests {
    @Test func theGoodLabHasNoProblem() throws {
        let fixture = try Fixture()
        #expect(fixture.problems() == [])
        let course = LabLoader.load(fixture.labs).course
        #expect(course.labs.map(\.id) == ["essai"])
        #expect(course.labs.first?.steps.map(\.id) == ["pid"])
    }

    @Test(arguments: mistakes) func mistakesAreTold(_ mistake: Mistake) throws {
        let fixture = try Fixture { files in
            let before = files[mistake.file] ?? ""
            #expect(before.contains(mistake.from))
            files[mistake.file] = before.replacing(mistake.from, with: mistake.to, maxReplacements: 1)
        }
        let problems = fixture.problems()
        let found = problems.contains { problem in
            let place = problem.line > 0 ? "\(problem.file):\(problem.line)" : problem.file
            return place == mistake.place && plain(problem.rule).contains(mistake.says)
        }
        #expect(found, "\(problems.map(\.description))")
        #expect(problems.allSatisfy { !$0.repair.isEmpty })
    }

    @Test(arguments: missing) func missingFilesAreTold(_ file: String, _ says: String) throws {
        let fixture = try Fixture { $0[file] = nil }
        #expect(fixture.problems().contains { plain($0.rule).contains(says) }, "\(fixture.problems())")
    }

    @Test func allMistakesAreToldAtOnce() throws {
        let fixture = try Fixture { files in
            files["01-essai/lab.yaml"] = files["01-essai/lab.yaml"]?.replacing(
                "duration: 10", with: "duration: x")
            files[step] = files[step]?.replacing("points: 10", with: "points: x").replacing(
                "is: running", with: "est: running")
        }
        #expect(fixture.problems().count >= 3)
    }

    @Test func aliasesAreSharedButBounded() throws {
        let shared = try Fixture { files in
            files["01-essai/lab.yaml"] = files["01-essai/lab.yaml"]?.replacing(
                "title: Un essai", with: "title: &t Un essai"
            ).replacing("images: [busybox]", with: "images: [*t]")
        }
        #expect(shared.problems() == [])
        var bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d")] {
            bomb +=
                "\(name): &\(name) [*\(of), *\(of), *\(of), *\(of), *\(of), *\(of), *\(of), *\(of), *\(of)]\n"
        }
        let hostile = try Fixture { $0["01-essai/lab.yaml"] = bomb }
        #expect(hostile.problems().contains { $0.rule.contains("trop d’alias") })
    }
}
