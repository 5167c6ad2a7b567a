import ArgumentParser
import Images
import Linux
import Measure
import Support

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Mesure des départs de conteneurs, et des images.",
        subcommands: [BenchRunCommand.self, BenchRuntimeCommand.self, BenchImagesCommand.self],
        defaultSubcommand: BenchRunCommand.self
    )
}

struct BenchRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Mesure un départ de conteneur, à côté d’un vrai Docker et du plancher du noyau.")
    @Option(name: .long, help: "Image.") var image = "busybox"
    @Option(name: .long, help: "Nombre de mesures de chaque sorte.") var runs = 30
    @Option(name: .long, help: "Un vrai Docker\u{A0}: unix:///var/run/docker.sock.") var dockerHost: String?
    @Flag(name: .long, help: "En JSON.") var json = false

    func run() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs: 1 to 1000") }
        let kit = Kit.current
        let store = ImageStore(kit: kit)
        guard let lower = try store.lowerFolders(store.resolve(image)).last else {
            throw EscaleError(.invalid, "image \(image) has no layer")
        }
        let line = ProgressLine(enabled: !json)
        let source = (try? LabsFolder.path).map { Path.join(Path.parent($0), "Tests/Benchmarks/floor.c") }
        let found = ["/var/run/docker.sock", "/run/docker.sock"].first(where: Files.exists).map {
            "unix://\($0)"
        }
        let docker = dockerHost ?? Environment["ESCALE_BENCH_DOCKER"] ?? found
        let bench = try Bench.run(
            kit: kit, image: image, lower: lower, floorSource: source, dockerHost: docker, runs: runs
        ) { line.show($0) }
        line.clear()
        Output.out(json ? bench.json.text(pretty: true) + "\n" : bench.table)
    }
}
