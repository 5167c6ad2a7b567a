import Glibc
import Linux
import OCI
import Support

/// What a runtime is timed at.
enum RuntimeScenario: String, CaseIterable {
    case run, lifecycle, exec

    var title: String {
        switch self {
        case .run: "run de « true »"
        case .lifecycle: "create, start, attente, delete"
        case .exec: "exec dans un conteneur en marche"
        }
    }

    /// What stands before the clock starts.
    func prepare(_ candidate: RuntimeBench.Candidate, _ work: RuntimeBenchFolder) throws(EscaleError) {
        guard self == .exec else { return }
        try work.call(candidate, ["run", "-d", "-b", work.sleeper("e-\(candidate.name)"), "bench-exec"])
    }

    func finish(_ candidate: RuntimeBench.Candidate, _ work: RuntimeBenchFolder) {
        guard self == .exec else { return }
        _ = try? work.call(candidate, ["delete", "--force", "bench-exec"])
    }

    func run(_ candidate: RuntimeBench.Candidate, _ work: RuntimeBenchFolder) throws(EscaleError) {
        switch self {
        case .run: try work.call(candidate, ["run", "-b", work.short, "bench"])
        case .exec: try work.call(candidate, ["exec", "bench-exec", "/bin/true"])
        case .lifecycle:
            let pidFile = "\(work.path)/pid"
            try work.call(candidate, ["create", "-b", work.short, "--pid-file", pidFile, "bench"])
            guard let pid = pid_t(try Files.text(pidFile).filter { !$0.isWhitespace }) else {
                throw EscaleError(.internal, "\(candidate.name): no pid in its pid file")
            }
            let process = try ProcessHandle(pid)
            try work.call(candidate, ["start", "bench"])
            _ = try process.waitForEnd(milliseconds: 10_000)
            try work.call(candidate, ["delete", "bench"])
        }
    }
}

/// The bundles of a measurement, in the kit's cache.
struct RuntimeBenchFolder {
    let path: String
    /// The bundle of a container that ends at once.
    let short: String
    private let spec: RuntimeSpec

    init(kit: Kit, lower: String) throws(EscaleError) {
        path = "\(kit.cache)/bench-runtime-\(getpid())"
        short = "\(path)/short"
        try Files.makeDirectory(path)
        let copied = try Spawn.run("cp", ["-a", lower, "\(path)/rootfs"])
        guard copied.status == 0 else { throw EscaleError(.internal, "cp: \(copied.errorText)") }
        var spec = RuntimeSpec.example
        // What older runtimes take as well.
        spec.ociVersion = "1.0.2"
        spec.process?.terminal = false
        spec.process?.args = ["/bin/true"]
        spec.root = .init(path: "\(path)/rootfs")
        self.spec = spec
        try write(spec, short, "bench")
    }

    /// The bundle of a container that stays.
    func sleeper(_ name: String) throws(EscaleError) -> String {
        var spec = spec
        spec.process?.args = ["/bin/sleep", "100000"]
        let bundle = "\(path)/\(name)"
        try write(spec, bundle, name)
        return bundle
    }

    private func write(_ spec: RuntimeSpec, _ bundle: String, _ name: String) throws(EscaleError) {
        var spec = spec
        spec.linux?.cgroupsPath = "/escale-bench-\(getpid())/\(name)"
        try Files.makeDirectory(bundle)
        try Files.replace("\(bundle)/config.json", try JSON.encode(spec).bytes())
    }

    /// A runtime with these words; its failure is ours.
    func call(_ candidate: RuntimeBench.Candidate, _ words: [String]) throws(EscaleError) {
        try call(candidate.path, arguments(candidate, words))
    }

    private func arguments(_ candidate: RuntimeBench.Candidate, _ words: [String]) -> [String] {
        ["--root", "\(path)/state-\(candidate.name)"] + words
    }

    /// - Returns: what it wrote.
    @discardableResult
    private func call(_ program: String, _ words: [String]) throws(EscaleError) -> String {
        // Output to a file: a runtime that stays in the background would hold a pipe.
        let output = "\(path)/output"
        let null = try Sys.open("/dev/null", O_RDONLY)
        let file = try Sys.open(output, O_WRONLY | O_CREAT | O_TRUNC)
        let pid = try Spawn.start(
            program, words, descriptors: [0: null.raw, 1: file.raw, 2: file.raw])
        let status = try Spawn.wait(pid)
        // Ours tells nothing, and the clock runs.
        if status == 0, words.first == "--root" { return "" }
        let text = (try? Files.text(output)) ?? ""
        guard status == 0 else {
            throw EscaleError(.internal, "\(Path.name(program)) \(words.joined(separator: " ")): \(text)")
        }
        return text
    }

    /// The largest memory of each runtime's processes at `run`, in bytes.
    func peaks(_ candidates: [RuntimeBench.Candidate], source: String, runs: Int) throws(EscaleError)
        -> [[Double]]
    {
        let peak = "\(path)/peak"
        try call("cc", ["-O2", "-static", "-o", peak, source])
        var all: [[Double]] = []
        for candidate in candidates {
            var values: [Double] = []
            for _ in 0..<runs {
                let words = [candidate.path] + arguments(candidate, ["run", "-b", short, "bench"])
                let text = try call(peak, words)
                values.append((Double(text.filter { !$0.isWhitespace }) ?? .nan) * 1024)
            }
            all.append(values)
        }
        return all
    }

    func remove() {
        for controller in (try? CgroupHost.current().hierarchies) ?? [] {
            rmdir("\(controller.mountPoint)/escale-bench-\(getpid())")
        }
        try? Files.removeTree(path)
    }
}
