import Archive
import Images
import OCI
import Support

/// Images and containers as tar archives: `save`, `load`, `import`, `export`.
extension Engine {
    /// The kit's store. Throws `.unavailable` where the images are a test's.
    package nonisolated func imageStore() throws(EscaleError) -> ImageStore {
        guard let library = images as? StoreLibrary else {
            throw EscaleError(.unavailable, "this engine has no image store")
        }
        return library.store
    }

    /// Checks that `save` can give these images, before an answer begins.
    package nonisolated func checkSaved(_ names: [String], platform: Platform?) throws(EscaleError) {
        guard !names.isEmpty else { throw EscaleError(.invalid, "no image to save") }
        for name in names { _ = try imageStore().resolve(name, platform: platform) }
    }

    package nonisolated func saveImages(
        _ names: [String], platform: Platform?, as shown: [Reference],
        _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        let store = try imageStore()
        try await BlockingPipe.read(write) { (sink) throws(EscaleError) in
            try store.save(names, platform: platform, as: shown, to: sink)
        }
    }

    /// - Returns: a line for each image, as Docker words them.
    package nonisolated func loadImages(
        platform: Platform?, _ next: @Sendable () async throws(EscaleError) -> [UInt8]?
    ) async throws(EscaleError) -> [String] {
        let store = try imageStore()
        let loaded = try await BlockingPipe.write(next) { (source) throws(EscaleError) in
            try store.load(source, platform: platform)
        }
        for one in loaded {
            imageEvent("load", one.image.idText, one.names.first?.familiar ?? one.image.idText)
        }
        return loaded.flatMap { one in
            one.names.isEmpty
                ? ["Loaded image ID: \(one.image.idText)"] : one.names.map { "Loaded image: \($0.familiar)" }
        }
    }

    /// `docker import`; the new image's id.
    package nonisolated func importImage(
        name: String?, message: String, changes: [String], platform: Platform?,
        _ next: @Sendable () async throws(EscaleError) -> [UInt8]?
    ) async throws(EscaleError) -> String {
        let store = try imageStore()
        let names = try name.map { text throws(EscaleError) in [try Self.tagReference(text)] } ?? []
        var config = ImageConfig(platform: platform ?? .current, created: Timestamp.now.rfc3339)
        config.config = try CommitChange.apply(changes, to: .init())
        let made = config
        let image = try await BlockingPipe.write(next) { (source) throws(EscaleError) in
            try store.importTree(source, config: made, comment: message, names: names)
        }
        imageEvent("import", image.idText, names.first?.familiar ?? image.idText)
        return image.idText
    }

    static func tagReference(_ text: String) throws(EscaleError) -> Reference {
        let reference = try Reference(text)
        guard reference.digest == nil, reference.tag != nil else {
            throw EscaleError(.invalid, "refusing to create a tag with a digest reference")
        }
        return reference
    }
}

extension Engine {
    package struct CommitRequest: Sendable {
        package var container: String
        /// `NAME[:TAG]`; nil for an image without a name.
        package var name: String?
        package var message = ""
        package var author = ""
        package var changes: [String] = []
        /// The container stands still while its files are read.
        package var pauses = true

        package init(container: String, name: String?) {
            self.container = container
            self.name = name
        }
    }

    /// `docker commit`: the container's image, and a layer of what it has changed; the new image's id.
    package func commit(_ request: CommitRequest) async throws(EscaleError) -> String {
        let c = try find(request.container)
        let store = try imageStore()
        let names = try request.name.map { n throws(EscaleError) in [try Self.tagReference(n)] } ?? []
        let base = try store.resolve(c.record.image)
        var execution = try Self.execution(of: c.options.config)
        execution.onBuild = base.execution.onBuild
        execution.shell = base.execution.shell
        execution = try CommitChange.apply(request.changes, to: execution)
        var config = base.config
        config.config = execution
        config.created = Timestamp.now.rfc3339
        if !request.author.isEmpty { config.author = request.author }
        let command = c.options.args.joined(separator: " ")
        let history = ImageConfig.History(
            created: config.created, createdBy: command,
            comment: request.message.isEmpty ? nil : request.message)
        let upper = c.paths.upper
        let skipped = ImageImport.mountPoints.union(
            c.options.mounts.map { String($0.destination.drop { $0 == "/" }) })
        let pauses = request.pauses && c.state.status == .running
        if pauses { try pause(c.id) }
        defer { if pauses { try? unpause(c.id) } }
        let made = config
        let image = try await Blocking.run { () throws(EscaleError) in
            let session = try store.beginImport()
            let layer = try session.addLayer(upper: upper, skipping: skipped, history: history)
            var whole = made
            whole.history = (made.history ?? []) + [layer.history]
            return try session.finish(
                layers: session.layers(of: base) + [layer], wholeConfig: whole, names: names)
        }
        emit(c, "commit")
        return image.idText
    }

    /// What of a container's configuration an image keeps.
    private static func execution(of config: JSONObject) throws(EscaleError) -> ImageConfig.Execution {
        try JSON.object(config).decode()
    }
}
