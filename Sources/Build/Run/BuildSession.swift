import Dockerfile
import Engine
import Glibc
import Images
import Linux
import OCI
import RegistryClient
import Support
import Synchronization

/// One build: plans it, runs what is not in the cache, and makes the image.
package final class BuildSession: Sendable {
    let builder: Builder
    let request: BuildRequest
    let file: Dockerfile
    let plan: Plan
    let work: Workspace
    /// The folder of the unpacked context.
    let context: String
    let emit: @Sendable (BuildEvent) -> Void
    let reasons: Reasons
    /// What is told of the Dockerfile at the end.
    let checks: [Finding]
    /// Keeps garbage collection off what is being built upon.
    let hold: ImageImport
    let cancellation = Cancellation()
    let state = Mutex(State())

    struct State {
        var stages: [Int: Compiled] = [:]
        var tasks: [Int: Task<StageState, any Error>] = [:]
        var images: [String: Task<Image, any Error>] = [:]
        /// The first failure; those after it are its consequences.
        var failure: BuildFailure?
        /// What other kits know: brought before the first step.
        var caches: [ImportedCache] = []
        /// Layers that an imported cache has, until they are here.
        var promised: [Digest: PromisedLayer] = [:]
        /// Keys that stand for a step, by its id.
        var keys: [Int: [String]] = [:]
        /// An imported cache that promised what it doesn't have.
        var isBetrayed = false
    }

    /// A stage that is ready to be run.
    struct Compiled: Sendable {
        var base: StageState
        var steps: [Step]
        /// Of its `FROM`; the steps follow.
        var firstID: Int
        var config: ImageConfig.Execution
        var author: String?
    }

    var store: ImageStore { builder.store }
    var cache: BuildCache { builder.cache }

    package init(
        _ builder: Builder, _ request: BuildRequest, context: String, work: Workspace,
        emit: @escaping @Sendable (BuildEvent) -> Void
    ) throws(BuildFailure) {
        self.builder = builder
        self.request = request
        self.context = context
        self.work = work
        self.emit = emit
        do throws(EscaleError) { hold = try builder.store.beginImport() } catch { throw BuildFailure(error) }
        var bytes: [UInt8] = request.dockerfileText ?? []
        do throws(EscaleError) {
            if request.dockerfileText == nil {
                let root = try Sys.open(context, O_RDONLY | O_DIRECTORY)
                let fd = try InRoot.open(root.raw, request.dockerfile, O_RDONLY | O_NONBLOCK)
                bytes = try Files.readAll(fd.raw, limit: 16 << 20)
            }
        } catch {
            throw BuildFailure(
                EscaleError(
                    .invalid, "Cannot locate specified Dockerfile: \(request.dockerfile)", errno: error.errno)
            )
        }
        do throws(DockerfileError) {
            file = try Dockerfile(parsing: bytes, name: Path.name(request.dockerfile))
        } catch { throw BuildFailure(error) }
        checks = try Self.check(file, request, context)
        let names = request
        plan = try Plan(
            file, target: request.target, arguments: request.arguments, platform: request.platform ?? .current
        ) { names.context($0) != nil }
        reasons = Reasons(kit: builder.kit, slot: request.slot)
    }

    /// - Returns: the image.
    package func run() async throws(BuildFailure) -> Image {
        let result = await withTaskCancellationHandler { () async -> Result<Image, BuildFailure> in
            await importCaches()
            while true {
                do throws(BuildFailure) {
                    let image = try await attempt()
                    await exportCaches()
                    if !checks.isEmpty { emit(.findings(checks)) }
                    return .success(image)
                } catch {
                    // What was taken on an imported cache's word is done after all; the rest is in ours.
                    guard forgive() else { return .failure(error) }
                }
            }
        } onCancel: {
            cancellation.cancel()
        }
        return try result.get()
    }

    private func attempt() async throws(BuildFailure) -> Image {
        do {
            try await compile()
            for index in plan.order { start(index) }
            let tasks = state.withLock { $0.tasks }
            let final: StageState
            do {
                final = try await withTaskCancellationHandler {
                    guard let last = tasks[plan.target] else { throw EscaleError(.internal, "no target") }
                    return try await last.value
                } onCancel: {
                    for task in tasks.values { task.cancel() }
                }
            } catch {
                for task in tasks.values { task.cancel() }
                for task in tasks.values { _ = try? await task.value }
                throw state.withLock { $0.failure } ?? error
            }
            for task in tasks.values { _ = try await task.value }
            reasons.save()
            return try await finish(final)
        } catch let failure as BuildFailure {
            throw failure
        } catch let failure as StepError {
            throw BuildFailure(failure)
        } catch is CancellationError {
            throw BuildFailure(EscaleError(.interrupted, "the build was cancelled"))
        } catch {
            throw BuildFailure(EscaleError.wrap(error))
        }
    }

    // MARK: Stages

    /// Finds every base and turns every needed stage into steps, bases before what is built on them.
    private func compile() async throws {
        var id = 0
        var infos: [StepInfo] = []
        for index in plan.order {
            guard let stage = plan.stages[index] else { continue }
            let base = try await base(of: stage)
            var compiler = StageCompiler(
                file, stage: index, base: base.state.config, global: plan.global,
                isNamed: { [request] in request.context($0) != nil })
            var steps = try compiler.compile(triggers: base.triggers)
            if let files = base.files { steps.insert(files, at: 0) }
            let config = steps.last?.config ?? base.state.config
            let compiled = Compiled(
                base: base.state, steps: steps, firstID: id, config: config, author: compiler.author)
            state.withLock { $0.stages[index] = compiled }
            let from = file.stages[index].instruction
            infos.append(
                StepInfo(
                    id: id, stage: stageName(index), number: 1, count: steps.count + 1, text: from.text,
                    line: from.lines.lowerBound))
            for (number, step) in steps.enumerated() {
                infos.append(
                    StepInfo(
                        id: id + number + 1, stage: stageName(index), number: number + 2,
                        count: steps.count + 1,
                        text: step.text, line: step.instruction.lines.lowerBound))
            }
            id += steps.count + 1
        }
        emit(.plan(infos))
    }

    func stageName(_ index: Int) -> String { file.stages[index].name ?? "stage-\(index)" }

    /// What a stage begins with.
    private struct Base {
        var state: StageState
        var triggers: [Instruction] = []
        /// Brings a folder that stands for an image.
        var files: Step?
    }

    private func base(of stage: Plan.StagePlan) async throws -> Base {
        let wanted: Platform?
        do throws(EscaleError) {
            wanted =
                try stage.platform.map { text throws(EscaleError) in try Platform(text) } ?? request.platform
        } catch { throw StepError(error, file.stages[stage.index].instruction, in: file.source) }
        var state = StageState(platform: wanted ?? .current, created: builder.epochOrZero(request))
        state.wanted = wanted
        switch stage.base {
        case .scratch: return Base(state: state)
        case .stage(let other):
            if let compiled = self.state.withLock({ $0.stages[other] }) { state.config = compiled.config }
            // What comes from the other stage's files is put in when it has run.
            let triggers = state.config.onBuild ?? []
            return Base(state: state, triggers: try triggers.map { try trigger($0, stageName(other)) })
        case .image(let name) where request.isFolder(name):
            // A named context's files are all that the stage begins with.
            let from = file.stages[stage.index].instruction
            let files = TransferAction(
                isAdd: false, from: .named(name), sources: [.path(".")], destination: "/", intoFolder: true,
                owner: nil, chmod: nil, isLink: false, excludes: [])
            return Base(
                state: state,
                files: Step(
                    action: .transfer(files), instruction: from, text: from.text,
                    history: "COPY . / # from \(name)", config: state.config))
        case .image(let name):
            do {
                let image = try await image(name, wanted)
                state = try builder.state(of: image)
                state.wanted = wanted
                return Base(
                    state: state, triggers: try (state.config.onBuild ?? []).map { try trigger($0, name) })
            } catch let error as EscaleError {
                throw StepError(error, file.stages[stage.index].instruction, in: file.source)
            }
        }
    }

    private func trigger(_ expression: String, _ image: String) throws -> Instruction {
        do throws(DockerfileError) {
            return try Dockerfile.trigger(expression, of: image)
        } catch { throw BuildFailure(error) }
    }

    /// An image by the name in the Dockerfile, or the one that a named context puts in its place.
    /// Asked for once a build: all its steps see the same one.
    func image(_ name: String, _ platform: Platform?) async throws -> Image {
        var wanted = name
        if case .image(let other)? = request.context(name) { wanted = other }
        let key = "\(wanted) \(platform.map(String.init(describing:)) ?? "")"
        let wish = ImageWish(platform: platform, pulls: request.pull, credentials: request.credentials)
        let task = state.withLock { s in
            if let known = s.images[key] { return known }
            let task = Task { [builder, emit, wanted] () async throws -> Image in
                emit(.status("load metadata for \(wanted)"))
                return try await builder.image(wanted, wish) { emit(.status($0)) }
            }
            s.images[key] = task
            return task
        }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func start(_ index: Int) {
        let task = Task { try await self.runStage(index) }
        state.withLock { $0.tasks[index] = task }
    }

    /// A stage's files and configuration once it has run.
    func result(of index: Int) async throws -> StageState {
        guard let task = state.withLock({ $0.tasks[index] }) else {
            throw EscaleError(.internal, "stage \(index) is not planned")
        }
        return try await task.value
    }

    private func runStage(_ index: Int) async throws -> StageState {
        guard let compiled = state.withLock({ $0.stages[index] }) else {
            throw EscaleError(.internal, "stage \(index)")
        }
        var current = compiled.base
        emit(.began(compiled.firstID))
        if case .stage(let other)? = plan.stages[index]?.base { current = try await result(of: other) }
        current.config.onBuild = nil
        emit(.cached(compiled.firstID, reason: CacheReason(.configuration)))
        for (number, step) in compiled.steps.enumerated() {
            try Task.checkCancellation()
            let id = compiled.firstID + number + 1
            do {
                try await perform(step, id: id, identity: "\(stageName(index)) \(number + 1)", &current)
            } catch {
                let wrapped: BuildFailure =
                    switch error {
                    case let known as BuildFailure: known
                    default:
                        BuildFailure(StepError(EscaleError.wrap(error), step.instruction, in: file.source))
                    }
                let isFirst = state.withLock { s -> Bool in
                    if s.failure != nil || s.isBetrayed { return false }
                    s.failure = wrapped
                    return true
                }
                if isFirst, !(error is CancellationError) { emit(.failed(id, wrapped.error.message)) }
                throw wrapped
            }
        }
        current.author = compiled.author ?? current.author
        return current
    }

    // MARK: Steps

    private func perform(_ step: Step, id: Int, identity: String, _ current: inout StageState) async throws {
        emit(.began(id))
        var layer: StageLayer?
        switch step.action {
        case .configuration: emit(.cached(id, reason: CacheReason(.configuration)))
        case .folder(let path):
            layer = try await makeFolder(path, step, id, identity, current)
            if layer == nil { emit(.cached(id, reason: CacheReason(.configuration))) }
        case .run(let action): layer = try await run(action, step, id, identity, current)
        case .transfer(let action): layer = try await transfer(action, step, id, identity, current)
        }
        current.config = step.config
        if let layer {
            current.layers.append(layer)
            current.created = layer.created
        }
        var entry = ImageConfig.History(
            created: current.created, createdBy: step.history, comment: "escale.build.v0",
            emptyLayer: layer == nil ? true : nil)
        entry.author = nil
        current.history.append(entry)
    }

    /// The layer under a key: from the cache, or made now.
    /// - Parameter make: gives the upper folder with the step's files.
    func layer(
        _ key: CacheKey, _ step: Step, _ id: Int, _ identity: String, make: () async throws -> String
    ) async throws -> StageLayer {
        let text = key.text
        let lock = request.noCache ? nil : await builder.steps.hold(text)
        defer { lock?.release() }
        let found = lookup(text)
        var reason = reasons.judge(
            identity, key, hit: found != nil, off: request.noCache, known: cache.find(text) != nil)
        note(id, text)
        if let found, let layer = layer(found) {
            reason.source = found.source
            emit(.cached(id, reason: reason))
            return layer
        }
        let start = Monotonic.now
        let upper = try await make()
        let epoch = request.epoch
        let store = store
        let adopted = try await Blocking.run { () throws(EscaleError) in
            try store.adoptLayer(upper, latest: epoch)
        }
        let milliseconds = start.elapsedMilliseconds
        let record = CacheRecord(
            key: text, text: step.text, diffID: adopted.diffID, bytes: adopted.bytes,
            created: Timestamp.now.rfc3339, milliseconds: milliseconds)
        try cache.store(record)
        emit(
            .done(id, milliseconds: milliseconds, reason: reason, layer: adopted.diffID, bytes: adopted.bytes)
        )
        return StageLayer(
            diffID: adopted.diffID, bytes: adopted.bytes, created: clamp(record.created), key: text)
    }

    func clamp(_ time: String) -> String {
        guard let epoch = request.epoch, let t = Timestamp(rfc3339: time), t > epoch else { return time }
        return epoch.rfc3339
    }
}
