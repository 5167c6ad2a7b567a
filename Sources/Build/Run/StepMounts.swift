import Dockerfile
import Engine
import Glibc
import Images
import Linux
import OCI
import Support

/// `RUN --mount`: what they mean for the cache, and what they become in the container.
struct StepMounts: Sendable {
    let session: BuildSession
    let action: RunAction
    let current: StageState

    init(_ session: BuildSession, _ action: RunAction, _ current: StageState) {
        self.session = session
        self.action = action
        self.current = current
    }

    /// Ready to be mounted; `release` gives back what was locked for it.
    struct Prepared: Sendable {
        var mounts: [RuntimeSpec.Mount] = []
        var environment: [String] = []
        var locks: [HeldLock] = []

        func release() { for lock in locks { lock.release() } }
    }

    private func absolute(_ path: String) -> String {
        Path.clean(path.hasPrefix("/") ? path : Path.join(action.folder, path))
    }

    /// Where a mount is; nil for one that is none.
    private func target(_ mount: StepMount) -> String? {
        switch mount.kind {
        case .secret:
            if mount.env != nil, (mount.target ?? "").isEmpty { return nil }
            return absolute(mount.target ?? "/run/secrets/\(secretID(mount))")
        case .ssh: return absolute(mount.target ?? "/run/buildkit/ssh_agent.0")
        default: return mount.target.map { absolute($0) }
        }
    }

    private func secretID(_ mount: StepMount) -> String {
        if let id = mount.id ?? mount.source, !id.isEmpty { return id }
        return mount.target.map { Path.name($0) } ?? ""
    }

    private func origin(_ mount: StepMount) -> FileOrigin? {
        guard let from = mount.from else { return mount.kind == .bind ? .context : nil }
        if session.request.context(from) != nil { return .named(from) }
        return session.file.stage(from).map { .stage($0.index) } ?? .named(from)
    }

    // MARK: Cache

    /// Whether files of a stage or an image are read.
    var readLayers: Bool {
        action.mounts.contains { mount in
            guard mount.kind == .bind, let origin = origin(mount) else { return false }
            if case .named(let name) = origin, case .folder? = session.request.context(name) { return false }
            return origin != .context
        }
    }

    /// Content for what is read; only the place for what is a cache, a secret or an agent.
    /// - Parameter byLayers: what is read of stages and images, by their layers instead.
    func describe(_ key: inout CacheKey, byLayers: Bool = false) async throws {
        for mount in action.mounts {
            var words = "\(mount.kind.rawValue) \(mount.readOnly) \(mount.size ?? 0) \(mount.mode ?? 0)"
            words += " \(mount.uid ?? 0) \(mount.gid ?? 0) \(mount.id ?? "") \(mount.env ?? "")"
            words += " \(mount.source ?? "")"
            let place = mount.target ?? mount.id ?? ""
            key.add("mount \(place)", words)
            guard mount.kind == .bind, let origin = origin(mount) else { continue }
            if byLayers, let chain = try await session.chain(of: origin, current.wanted) {
                key.add("mount \(place) from", chain)
                continue
            }
            let source = try await session.open(origin, current.wanted)
            let path = mount.source ?? ""
            let digest = try await Blocking.run { () throws(EscaleError) in
                var set = FileSet()
                try source.collect(String(Path.clean("/" + path).dropFirst()), as: "", into: &set)
                return try source.digests(set)
            }
            for (name, value) in digest { key.add("mount \(place) file \(name)", value) }
        }
    }

    // MARK: Mounting

    func prepare(_ folder: String) async throws -> Prepared {
        var prepared = Prepared()
        do {
            for (i, mount) in action.mounts.enumerated() {
                try await add(mount, "\(folder)/mount-\(i)", &prepared)
            }
            return prepared
        } catch {
            prepared.release()
            throw error
        }
    }

