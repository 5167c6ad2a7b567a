import ArgumentParser
import Glibc
import Linux
import Measure
import Support

struct BenchImagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images",
        abstract: "Mesure build, pull, push et le registre à côté de docker, skopeo et docker-registry.")
    @Option(name: .long, help: "Image de base des builds.") var image = "busybox"
    @Option(name: .long, help: "Nombre de mesures de chaque sorte.") var runs = 5
    @Option(name: .long, help: "Taille de l’image transportée, en Mo.") var size = 200
    @Option(name: .long, help: "Durée de chaque mesure du registre, en secondes.") var seconds = 3
    @Option(name: .long, help: "Un vrai Docker\u{A0}: unix:///var/run/docker.sock.") var dockerHost: String?
    @Flag(name: .long, help: "En JSON.") var json = false

    func run() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs : de 1 à 1000") }
        guard (1...10_000).contains(size) else { throw ValidationError("--size : de 1 à 10000 Mo") }
        guard (1...600).contains(seconds) else { throw ValidationError("--seconds : de 1 à 600") }
        guard geteuid() == 0 else {
            throw EscaleError(
                .denied, "escale bench images : il faut être root", repair: "sudo escale bench images")
        }
        var options = ImagesBench.Options()
        options.runs = runs
        options.size = size * 1_000_000
        options.seconds = seconds
        options.image = image
        options.dockerHost = dockerHost ?? Environment["ESCALE_BENCH_DOCKER"]
        let line = ProgressLine(enabled: !json)
        let bench = try ImagesBench.run(kit: Kit.current, options) { line.show($0) }
        line.clear()
        Output.out(json ? bench.json.text(pretty: true) + "\n" : bench.table)
    }
}
