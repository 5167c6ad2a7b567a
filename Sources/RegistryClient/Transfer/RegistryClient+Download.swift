import Images
import Linux
import OCI
import Support

/// Where blobs of a repository come from.
package struct BlobSource: Sendable {
    let reference: Reference
    /// The one that had the manifest: asked first.
    let endpoint: Endpoint
}

extension RegistryClient {
    /// Brings a blob into the store, checked. What an earlier attempt left is gone on with.
    /// - Parameter progress: bytes that are here.
    /// - Returns: false where it was here already.
    @discardableResult
    func download(
        _ blob: Descriptor, _ source: BlobSource, progress: @escaping @Sendable (Int64) -> Void
    )
        throws(EscaleError) -> Bool
    {
        guard let ingest = try store.blobs.ingest(blob) else { return false }
        let others = Endpoint.forPull(source.reference.domain, session.settings).filter {
            $0 != source.endpoint
        }
        var failure: RegistryFailure?
        for endpoint in [source.endpoint] + others {
            do throws(RegistryFailure) {
                try download(blob, source.reference.path, endpoint, ingest, progress)
                return true
            } catch {
                if error.error.code == .interrupted || error.error.code == .noSpace { throw error.error }
                failure = failure ?? error
            }
        }
        throw (failure?.error ?? EscaleError(.internal, "no endpoint")).within("blob \(blob.digest)")
    }

    private func download(
        _ blob: Descriptor, _ path: String, _ endpoint: Endpoint, _ first: BlobIngest,
        _ progress: @escaping @Sendable (Int64) -> Void
    ) throws(RegistryFailure) {
        var ingest = first
        var tried = 0
        while true {
            let before = ingest.offset
            do throws(RegistryFailure) {
                if before < blob.size || blob.size == 0 {
                    try receive(blob, path, endpoint, ingest, progress)
                }
                return try commit(ingest, blob)
            } catch {
                // What came counts as progress, unless it was wrong.
                if ingest.offset > before, error.kind != .wrongContent { tried = 0 }
                tried += 1
                try session.pause(error, tried: tried)
                if error.kind == .wrongContent {
                    // The file that it was in is gone, or ends here.
                    ingest.abandon()
                    guard let again = try local({ () throws(EscaleError) in try store.blobs.ingest(blob) })
                    else {
                        return
                    }
                    ingest = again
                }
            }
        }
    }

    /// One request for what is missing.
    private func receive(
        _ blob: Descriptor, _ path: String, _ endpoint: Endpoint, _ ingest: BlobIngest,
        _ progress: @escaping @Sendable (Int64) -> Void
    ) throws(RegistryFailure) {
        let start = ingest.offset
        var request = RegistrySession.Request(
            "GET", "\(path)/blobs/\(blob.digest)", scopes: [TokenScope(path)])
        if start > 0 { request.headers.append(("Range", "bytes=\(start)-")) }
        var isFirst = true
        do throws(RegistryFailure) {
            _ = try session.ask(endpoint, request) { (response, bytes) throws(EscaleError) in
                if isFirst {
                    isFirst = false
                    // A server without ranges begins at the beginning.
                    if start > 0, !ContentRange.begins(response, at: start) { try ingest.restart() }
                }
                try ingest.write(bytes)
                progress(ingest.offset)
            }
        } catch {
            // Nothing to send from there on: what is here is not a beginning of it.
            if error.status == 416 { throw RegistryFailure(.wrongContent, error.error) }
            throw error
        }
    }

    private func commit(_ ingest: BlobIngest, _ blob: Descriptor) throws(RegistryFailure) {
        do throws(EscaleError) { try ingest.commit() } catch {
            // An answer that ended early without saying so can be gone on with.
            let isShort = error.code == .corrupt && ingest.offset < blob.size
            throw RegistryFailure(
                isShort ? .cut : error.code == .corrupt ? .wrongContent : .unreachable, error)
        }
    }

    func local<R>(_ body: () throws(EscaleError) -> R) throws(RegistryFailure) -> R {
        do throws(EscaleError) { return try body() } catch { throw RegistryFailure(error) }
    }
}

/// `Content-Range: bytes 100-199/200` (RFC 9110, section 14.4).
package enum ContentRange {
    package static func begins(_ response: HTTPResponse, at start: Int64) -> Bool {
        guard response.status == 206 else { return false }
        guard let range = response.headers["content-range"] else { return true }
        let numbers = range.drop { !$0.isNumber }.prefix { $0.isNumber }
        return Int64(numbers) == start
    }
}
