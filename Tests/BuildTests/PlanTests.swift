import Build
import Dockerfile
import Golden
import OCI
import Support
import Testing

/// `Cases/plan*.cases`: a Dockerfile and what is asked of it, and the graph of steps that comes of it: which
/// stages are needed, which may run at the same time, what each step does, and under which key.
/// `# target STAGE`, `# build-arg NAME=VALUE`, `# context NAME` and `# platform P` are given in comments.
@Suite struct PlanTests {
    @Test func plans() throws {
        var count = 0
        for var file in try CaseFile.all("plan") {
            for failure in try file.check({ Self.plan(CaseFile.visible($0.input)) }) {
                Issue.record("\(failure.name):\n\(failure.got)")
            }
            count += file.cases.count
        }
        #expect(count >= 20)
    }

    private struct Wish {
        var target: String?
        var arguments: [String: String] = [:]
        var contexts: Set<String> = []
        var platform = Platform(architecture: "amd64")

        init(_ file: Dockerfile) throws {
            for line in file.source.lines {
                let words = line.split(separator: " ", maxSplits: 2).map(String.init)
                guard words.count == 3, words[0] == "#" else { continue }
                switch words[1] {
                case "target": target = words[2]
                case "context": contexts.insert(words[2])
                case "platform": platform = try Platform(words[2])
                case "build-arg":
                    let pair = words[2].split(separator: "=", maxSplits: 1).map(String.init)
                    arguments[pair[0]] = pair.count > 1 ? pair[1] : ""
                default: break
                }
            }
        }
    }

    private static func plan(_ text: String) -> String {
        do {
            let file = try Dockerfile(parsing: Array(text.utf8))
            let wish = try Wish(file)
            let isNamed: (String) -> Bool = { wish.contexts.contains($0) }
            let plan = try Plan(
                file, target: wish.target, arguments: wish.arguments, platform: wish.platform,
                isNamed: isNamed)
            var graph = Graph(file: file, plan: plan, isNamed: isNamed)
            return try graph.text()
        } catch let failure as BuildFailure {
            return "error: \(failure.error.message)" + (failure.line.map { ", line \($0)" } ?? "")
        } catch let error as DockerfileError {
            return error.rendered()
        } catch {
            return "error: \(error)"
        }
    }
}

/// A plan and its steps as text. Each layer is taken to have the digest of the key that it came under.
private struct Graph {
    let file: Dockerfile
    let plan: Plan
    let isNamed: (String) -> Bool
    var layers: [Int: [Digest]] = [:]
    var configs: [Int: ImageConfig.Execution] = [:]

    init(file: Dockerfile, plan: Plan, isNamed: @escaping (String) -> Bool) {
        self.file = file
        self.plan = plan
        self.isNamed = isNamed
    }

    mutating func text() throws -> String {
        var out: [String] = []
        for index in plan.order { out += try stage(index) }
        let skipped = file.stages.indices.filter { plan.stages[$0] == nil }.map(name)
        if !skipped.isEmpty { out.append("skipped: \(skipped.joined(separator: " "))") }
        out.append("rounds: " + rounds().map { $0.map(name).joined(separator: " ") }.joined(separator: " | "))
        return out.joined(separator: "\n")
    }

    private func name(_ index: Int) -> String { file.stages[index].name ?? "\(index)" }

    /// Stages by the longest way to them: those of one round may run at the same time.
    private func rounds() -> [[Int]] {
        var depth: [Int: Int] = [:]
        for index in plan.order {
            guard let stage = plan.stages[index] else { continue }
            var before = stage.uses
            if case .stage(let other) = stage.base { before.insert(other) }
            depth[index] = (before.compactMap { depth[$0] }.max() ?? -1) + 1
        }
        return (0...(depth.values.max() ?? 0)).map { round in plan.order.filter { depth[$0] == round } }
    }

    private mutating func stage(_ index: Int) throws -> [String] {
        guard let stage = plan.stages[index] else { return [] }
        var chain: [Digest] = []
        var config = ImageConfig.Execution()
        var from = "scratch"
        switch stage.base {
        case .scratch: break
        case .image(let image):
            from = "image \(image)"
            var hash = CacheKey("image")
            hash.add("name", image)
            chain = [Digest(sha256: hash.text)!]
        case .stage(let other):
            from = "stage \(name(other))"
            chain = layers[other] ?? []
            config = configs[other] ?? config
        }
        let uses = stage.uses.sorted().map(name)
        let own = "linux/\(Platform.current.architecture)"
        let platform = stage.platform.map { ", platform \($0 == own ? "of this machine" : $0)" } ?? ""
        let takes = uses.isEmpty ? "" : ", takes from \(uses.joined(separator: " "))"
        var out = ["\(name(index)): \(from)\(platform)\(takes)"]
        let triggers = try (config.onBuild ?? []).map { try Dockerfile.trigger($0, of: "base") }
        var compiler = StageCompiler(
            file, stage: index, base: config, global: plan.global, isNamed: isNamed)
        for step in try compiler.compile(triggers: triggers) {
            let parent = CacheKey.chain(chain)
            var key: CacheKey?
            switch step.action {
            case .configuration: break
            case .run(let action): key = CacheKey(action, parent: parent, network: "")
            case .transfer(let action): key = CacheKey(action, parent: parent)
            case .folder(let path): key = CacheKey(folder: path, parent: parent)
            }
            if let key { chain.append(Digest(sha256: key.text)!) }
            out.append("  \(key.map { String($0.text.prefix(8)) } ?? "-       ") \(step.history)")
            config = step.config
        }
        layers[index] = chain
        configs[index] = config
        return out
    }
}
