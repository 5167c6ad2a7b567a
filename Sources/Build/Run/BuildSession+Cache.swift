import Engine
import Images
import Linux
import OCI
import RegistryClient
import Support
import Synchronization

/// What a key stands for.
struct KnownStep: Sendable {
    var record: CacheRecord
    /// The imported cache that says so.
    var source: String?
}

/// A layer that is elsewhere, and comes when its files are needed.
struct PromisedLayer: Sendable {
    var record: CacheRecord
    var blob: Descriptor
    var cache: ImportedCache
}

// MARK: Finding

extension BuildSession {
    /// In the kit's own cache, else in an imported one.
    /// - Parameter isNew: made in this very build, which `--no-cache` does not mean.
    func lookup(_ key: String, isNew: Bool = false) -> KnownStep? {
        if request.noCache, !isNew { return nil }
        if let own = builder.available(key) { return KnownStep(record: own) }
        return state.withLock { s in
            for cache in s.caches {
                guard let step = cache.steps[key] else { continue }
                var record = CacheRecord(
                    key: key, text: "", diffID: step.diffID, sameAs: step.sameAs, bytes: step.bytes ?? 0,
                    created: step.created ?? "")
                if let diffID = step.diffID, let blob = step.layer.flatMap({ cache.layers[$0] }) {
                    record.blob = blob
                    s.promised[diffID] = PromisedLayer(record: record, blob: blob, cache: cache)
                }
                return KnownStep(record: record, source: cache.name)
            }
            return nil
        }
    }

    /// Remembers that a step came under this key, for those whom it is told.
    func note(_ id: Int, _ key: String) { state.withLock { $0.keys[id, default: []].append(key) } }

    /// Nil for a step that has none.
    func layer(_ known: KnownStep) -> StageLayer? {
        guard let diffID = known.record.diffID else { return nil }
        cache.touch(known.record.key)
        return StageLayer(
            diffID: diffID, bytes: known.record.bytes, created: clamp(known.record.created),
            blob: known.record.blob, key: known.record.key)
    }

    /// A step by what is known of it without any file: nil where that was not seen before, or its layer has gone.
    func layer(by definition: CacheKey, _ id: Int, _ identity: String) -> StageLayer? {
        guard let content = lookup(definition.text)?.record.sameAs, let known = lookup(content),
            let layer = layer(known)
        else { return nil }
        cache.touch(definition.text)
        for key in [definition.text, content] { note(id, key) }
        reasons.keep(identity)
        emit(.cached(id, reason: CacheReason(.hit, source: known.source)))
        return layer
    }

    func remember(_ definition: CacheKey, leadsTo key: CacheKey, _ step: Step, _ id: Int) {
        note(id, definition.text)
        try? cache.store(CacheRecord(key: definition.text, text: step.text, sameAs: key.text))
    }

    /// The layers that files are taken from; nil for a folder, which has none.
    func chain(of origin: FileOrigin, _ platform: Platform?) async throws -> String? {
        switch origin {
        case .context: return nil
        case .stage(let index): return try await result(of: index).chain
        case .named(let name):
            if case .folder? = request.context(name) { return nil }
            return try builder.state(of: try await image(name, platform)).chain
        }
    }
}

// MARK: Importing

extension BuildSession {
    private func client() throws(EscaleError) -> RegistryClient {
        RegistryClient(
            store: store, settings: try .load(builder.kit), cancellation: cancellation,
            credential: { [request] in request.credentials[$0] })
    }

    /// Brings what other kits tell of what they built. One that can't be had is told of, no more.
    func importCaches() async {
        if request.noCache { return }
        for place in request.cacheFrom {
            emit(.status("importing cache from \(place.name)"))
            do {
                let cache = try await Blocking.run { [self] () throws(EscaleError) in
                    try ImportedCache.load(place, self.store, try client())
                }
                state.withLock { $0.caches.append(cache) }
            } catch {
                emit(.warning("cache not imported from \(place.name): \(EscaleError.wrap(error).message)"))
            }
        }
    }

    /// Brings the layers that were only promised so far: now their files are needed.
    func ready(_ layers: [StageLayer]) async throws {
        let missing = layers.filter { store.unpackedFolder($0.diffID) == nil }
        if missing.isEmpty { return }
        let promised = state.withLock { s in missing.compactMap { s.promised[$0.diffID] } }
        for layer in promised {
            emit(.status("fetching \(layer.blob.digest.short) from \(layer.cache.name)"))
        }
        let failed = Mutex<PromisedLayer?>(nil)
        do {
            try await Blocking.run { [self] () throws(EscaleError) in
                try Parallel.forEach(promised, limit: RegistryClient.parallel) {
                    [self] layer throws(EscaleError) in
                    do throws(EscaleError) { try fetch(layer) } catch {
                        failed.withLock { $0 = layer }
                        throw error
                    }
                }
            }
        } catch {
            guard let lost = failed.withLock({ $0 }), !Task.isCancelled else { throw error }
            betrayed(by: lost.cache, error)
            throw error
        }
    }

    /// From now on it is this kit's own.
    private func fetch(_ layer: PromisedLayer) throws(EscaleError) {
        guard let diffID = layer.record.diffID else { return }
        try layer.cache.fetch(layer.blob)
        try hold.unpack([(blob: layer.blob, diffID: diffID)])
        try store.keep(diffID)
        try cache.store(layer.record)
    }

