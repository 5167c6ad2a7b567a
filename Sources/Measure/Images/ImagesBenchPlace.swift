import Glibc
import Images
import Linux
import Support

/// Where images are measured: kits, contexts and registries of their own, and the peers.
final class ImagesBenchPlace {
    let options: ImagesBench.Options
    let folder: String
    private let run: String
    /// Builds and pulls; `source` has the image that is pulled, and pushes it.
    let escale: BenchProgram
    let source: BenchProgram
    let sourceStore: ImageStore
    let docker: BenchProgram?
    let skopeo: BenchProgram?
    let base = "escale-bench-base:1"
    /// Names of images in the real Docker, removed at the end.
    var dockerImages: [String] = []

    static let noDocker = "aucun dockerd : --docker-host unix:///…"

    init(kit: Kit, _ options: ImagesBench.Options) throws(EscaleError) {
        self.options = options
        folder = "\(kit.cache)/bench-images-\(getpid())"
        // Short: unix sockets are below it.
        run = "/tmp/escale-bi-\(getpid())"
        let folder = folder
        let run = run
        func program(_ name: String) -> BenchProgram {
            BenchProgram(
                path: "/proc/self/exe",
                environment: BenchProgram.cleanEnvironment([
                    "ESCALE_ROOT=\(folder)/\(name)", "ESCALE_RUN=\(run)/\(name)", "HOME=\(folder)"
                ]))
        }
        escale = program("kit")
        source = program("from")
        sourceStore = ImageStore(kit: Kit(root: "\(folder)/from", run: "\(run)/from"))
        let plain = BenchProgram.cleanEnvironment(["HOME=\(folder)", "DOCKER_BUILDKIT=0"])
        skopeo = BenchProgram.find("skopeo").map { BenchProgram(path: $0, environment: plain) }
        if let host = options.dockerHost, let path = BenchProgram.find("docker") {
            docker = BenchProgram(path: path, environment: plain + ["DOCKER_HOST=\(host)"])
        } else {
            docker = nil
        }
        try Files.makeDirectory(folder, mode: 0o700)
        do throws(EscaleError) {
            let archive = "\(folder)/base.tar"
            try BenchProgram(path: "/proc/self/exe", environment: Environment.all)(
                "save", "-o", archive, options.image)
            for program in [escale] + (docker.map { [$0] } ?? []) {
                try program("load", "-q", "-i", archive)
                try program("tag", options.image, base)
            }
            if docker != nil { dockerImages.append(base) }
        } catch {
            remove()
            throw error
        }
    }

    func remove() {
        for name in dockerImages { _ = try? docker?("rmi", "-f", name) }
        for program in [escale, source] { _ = try? program("setup", "--remove") }
        try? Files.removeTree(folder)
        try? Files.removeTree(run)
    }

    var withoutDocker: [(side: String, reason: String)] { docker == nil ? [("docker", Self.noDocker)] : [] }

    // MARK: Builds

    func builds(_ progress: (String) -> Void) throws(EscaleError) -> [ImagesBench.Row] {
        let context = "\(folder)/context"
        try Files.makeDirectory(context)
        try BuildWorkload.write(to: context, base: base)
        let built = "escale-bench-built:1"
        func sides(_ flags: [String]) -> [BenchSide] {
            [("escale", escale)].map { side($0, $1, flags) }
                + (docker.map { [side("docker", $0, flags)] } ?? [])
        }
        func side(_ name: String, _ program: BenchProgram, _ flags: [String]) -> BenchSide {
            BenchSide(name: name) { () throws(EscaleError) in
                try program.run(["build", "-q"] + flags + ["-t", built, context])
            }
        }
        if docker != nil { dockerImages.append(built) }
        let cold = "Dockerfile de 10 instructions, sans cache"
        progress(cold)
        var rows = [
            try ImagesBench.Row.race(
                "build-cold", cold, sides(["--no-cache"]), missing: withoutDocker, runs: options.runs,
                target: .atMost(0.5))
        ]
        let cached = "le même, tout en cache"
        progress(cached)
        rows.append(
            try ImagesBench.Row.race(
                "build-cached", cached, sides([]), missing: withoutDocker, runs: options.runs,
                target: .atMost(0.2)))
        return rows
    }

    // MARK: Servers

    func registry(_ name: String) throws(EscaleError) -> BenchServer {
        let root = "\(folder)/\(name)"
        return try BenchServer(escale, log: "\(folder)/\(name).log") { port in
            ["registry", "serve", "--addr", "127.0.0.1:\(port)", "--root", root]
        }
    }

    /// Debian's, with the cache of its own configuration and without logs of each request.
    func dockerRegistry(_ path: String) throws(EscaleError) -> BenchServer {
        let root = "\(folder)/docker-registry"
        let config = "\(root).yml"
        let program = BenchProgram(path: path, environment: escale.environment)
        return try BenchServer(program, log: "\(root).log") { (port) throws(EscaleError) in
            let text = """
                version: 0.1
                log: {level: error, accesslog: {disabled: true}}
                storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: \(root)}}
                http: {addr: "127.0.0.1:\(port)"}

                """
            try Files.replace(config, Array(text.utf8))
            return ["serve", config]
        }
    }
}
