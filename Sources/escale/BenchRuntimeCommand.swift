import ArgumentParser
import Engine
import Glibc
import Images
import Linux
import Measure
import Support

struct BenchRuntimeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runtime",
        abstract: "Mesure escale-runtime à côté de runc, de crun et du plancher du noyau.")
    @Option(name: .long, help: "Image dont vient le programme lancé.") var image = "busybox"
    @Option(name: .long, help: "Nombre de mesures de chaque sorte.") var runs = 30
    @Option(name: .long, help: "Un autre runtime ; runc et crun du PATH sinon. Répétable.") var runtime:
        [String] = []
    @Option(name: .long, help: "Conteneurs en vie à la fois, à la fin ; 0 pour s’en passer.") var alive = 500
    @Flag(name: .long, help: "En JSON.") var json = false

    func run() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs : de 1 à 1000") }
        guard (0...5000).contains(alive) else { throw ValidationError("--alive : de 0 à 5000") }
        guard geteuid() == 0 else {
            throw EscaleError(
                .denied, "escale bench runtime : il faut être root", repair: "sudo escale bench runtime")
        }
        let kit = Kit.current
        let store = ImageStore(kit: kit)
        guard let lower = try store.lowerFolders(store.resolve(image)).last else {
            throw EscaleError(.invalid, "image \(image) has no layer")
        }
        var candidates = [RuntimeBench.Candidate(name: "escale", path: try RuntimeShimLauncher.findRuntime())]
        let others = runtime.isEmpty ? ["runc", "crun"].compactMap(Self.find) : runtime
        for path in others {
            guard access(path, X_OK) == 0 else { throw EscaleError(.notFound, "\(path): no such program") }
            candidates.append(.init(name: Path.name(path), path: path))
        }
        let line = ProgressLine(enabled: !json)
        let source = (try? LabsFolder.path).map { Path.join(Path.parent($0), "Tests/Benchmarks/floor.c") }
        let bench = try RuntimeBench.run(
            kit: kit, candidates: candidates, lower: lower, floorSource: source, runs: runs, alive: alive
        ) { line.show($0) }
        line.clear()
        Output.out(json ? bench.json.text(pretty: true) + "\n" : bench.table)
    }

    private static func find(_ name: String) -> String? {
        (Environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }
}
