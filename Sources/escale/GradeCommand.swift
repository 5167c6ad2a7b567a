import ArgumentParser
import Labs
import Linux
import Measure
import Support

struct GradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade", abstract: "Les notes\u{A0}; sortie 0 quand tout est réussi.")
    @Flag(help: "En JSON (docs/json.md).") var json = false
    @Option(help: "Écrit un rapport JUnit (XML) dans ce fichier, «\u{A0}-\u{A0}» pour la sortie.") var junit:
        String?
    @Option(help: "Écrit un tableau CSV dans ce fichier, «\u{A0}-\u{A0}» pour la sortie.") var csv: String?

    func run() throws {
        let session = try LabSession()
        // What can't be written to may still be read: a copy that a teacher collected. But never as nothing.
        do { try session.kit.requireWritable() } catch {
            guard Files.isDirectory(Path.join(session.kit.progress, session.learner.id)) else { throw error }
            Output.err("\(error.message)\n")
        }
        let grade = Grade(try session.progress())
        if let junit { try write(grade.junit, to: junit) }
        if let csv { try write(grade.csv, to: csv) }
        if json {
            Output.out(grade.json.text(pretty: true) + "\n")
        } else if junit == nil, csv == nil {
            let summary = grade.summary
            Output.out("\(summary.learner.name) : \(summary.earned)/\(summary.points) points\n")
            for lab in summary.labs {
                Output.out(
                    "  \(lab.title) : \(lab.solved)/\(lab.steps.count) étapes, \(lab.earned)/\(lab.points)\n")
            }
        }
        for notice in grade.summary.notices { Output.err(notice + "\n") }
        if !grade.isComplete { throw Exit(status: 1) }
    }

    private func write(_ text: String, to path: String) throws {
        if path == "-" { Output.out(text) } else { try Files.replace(path, text.utf8) }
    }
}
