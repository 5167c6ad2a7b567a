import Dockerfile
import Engine
import Glibc
import Images
import Linux
import OCI
import Support

extension BuildSession {
    func run(_ action: RunAction, _ step: Step, _ id: Int, _ identity: String, _ current: StageState)
        async throws -> StageLayer
    {
        if action.isInsecure, !request.allowed.contains("security.insecure") {
            throw EscaleError(
                .denied, "security.insecure is not allowed",
                repair: "escale build --allow security.insecure …")
        }
        let mounts = StepMounts(self, action, current)
        var key = CacheKey(action, parent: current.chain, network: request.network)
        var definition: CacheKey?
        if mounts.readLayers {
            var known = CacheKey("run by layers", key)
            try await mounts.describe(&known, byLayers: true)
            if let layer = layer(by: known, id, identity) { return layer }
            definition = known
        }
        try await mounts.describe(&key)
        if let definition { remember(definition, leadsTo: key, step, id) }
        return try await layer(key, step, id, identity) {
            try await ready(current.layers)
            await builder.slots.take()
            defer { builder.slots.give() }
            return try await execute(action, mounts, step, id, current)
        }
    }

    private func execute(
        _ action: RunAction, _ mounts: StepMounts, _ step: Step, _ id: Int, _ current: StageState
    ) async throws -> String {
        let folder = work.path("run")
        let stubs = "\(folder)/stubs"
        let prepared = try await mounts.prepare(folder)
        defer { prepared.release() }
        try Stubs.make(stubs, for: prepared.mounts)
        var config = JSONObject([
            ("Cmd", JSON(action.arguments)), ("Env", JSON(action.environment + action.quietEnvironment)),
            ("User", .string(action.user)), ("WorkingDir", .string(action.folder)), ("Hostname", "build")
        ])
        config["StopSignal"] = .string("SIGKILL")
        var host = request.host
        let network = action.network == .default ? request.network : action.network.rawValue
        if action.isInsecure { host["Privileged"] = true }
        host["NetworkMode"] = .string(network.isEmpty ? "default" : network)
        var mountList = prepared.mounts
        if let script = action.script {
            let path = "\(folder)/script"
            try Files.replace(path, script.utf8, mode: 0o755)
            mountList.append(
                .init(destination: action.arguments[0], type: "bind", source: path, options: ["bind", "ro"]))
        }
        let image = EngineImage(
            id: current.base.isEmpty ? "scratch" : current.base, tags: [], digests: [],
            config: ImageConfig(), layers: try store.folders(current.layers) + [stubs], size: 0)
        let upper = "\(folder)/upper"
        let run = BuildStep(
            image: image, config: config, host: host, mounts: mountList,
            secretEnvironment: prepared.environment,
            upper: upper)
        let emit = emit
        let end = try await builder.engine.run(run) { container in
            emit(.container(id, container))
        } output: { stream, bytes in
            emit(.output(id, stream: Int(stream), bytes))
        }
        guard end.status == 0 else {
            let words = action.arguments.joined(separator: " ")
            let why = end.oomKilled ? " (killed: out of memory)" : ""
            throw BuildFailure(
                StepError(
                    EscaleError(
                        .invalid,
                        "The command '\(words)' returned a non-zero code: \(end.status)\(why)"),
                    step.instruction, in: file.source), status: end.status)
        }
        return upper
    }
}

/// What the engine mounts things on in every container, as the lowest layer: nothing of it gets into the
/// step's own layer, and all that the image has hides it.
enum Stubs {
    static func make(_ folder: String, for mounts: [RuntimeSpec.Mount]) throws(EscaleError) {
        for name in ["dev", "proc", "sys", "etc"] { try Files.makeDirectory("\(folder)/\(name)") }
        for name in ["hosts", "hostname", "resolv.conf"] {
            try Files.replace("\(folder)/etc/\(name)", [UInt8]())
        }
        for mount in mounts {
            let whole = folder + Path.clean("/" + mount.destination)
            if mount.type == "bind", let source = mount.source, !Files.isDirectory(source) {
                try Files.makeDirectory(Path.parent(whole))
                if !Files.exists(whole) { try Files.replace(whole, [UInt8]()) }
            } else {
                try Files.makeDirectory(whole)
            }
        }
    }
}
