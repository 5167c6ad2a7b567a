import ArgumentParser
import DockerAPI
import Glibc
import Linux
import Support

/// `escale daemon`: the engine in the foreground; clients start one by themselves when there is none.
struct DaemonCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon",
        abstract: "Le moteur, qui sert l’API Docker sur $ESCALE_RUN/docker.sock.")
    @Flag(help: "Termine le moteur\u{A0}; les conteneurs continuent.") var stop = false
    @Flag(help: "Dit si un moteur tourne.") var status = false

    func run() throws {
        let kit = Kit.current
        if stop {
            let ended = try Daemon.stop(kit: kit)
            Output.out(ended ? "engine ended\n" : "no engine was running\n")
            return
        }
        if status {
            guard let pid = Daemon.running(kit: kit) else {
                Output.out("no engine serves \(kit.run)\n")
                throw Exit(status: 1)
            }
            Output.out("engine running, pid \(pid), unix://\(kit.dockerSocket)\n")
            return
        }
        try Rootless.enter(kit: kit)
        try Daemon.run(kit: kit, ready: Environment["ESCALE_READY_FD"].flatMap { Int32($0) })
    }
}
