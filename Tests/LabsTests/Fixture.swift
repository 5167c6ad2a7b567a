import Glibc
import Labs
import Linux
import Support

/// A folder of labs and a kit, both temporary.
final class Fixture {
    let root: String
    var labs: String { "\(root)/labs" }
    var kit: Kit { Kit(root: "\(root)/data", run: "\(root)/run") }

    /// A lab that has nothing wrong: one step with a bit of everything.
    static let good: [String: String] = [
        "parcours.yaml": "format: 1\nlabs: [01-essai]\n",
        "01-essai/lab.yaml": """
        id: essai
        title: Un essai
        duration: 10
        notions: [2, 3]
        images: [busybox]
        needs: [container]
        misconceptions:
          pid-hote: Le PID du dedans serait celui du dehors.
          mini-vm: Un conteneur serait une petite VM.

        """,
        "01-essai/01-pid/step.md": """
        ---
        id: pid
        title: Le PID
        notions: [2, 3]
        points: 10
        variables:
          NOM: { choice: [phare, quai, balise] }
          PORT: { from: 8100, to: 8199 }
        predict:
          question: "Combien ?"
          choices: { 1: un, 2: deux }
          answer: { count-distinct: [ { host: /proc/a }, { host: /proc/b } ] }
          misconceptions: { 2: mini-vm }
        checks:
          - id: demarre
            that: container.state
            of: ${NOM}
            is: running
          - id: reponse
            after: [demarre]
            that: answer
            is: { host-pid-of: "${NOM}" }
            when:
              - { got: "1", misconception: pid-hote, say: "1 est son PID vu de l'intérieur." }
        hints:
          - { level: orienter, cost: 1, text: "Un conteneur est un processus." }
          - { level: expliquer, cost: 2, text: "docker inspect" }
          - { level: montrer, cost: 3, text: "Sur temoin : 4127." }
        cleans: { files: [notes.txt] }
        review: [1d, 7d]
        ---
        Démarrez **${NOM}** sur ${PORT}, puis répondez.

        """,
        "01-essai/01-pid/start/lisez-moi.txt": "Bonjour ${APPRENANT}, voici ${NOM} et ${AUTRE}.\n",
        "01-essai/01-pid/solution.sh": """
        predire 1
        docker run -d --name ${NOM} busybox sleep 600
        docker inspect -f '{{.State.Pid}}' ${NOM}
        # lire PID: ^([0-9]+)$
        repondre @PID@

        """,
        "01-essai/01-pid/wrong/dedans.sh": "# raison: reponse pid-hote\nrepondre 1\n",
        "01-essai/01-pid/wrong/rien.sh": "# raison: demarre\nrepondre 4127\n",
        "01-essai/01-pid/explanation.md":
            "Prédit ${PREDICTION}, mesuré ${MESURE}, obtenu ${OBTENU:reponse}.\n"
    ]

    /// - Parameter change: edits the files before they are written; nil removes one.
    init(_ change: (inout [String: String]) -> Void = { _ in }) throws {
        var template = Array("/tmp/escale-labs-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        guard mkdtemp(&template) != nil else { throw EscaleError(.internal, "mkdtemp") }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var files = Self.good
        change(&files)
        for (name, text) in files {
            try Files.makeDirectory(Path.parent("\(labs)/\(name)"))
            try Files.replace("\(labs)/\(name)", Array(text.utf8))
        }
    }

    deinit { try? Files.removeTree(root) }

    func problems() -> [LabProblem] { LabLoader.load(labs).problems }

    func session(_ world: FakeWorld, learner: String = "Ada", now: @escaping () -> Timestamp = { .now })
        -> LabSession
    {
        LabSession(kit: kit, learner: Learner(name: learner), labs: labs, world: world, now: now)
    }
}
