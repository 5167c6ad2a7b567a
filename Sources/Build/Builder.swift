import Engine
import Images
import Linux
import OCI
import Support

/// What all builds of a kit share.
package final class Builder: Sendable {
    package let kit: Kit
    package let engine: Engine
    package let store: ImageStore
    package let cache: BuildCache
    /// As many commands as CPUs run at the same time.
    let slots: AsyncSlots
    let mounts: CacheMounts
    /// Keys of steps that are being done: another build that needs one waits, and finds it.
    let steps = AsyncLocks()

    package init(engine: Engine, store: ImageStore) {
        self.engine = engine
        self.store = store
        kit = engine.kit
        cache = BuildCache(kit: engine.kit)
        mounts = CacheMounts(kit: engine.kit)
        slots = AsyncSlots(max(2, HostFacts.current.cpus))
        Workspace.sweep(engine.kit)
    }

    /// The record of a key whose layer is at hand, if it has one.
    func available(_ key: String) -> CacheRecord? {
        guard let record = cache.find(key) else { return nil }
        if let diffID = record.diffID, store.unpackedFolder(diffID) == nil { return nil }
        return record
    }

    /// A stage that begins with an image.
    func state(of image: Image) throws(EscaleError) -> StageState {
        _ = try store.lowerFolders(image)
        let created = image.config.created ?? Timestamp(nanoseconds: 0).rfc3339
        var state = StageState(platform: image.platform, created: created)
        state.layers = zip(image.layers, image.diffIDs).map {
            StageLayer(diffID: $1, bytes: store.unpackedSize($1) ?? 0, created: created, blob: $0)
        }
        state.config = image.execution
        state.history = image.config.history ?? []
        state.author = image.config.author
        state.base = image.idText
        return state
    }

    func epochOrZero(_ request: BuildRequest) -> String {
        (request.epoch ?? Timestamp(nanoseconds: 0)).rfc3339
    }
}
