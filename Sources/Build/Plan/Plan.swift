import Dockerfile
import OCI
import Support

/// Which stages a target needs, and what each is built on.
package struct Plan: Sendable {
    package enum Base: Hashable, Sendable {
        case scratch
        case stage(Int)
        /// An image or a named context.
        case image(String)
    }

    package struct StagePlan: Sendable {
        package var index: Int
        package var base: Base
        package var platform: String?
        /// Stages whose files its steps take.
        package var uses: Set<Int>
    }

    package let target: Int
    /// Of the needed stages only, by index.
    package let stages: [Int: StagePlan]
    package let global: GlobalScope

    /// In the order of the file.
    package var order: [Int] { stages.keys.sorted() }

    /// - Parameter isNamed: whether a name is a named context: then it hides stages and images.
    package init(
        _ file: Dockerfile, target: String?, arguments: [String: String], platform: Platform,
        isNamed: (String) -> Bool = { _ in false }
    ) throws(BuildFailure) {
        var given = PlatformArguments.values(target: platform, build: .current)
        given["TARGETSTAGE"] = target ?? "default"
        let global: GlobalScope
        do throws(DockerfileError) {
            global = try GlobalScope(file, buildArguments: arguments, platform: given)
        } catch { throw BuildFailure(error) }
        self.global = global
        let last = file.stages[file.stages.count - 1]
        if let target {
            guard let stage = file.stage(target) else {
                throw BuildFailure(
                    StepError(
                        EscaleError(.invalid, "target stage \"\(target)\" could not be found"),
                        last.instruction, in: file.source))
            }
            self.target = stage.index
        } else {
            self.target = last.index
        }
        var needed: [Int: StagePlan] = [:]
        var waiting = [self.target]
        while let index = waiting.popLast() {
            guard needed[index] == nil else { continue }
            let stage = file.stages[index]
            let from: From
            do throws(DockerfileError) { from = try global.expand(stage) } catch { throw BuildFailure(error) }
            let name = from.image
            var plan = StagePlan(index: index, base: .image(name), platform: nil, uses: [])
            if name == "scratch" {
                plan.base = .scratch
            } else if !isNamed(name), let other = file.stage(name, before: index), other.name != nil {
                plan.base = .stage(other.index)
                waiting.append(other.index)
            }
            plan.platform = from.platform
            for instruction in stage.instructions {
                for from in Self.origins(instruction.command) where !isNamed(from) {
                    if let other = file.stage(from, before: index) { plan.uses.insert(other.index) }
                }
            }
            waiting += plan.uses
            needed[index] = plan
        }
        stages = needed
    }

    /// Names of stages, contexts or images that an instruction takes files from.
    package static func origins(_ command: Command) -> [String] {
        switch command {
        case .copy(let copy): copy.from.map { [$0] } ?? []
        case .run(let run): run.mountFlags.compactMap { Self.from(in: $0) }
        default: []
        }
    }

    /// `from=` of a `--mount`, which no variable may be in.
    private static func from(in flag: String) -> String? {
        flag.split(separator: ",").first { $0.hasPrefix("from=") }.map { String($0.dropFirst(5)) }
    }
}
