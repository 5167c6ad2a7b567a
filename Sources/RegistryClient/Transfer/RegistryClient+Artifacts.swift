import Images
import Linux
import OCI
import Support

/// What a registry keeps that is no image to run: a build cache is a manifest like any other, its blobs taken
/// one by one.
extension RegistryClient {
    /// The manifest behind a name; of an index the one for this machine.
    package func imageManifest(_ reference: Reference) throws(EscaleError) -> RemoteManifest {
        try choose(try manifest(reference), reference, nil)
    }

    /// Brings a blob of a manifest into the store, checked.
    package func fetch(_ blob: Descriptor, of manifest: RemoteManifest, _ reference: Reference)
        throws(EscaleError)
    {
        let source = BlobSource(reference: reference, endpoint: manifest.endpoint)
        let meter = ProgressMeter(blob.digest.short, "Downloading", total: blob.size, tell)
        try download(blob, source) { meter.reached($0) }
    }

    /// Sends a manifest under a name, after its blobs.
    /// - Parameters:
    ///   - manifest: in the store, with its configuration.
    ///   - bring: puts a layer into the store that isn't there; only asked for those that the registry
    ///     lacks too.
    package func push(
        _ manifest: Descriptor, as reference: Reference,
        bring: @escaping @Sendable (Descriptor) throws(EscaleError) -> Void
    ) throws(EscaleError) {
        let content: ImageManifest = try JSON.parse(try store.blobs.read(manifest.digest)).decode()
        let target = PushTarget(
            endpoint: Endpoint.of(reference.domain, session.settings), path: reference.path)
        try Parallel.forEach(content.layers + [content.config], limit: Self.parallel) {
            blob throws(EscaleError) in
            do throws(RegistryFailure) {
                if !store.blobs.has(blob) {
                    if try isThere(blob, target) { return }
                    try local { () throws(EscaleError) in try bring(blob) }
                }
                try upload(blob, target, from: nil, isShown: true)
            } catch { throw PullWords.pushError(error, reference) }
        }
        do throws(RegistryFailure) {
            try put(manifest, as: reference.tag ?? manifest.digest.description, target)
        } catch { throw PullWords.pushError(error, reference) }
    }
}
