import ArgumentParser
import Glibc
import Linux
import Measure
import Support

/// `escale doctor`: what works on this machine, and how to repair the rest.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Ce qui marche sur cette machine, et comment réparer le reste.",
        aliases: ["diagnostic"])
    @Flag(help: "Un objet JSON au lieu du tableau.") var json = false

    func run() throws {
        let findings = Doctor.run(kit: .current)
        if json {
            Output.out(try Doctor.json(findings).text(pretty: true) + "\n")
        } else {
            Output.out(Doctor.render(findings, style: .terminal))
        }
        let status = Doctor.exitStatus(findings)
        if status != 0 { throw Exit(status: status) }
    }
}
