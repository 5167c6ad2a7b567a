import Archive
import Dockerfile
import Engine
import Glibc
import Images
import Linux
import OCI
import Support

extension BuildSession {
    /// The files that a `COPY`, `ADD` or bind mount takes from.
    func open(_ origin: FileOrigin, _ platform: Platform?) async throws -> SourceRoot {
        switch origin {
        case .context: return SourceRoot(try Sys.open(context, O_RDONLY | O_DIRECTORY), name: "context")
        case .stage(let index):
            let layers = try await result(of: index).layers
            try await ready(layers)
            return try store.open(layers, name: stageName(index), in: work)
        case .named(let name):
            if case .folder(let folder)? = request.context(name) {
                return SourceRoot(try Sys.open(folder, O_RDONLY | O_DIRECTORY), name: name)
            }
            let image = try await image(name, platform)
            return try store.open(try builder.state(of: image).layers, name: name, in: work)
        }
    }

    /// The folders that are laid over each other there, top first.
    func folders(_ origin: FileOrigin, _ platform: Platform?) async throws -> [String] {
        switch origin {
        case .context: return [context]
        case .stage(let index):
            let layers = try await result(of: index).layers
            try await ready(layers)
            return try store.folders(layers)
        case .named(let name):
            if case .folder(let folder)? = request.context(name) { return [folder] }
            return try store.folders(try builder.state(of: try await image(name, platform)).layers)
        }
    }

    /// The time of what has none of its own: the same on every machine.
    func folderTime(_ current: StageState) -> Timestamp {
        request.epoch ?? Timestamp(rfc3339: current.created) ?? Timestamp(nanoseconds: 0)
    }

    // MARK: WORKDIR

    /// Nil where the folder is there.
    func makeFolder(_ path: String, _ step: Step, _ id: Int, _ identity: String, _ current: StageState)
        async throws -> StageLayer?
    {
        let relative = String(path.dropFirst())
        let key = CacheKey(folder: path, parent: current.chain)
        let known = lookup(key.text)
        if let known, known.record.diffID == nil {
            note(id, key.text)
            return nil
        }
        if known == nil {
            try await ready(current.layers)
            if try isThere(relative, current) {
                note(id, key.text)
                try cache.store(CacheRecord(key: key.text, text: step.text))
                return nil
            }
        }
        let store = store
        let work = work
        let time = folderTime(current)
        return try await layer(key, step, id, identity) {
            try await Blocking.run { () throws(EscaleError) in
                let overlay = try StepOverlay(on: current.layers, store: store, work: work)
                var options = FileSetWriter.Options()
                options.folderTime = time
                var writer = FileSetWriter(root: overlay.root.raw, options)
                _ = try writer.makeFolder(relative)
                writer.finish()
                return overlay.upper
            }
        }
    }

    private func isThere(_ folder: String, _ current: StageState) throws(EscaleError) -> Bool {
        if current.layers.isEmpty { return folder.isEmpty }
        return try store.open(current.layers, name: "stage", in: work).isFolder(folder)
    }
}
