import Engine
import Images
import Linux
import OCI
import RegistryClient
import Support

/// How a build's images are to be found.
struct ImageWish: Sendable {
    /// As `--platform` asks; nil is this machine's.
    var platform: Platform?
    /// `--pull`: the registry is asked even where the image is here.
    var pulls = false
    /// By a registry's domain.
    var credentials: [String: Credential] = [:]
}

extension Builder {
    /// An image of the store; pulled first where it is missing, or where that is asked for.
    /// - Parameter tell: lines for people.
    func image(
        _ name: String, _ wish: ImageWish, tell: @escaping @Sendable (String) -> Void
    ) async throws(EscaleError) -> Image {
        let store = store
        let cancellation = Cancellation()
        let found: Result<Image, EscaleError> = await withTaskCancellationHandler {
            do throws(EscaleError) {
                return .success(
                    try await Blocking.run { () throws(EscaleError) in
                        try Self.find(store, name, wish, cancellation, tell)
                    })
            } catch { return .failure(error) }
        } onCancel: {
            cancellation.cancel()
        }
        return try found.get()
    }

    private static func find(
        _ store: ImageStore, _ name: String, _ wish: ImageWish, _ cancellation: Cancellation,
        _ tell: @escaping @Sendable (String) -> Void
    ) throws(EscaleError) -> Image {
        var missing: EscaleError?
        do {
            let image = try store.resolve(name, platform: wish.platform)
            // Of an image for several platforms, only another machine's may be here.
            let isOther =
                wish.platform == nil && MediaType.isIndex(image.target.mediaType)
                && Platform.current.rank(image.platform) == nil
            // An id is what it is, and so is a digest.
            guard wish.pulls || isOther, let reference = try? Reference(name), reference.digest == nil,
                image.names.contains(reference), reference.mayBePulled
            else { return image }
        } catch {
            guard error.code == .notFound else { throw error }
            missing = error
        }
        let reference = try Reference(name)
        if let missing, !reference.mayBePulled { throw missing }
        let client = RegistryClient(
            store: store, settings: try .load(store.kit), cancellation: cancellation,
            credential: { wish.credentials[$0] },
            tell: { progress in
                // Counted bytes are many; what is left is a few lines a layer.
                guard progress.current == nil else { return }
                tell((progress.id.map { "\($0): " } ?? "") + progress.status)
            })
        do { return try client.pull(reference, platform: wish.platform, keepsIndex: true).image } catch {
            // Offline the image that is missing matters, not the road to where it may be.
            guard let missing, [.unavailable, .timeout].contains(error.code) else { throw error }
            throw EscaleError(
                missing.code, "\(missing.message) (\(error.message))", errno: error.errno,
                repair: error.repair ?? "escale images; escale pull \(reference.familiar)")
        }
    }
}
