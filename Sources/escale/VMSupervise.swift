import ArgumentParser
import Linux
import VM

/// `escale vm-supervise ID`: what holds one virtual machine. Started by the launcher, never by hand.
struct VMSuperviseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vm-supervise", abstract: "Tient une machine virtuelle.", shouldDisplay: false)
    @Argument var id: String
    func run() throws { throw Exit(status: Supervisor.main(kit: .current, id: id)) }
}
