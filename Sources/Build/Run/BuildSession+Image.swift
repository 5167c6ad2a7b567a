import Engine
import Images
import Linux
import OCI
import Support

extension BuildSession {
    /// The image of the target's layers: what has no blob yet is compressed.
    func finish(_ final: StageState) async throws -> Image {
        try await ready(final.layers)
        emit(.status("exporting layers"))
        var layers: [Descriptor] = []
        let store = store
        for layer in final.layers {
            if let blob = layer.blob, store.hasBlob(blob) {
                layers.append(blob)
                continue
            }
            let blob = try await Blocking.run { () throws(EscaleError) in try store.layerBlob(layer.diffID) }
            layers.append(blob)
            if let key = layer.key, var record = cache.find(key) {
                record.blob = blob
                try cache.store(record)
            }
        }
        var config = ImageConfig(
            platform: final.platform, config: final.config, diffIDs: final.layers.map(\.diffID),
            history: final.history, created: final.created, author: final.author)
        for (name, value) in request.labels { config.config?.labels[name] = value }
        emit(.status("exporting manifest and configuration"))
        let stored = zip(layers, final.layers).map {
            StoredLayer(blob: $0, diffID: $1.diffID, history: .init())
        }
        return try hold.finish(
            layers: stored, wholeConfig: config, names: request.tags, annotations: try inlineCache(layers))
    }
}
