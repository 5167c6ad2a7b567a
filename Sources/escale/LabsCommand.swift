import ArgumentParser
import Labs
import Linux
import Support

struct LabsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labs", abstract: "Liste les labs, et les erreurs de leurs fichiers.")
    @Flag(help: "En JSON (docs/json.md).") var json = false

    func run() throws {
        let session = try LabSession()
        let labs = try session.labs()
        if json {
            let object: JSON = [
                "labs": .array(labs.map(\.json)), "problems": .array(session.problems.map(\.json))
            ]
            Output.out(object.text(pretty: true) + "\n")
        } else {
            for lab in labs {
                let state = lab.isComplete ? "terminé" : "\(lab.solved)/\(lab.steps.count) étapes"
                Output.out(
                    "\(lab.number). \(lab.title)  [\(lab.id)]\n   \(lab.duration) min, \(state), "
                        + "\(lab.earned)/\(lab.points) points\n")
            }
            for problem in session.problems { Output.err("\(problem)\n") }
        }
        if !session.problems.isEmpty { throw Exit(status: 1) }
    }
}