    private func add(_ mount: StepMount, _ scratch: String, _ prepared: inout Prepared) async throws {
        switch mount.kind {
        case .tmpfs:
            guard let path = target(mount) else {
                throw EscaleError(.invalid, "tmpfs mount needs a target")
            }
            let size = mount.size.map { ["size=\($0)"] } ?? []
            prepared.mounts.append(
                .init(destination: path, type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev"] + size))
        case .secret: try addSecret(mount, &prepared)
        case .ssh: try addAgent(mount, &prepared)
        case .cache: try await addCache(mount, &prepared)
        case .bind: try await addBind(mount, scratch, &prepared)
        }
    }

    private func addSecret(_ mount: StepMount, _ prepared: inout Prepared) throws {
        let id = secretID(mount)
        guard let value = session.request.secrets[id] else {
            guard mount.required else { return }
            throw EscaleError(
                .notFound, "secret \(id): not found", repair: "escale build --secret id=\(id),src=FILE …")
        }
        if let name = mount.env {
            let name = name.isEmpty ? id : name
            prepared.environment.append("\(name)=\(String(decoding: value, as: UTF8.self))")
        }
        guard let path = target(mount) else { return }
        let file = "\(session.work.secrets)/\(Hex.random(8))"
        try Files.replace(file, value, mode: 0o600)
        try Sys.call("chown", file) { chown(file, mount.uid ?? 0, mount.gid ?? 0) }
        try Sys.call("chmod", file) { chmod(file, mode_t(mount.mode ?? 0o400)) }
        prepared.mounts.append(
            .init(
                destination: path, type: "bind", source: file,
                options: ["bind", "ro", "nosuid", "nodev", "noexec"]))
    }

    private func addAgent(_ mount: StepMount, _ prepared: inout Prepared) throws {
        let id = mount.id ?? "default"
        guard let socket = session.request.agents[id], let path = target(mount) else {
            guard mount.required else { return }
            throw EscaleError(
                .notFound, "unset ssh forward key \(id)", repair: "escale build --ssh \(id)=$SSH_AUTH_SOCK …")
        }
        prepared.environment.append("SSH_AUTH_SOCK=\(path)")
        let own = "\(session.work.secrets)/\(Hex.random(8))"
        let forward = try AgentForward(
            agent: socket, at: own, uid: mount.uid ?? 0, gid: mount.gid ?? 0, mode: mount.mode ?? 0o600)
        prepared.locks.append(HeldLock { forward.stop() })
        prepared.mounts.append(.init(destination: path, type: "bind", source: own, options: ["bind"]))
    }

    private func addCache(_ mount: StepMount, _ prepared: inout Prepared) async throws {
        guard let path = target(mount) else { throw EscaleError(.invalid, "cache mount needs a target") }
        let caches = session.builder.mounts
        let (folder, lock) = try await caches.take(
            mount.id ?? path, mount.sharing ?? .shared, mode: mount.mode, uid: mount.uid, gid: mount.gid)
        if let lock { prepared.locks.append(lock) }
        if let origin = origin(mount), (try? Files.list(folder))?.isEmpty ?? false {
            let source = try await session.open(origin, current.wanted)
            let from = String(Path.clean("/" + (mount.source ?? "")).dropFirst())
            try await Blocking.run { () throws(EscaleError) in
                var set = FileSet()
                try source.collect(from, as: "", into: &set)
                let root = try Sys.open(folder, O_RDONLY | O_DIRECTORY)
                var options = FileSetWriter.Options()
                options.owner = nil
                var writer = FileSetWriter(root: root.raw, options)
                try writer.write(set, from: source.raw, to: "")
                writer.finish()
            }
        }
        var options = ["bind"]
        if mount.readOnly { options.append("ro") }
        prepared.mounts.append(.init(destination: path, type: "bind", source: folder, options: options))
    }

    /// The source is found as the container of its stage would see it, then mounted as an overlay of what
    /// each layer has of it: nothing is copied, and what is written goes nowhere.
    private func addBind(_ mount: StepMount, _ scratch: String, _ prepared: inout Prepared) async throws {
        guard let path = target(mount), let origin = origin(mount) else {
            throw EscaleError(.invalid, "bind mount needs a target")
        }
        let source = try await session.open(origin, current.wanted)
        let layers = try await session.folders(origin, current.wanted)
        let wanted = Path.clean("/" + (mount.source ?? ""))
        let store = try LayeredPath.find(wanted, in: layers, merged: source)
        switch store {
        case .file(let file):
            prepared.mounts.append(
                .init(
                    destination: path, type: "bind", source: file,
                    options: ["bind", mount.readOnly ? "ro" : "rw"]))
        case .folders(var folders):
            var data: [String] = []
            if mount.readOnly {
                while folders.count < 2 {
                    let empty = "\(scratch)-empty\(folders.count)"
                    try Files.makeDirectory(empty)
                    folders.append(empty)
                }
            } else {
                try Files.makeDirectory("\(scratch)/upper")
                try Files.makeDirectory("\(scratch)/work")
                data = [
                    "upperdir=\(Overlay.escape("\(scratch)/upper"))",
                    "workdir=\(Overlay.escape("\(scratch)/work"))"
                ]
            }
            data.insert("lowerdir=\(folders.map { Overlay.escape($0) }.joined(separator: ":"))", at: 0)
            if UserNamespace.isNested { data.append("userxattr") }
            prepared.mounts.append(
                .init(
                    destination: path, type: "overlay", source: "overlay",
                    options: data + (mount.readOnly ? ["ro"] : [])))
        }
    }
}

/// A path of an overlay as its layers have it.
enum LayeredPath {
    case file(String)
    /// Top first.
    case folders([String])

    static func find(_ path: String, in layers: [String], merged: SourceRoot) throws(EscaleError)
        -> LayeredPath
    {
        let opened = try InRoot.open(merged.raw, path, Sys.pathOnly)
        var buffer = [CChar](repeating: 0, count: 4097)
        let n = readlink(opened.procPath, &buffer, 4096)
        // With links followed; a folder that is mounted nowhere shows paths from its own top.
        var real = String(decoding: buffer.prefix(max(0, n)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if layers.count == 1, real.hasPrefix(layers[0]) { real = String(real.dropFirst(layers[0].count)) }
        var folders: [String] = []
        for layer in layers {
            let place = layer + (real == "/" ? "" : real)
            var s = stat()
            guard lstat(place, &s) == 0 else { continue }
            guard s.st_mode & S_IFMT == S_IFDIR else {
                if folders.isEmpty, s.st_mode & S_IFMT != S_IFCHR { return .file(place) }
                break
            }
            folders.append(place)
        }
        guard !folders.isEmpty else {
            throw EscaleError(.notFound, "\"\(path)\": not found", errno: ENOENT)
        }
        return .folders(folders)
    }
}
