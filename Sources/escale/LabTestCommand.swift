import ArgumentParser
import Glibc
import Labs
import Linux
import Support

struct LabTest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract:
            "Démontre des labs dans les deux sens, dans un magasin neuf\u{A0}; sortie 1 si l’un ne l’est pas."
    )
    @Argument(help: "Les labs\u{A0}; tous sinon.") var labs: [String] = []
    @Option(help: "Cette étape seulement (identifiant).") var step: String?
    @Flag(help: "En JSON (docs/json.md).") var json = false

    func run() throws {
        let folder = try LabsFolder.path
        let (course, problems) = LabLoader.load(folder)
        guard problems.isEmpty else {
            for problem in problems { Output.err("\(problem)\n") }
            throw EscaleError(
                .invalid, "\(problems.count) erreur(s) dans les fichiers des labs", repair: "escale labs")
        }
        let chosen = try labs.isEmpty ? course.labs : labs.map { try find($0, course) }
        if let step, !chosen.contains(where: { $0.steps.contains { $0.id == step } }) {
            throw EscaleError(.notFound, "il n’y a pas d’étape « \(step) »", repair: "escale labs --json")
        }
        let interrupt = try Interrupt()
        let proof = try Proof(
            base: .current, labs: folder, program: try executable(), cancelled: { interrupt.isAsked })
        var results: [ProofResult] = []
        var failure: (any Error)?
        let started = Monotonic.now
        do {
            for lab in chosen {
                say("\(lab.title) [\(lab.id)]\n")
                for item in lab.steps where step == nil || step == item.id {
                    say("  \(item.id)\n")
                    try proof.prove(lab: lab, step: item) { result in
                        results.append(result)
                        say(line(result))
                    }
                }
            }
        } catch { failure = error }
        for trouble in proof.close() { Output.err("nettoyage : \(trouble)\n") }
        if let failure { throw failure }
        let missing = results.count { !$0.proved }
        if json {
            let object: JSON = [
                "proved": .bool(missing == 0 && !results.isEmpty), "labs": JSON(chosen.map(\.id)),
                "seconds": JSON(started.elapsedMilliseconds / 1000), "results": .array(results.map(\.json))
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            let seconds = Units.fixed(started.elapsedMilliseconds / 1000, 0)
            say(
                "\(results.count - missing) preuves sur \(results.count), \(missing) manquante(s), \(seconds) s\n"
            )
        }
        if missing > 0 || results.isEmpty { throw Exit(status: 1) }
    }

    private func say(_ text: String) { if json { Output.err(text) } else { Output.out(text) } }

    private func line(_ result: ProofResult) -> String {
        let seconds = Units.fixed(result.milliseconds / 1000, 1).replacing(".", with: ",")
        let head = "    \(result.proved ? "✓" : "✗") \(result.part.text) (\(seconds) s)\n"
        return result.proved ? head : head + "        \(result.detail)\n"
    }

    private func find(_ name: String, _ course: Course) throws -> Lab {
        if let n = Int(name), course.labs.indices.contains(n - 1) { return course.labs[n - 1] }
        if let lab = course.labs.first(where: { $0.id == name }) { return lab }
        throw EscaleError(.notFound, "il n’y a pas de lab « \(name) »", repair: "escale labs")
    }

    private func executable() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let n = readlink("/proc/self/exe", &buffer, buffer.count)
        guard n > 0 else { throw EscaleError.system("readlink", "/proc/self/exe", errno: errno) }
        return String(decoding: buffer[..<n].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
