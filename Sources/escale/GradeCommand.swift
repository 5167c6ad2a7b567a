import ArgumentParser
import Labs
import Linux
import Support

struct GradeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grade", abstract: "Les notes ; sortie 0 quand tout est réussi.")
    @Flag(help: "En JSON (docs/json.md).") var json = false
    @Option(help: "Écrit un rapport JUnit (XML) dans ce fichier, « - » pour la sortie.") var junit: String?
    @Option(help: "Écrit un tableau CSV dans ce fichier, « - » pour la sortie.") var csv: String?

    func run() throws {
        let grade = Grade(try LabSession().progress())
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
