import ArgumentParser
import DockerClient
import Glibc
import Linux
import Measure
import Support

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Mesure une image sur l’hôte, en conteneur et en machine virtuelle.")
    @Flag(name: .long, help: "En JSON.") var json = false
    @Option(name: .long, help: "Une page HTML autonome, avec des graphiques.") var html: String?
    @Option(name: .long, help: "Nombre de départs sur l’hôte et en conteneur.") var runs = 10
    @Option(name: .long, help: "Nombre de départs de VM.") var vmRuns = 3
    @Argument(help: "Image.") var image = "busybox"

    func run() throws {
        guard (1...200).contains(runs), (1...50).contains(vmRuns) else {
            throw ValidationError("--runs: 1 to 200, --vm-runs: 1 to 50")
        }
        if let html, access(Path.parent(html), W_OK) != 0 {
            throw EscaleError.system("write", html, errno: errno, repair: "mkdir -p \(Path.parent(html))")
        }
        let kit = Kit.current
        let client = DockerClient(kit: kit)
        var options = Compare.Options()
        options.quickRuns = runs
        options.vmRuns = vmRuns
        let compare = try Compare(kit: kit, imageName: image, vm: .launcher(kit: kit), options: options) {
            name throws(EscaleError) in
            guard let pid = try client.get(container(name, "json"))["State"]["Pid"].int, pid > 0 else {
                return []
            }
            // The shim is the first process's parent, and its children are the container.
            return ProcessMemory.tree(ProcessMemory.parent(of: pid) ?? pid)
        }
        let line = ProgressLine(enabled: true)
        let report = try compare.run { line.show($0, $1) }
        line.clear()
        if let html { try Files.replace(html, report.html.utf8) }
        if json {
            Output.out(report.json.text(pretty: true) + "\n")
        } else {
            Output.out(report.table(.terminal))
            if let html { Output.out("\nPage écrite : \(html)\n") }
        }
    }
}
