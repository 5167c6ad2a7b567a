import ArgumentParser
import DockerClient
import Support

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Versions du client et du moteur.")
    @Option(name: [.customShort("f"), .long], help: "json, ou un modèle.") var format: String?

    func run() throws {
        let server = try DockerClient().get("/version")
        if let format {
            let both: JSON = ["Client": ["Version": server["Version"]], "Server": server]
            Output.out((format == "json" ? both.text() : try GoTemplate(format).render(both)) + "\n")
            return
        }
        let lines = [
            ("Version", "Version"), ("API version", "ApiVersion"), ("Minimum API version", "MinAPIVersion"),
            ("OS/Arch", "Os"), ("Kernel", "KernelVersion")
        ]
        Output.out("Escale\n")
        for (title, key) in lines {
            guard var value = server[key].string else { continue }
            if key == "Os" { value += "/\(server["Arch"].string ?? "")" }
            Output.out(" \(title):".padded(to: 24) + value + "\n")
        }
    }
}

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Ce que le moteur dit de lui-même et de cette machine.")
    @Option(name: [.customShort("f"), .long], help: "json, ou un modèle.") var format: String?

    func run() throws {
        let info = try DockerClient().get("/info")
        if let format {
            Output.out((format == "json" ? info.text() : try GoTemplate(format).render(info)) + "\n")
            return
        }
        let lines = [
            ("Containers", "Containers"), (" Running", "ContainersRunning"), (" Paused", "ContainersPaused"),
            (" Stopped", "ContainersStopped"), ("Images", "Images"), ("Server Version", "ServerVersion"),
            ("Storage Driver", "Driver"), ("Logging Driver", "LoggingDriver"),
            ("Cgroup Driver", "CgroupDriver"),
            ("Cgroup Version", "CgroupVersion"), ("Kernel Version", "KernelVersion"),
            ("Operating System", "OperatingSystem"), ("Architecture", "Architecture"), ("CPUs", "NCPU"),
            ("Name", "Name"), ("Docker Root Dir", "DockerRootDir")
        ]
        for (title, key) in lines where !info[key].isNull {
            Output.out("\(title): \(info[key].string ?? info[key].text())\n")
        }
        if let memory = info["MemTotal"].int {
            Output.out("Total Memory: \(Units.binarySize(Int64(memory)))\n")
        }
        for warning in info["Warnings"].array ?? [] { Output.err("WARNING: \(warning.string ?? "")\n") }
    }
}

extension String {
    /// Filled with spaces on the right.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