    private func betrayed(by cache: ImportedCache, _ error: any Error) {
        let isNew = state.withLock { s in
            s.isBetrayed = true
            let before = s.caches.count
            s.caches.removeAll { $0.name == cache.name }
            return s.caches.count < before
        }
        if isNew {
            emit(.warning("cache of \(cache.name) is not used: \(EscaleError.wrap(error).message)"))
        }
    }

    /// Whether a build failed only because a cache's promise was not kept; then it is as if it had not begun.
    func forgive() -> Bool {
        state.withLock { s in
            guard s.isBetrayed else { return false }
            let caches = s.caches
            s = State()
            s.caches = caches
            return true
        }
    }
}

// MARK: Exporting

extension BuildSession {
    /// Ids of the steps that the image's own layers come from.
    private func stepsOfTarget() -> [Int] {
        var ids: [Int] = []
        var next: Int? = plan.target
        while let index = next {
            ids += steps(of: index)
            if case .stage(let other)? = plan.stages[index]?.base { next = other } else { next = nil }
        }
        return ids
    }

    private func steps(of stage: Int) -> [Int] {
        guard let compiled = state.withLock({ $0.stages[stage] }) else { return [] }
        return Array((compiled.firstID + 1)..<(compiled.firstID + 1 + compiled.steps.count))
    }

    /// What was built, as others are told, and the blobs that belong to it. Blocks: a layer that no image
    /// needed yet is compressed now.
    private func shared(_ ids: [Int]) throws(EscaleError) -> (SharedCache, [Descriptor]) {
        let keys = state.withLock { s in ids.sorted().flatMap { s.keys[$0] ?? [] } }
        var steps: [SharedCache.Step] = []
        var blobs: [Descriptor] = []
        var seen = Set<String>()
        for key in keys where seen.insert(key).inserted {
            guard let known = lookup(key, isNew: true) else { continue }
            var step = SharedCache.Step(key: key)
            step.sameAs = known.record.sameAs
            if let diffID = known.record.diffID {
                guard let blob = try blob(known.record, diffID) else { continue }
                step.layer = blob.digest
                step.diffID = diffID
                step.bytes = known.record.bytes
                step.created = clamp(known.record.created)
                if !blobs.contains(where: { $0.digest == blob.digest }) { blobs.append(blob) }
            }
            steps.append(step)
        }
        return (SharedCache(steps: steps), blobs)
    }

    /// Nil for one that has gone meanwhile.
    private func blob(_ record: CacheRecord, _ diffID: Digest) throws(EscaleError) -> Descriptor? {
        if let blob = record.blob, store.hasBlob(blob) { return blob }
        if store.unpackedFolder(diffID) != nil {
            let blob = try store.layerBlob(diffID)
            var record = record
            record.blob = blob
            try cache.store(record)
            return blob
        }
        return state.withLock { $0.promised[diffID]?.blob }
    }

    /// The annotation of the image's manifest, where it is asked to tell how it was built.
    func inlineCache(_ layers: [Descriptor]) throws(EscaleError) -> [String: String]? {
        guard request.cacheTo.contains(where: { $0.kind == .inline }) else { return nil }
        let own = Set(layers.map(\.digest))
        var (document, _) = try shared(stepsOfTarget())
        document.steps.removeAll { $0.layer.map { !own.contains($0) } ?? false }
        return [SharedCache.annotation: try JSON.encode(document).text()]
    }

    /// A cache that can't be taken somewhere is told of: the image is there all the same.
    func exportCaches() async {
        for place in request.cacheTo where place.kind != .inline {
            emit(.status("exporting cache to \(place.name)"))
            do {
                try await Blocking.run { [self] () throws(EscaleError) in try export(place) }
            } catch {
                emit(.warning("cache not exported to \(place.name): \(EscaleError.wrap(error).message)"))
            }
        }
    }

    private func export(_ place: CachePlace) throws(EscaleError) {
        let ids = place.isMax ? plan.order.flatMap { steps(of: $0) } : stepsOfTarget()
        let (document, blobs) = try shared(ids)
        let config = try store.blobs.write(
            try JSON.encode(document).bytes(), mediaType: SharedCache.configType)
        let manifest = try JSON.encode(SharedCache.manifest(config: config, layers: blobs)).bytes()
        let promised = state.withLock { s in
            Dictionary(s.promised.values.map { ($0.blob.digest, $0) }, uniquingKeysWith: { a, _ in a })
        }
        let bring: @Sendable (Descriptor) throws(EscaleError) -> Void = { blob throws(EscaleError) in
            try promised[blob.digest]?.cache.fetch(blob)
        }
        switch place.kind {
        case .folder(let path, let tag):
            let folder = CacheFolder(path)
            try Files.makeDirectory(path)
            for blob in blobs + [config] {
                if folder.blobs.has(blob) { continue }
                if !store.blobs.has(blob) { try bring(blob) }
                try store.blobs.copy(blob, to: folder.blobs)
            }
            try folder.write(manifest, tag: tag)
        case .registry(let reference), .image(let reference):
            let kept = try hold.addManifest(manifest, mediaType: MediaType.manifest)
            try client().push(kept, as: reference, bring: bring)
        case .inline: break
        }
    }
}
