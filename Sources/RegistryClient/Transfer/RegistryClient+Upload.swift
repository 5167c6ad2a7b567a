import Images
import Linux
import OCI
import Support
import Synchronization

extension RegistryClient {
    /// Makes sure that the registry has a blob: asks, mounts, or sends it (distribution-spec, "Push").
    func upload(_ blob: Descriptor, _ target: PushTarget, from source: String?, isShown: Bool)
        throws(RegistryFailure)
    {
        let id = blob.digest.short
        func say(_ status: String) { if isShown { tell(RegistryProgress(status, id: id)) } }
        let scopes = [TokenScope(target.path, push: true)] + (source.map { [TokenScope($0)] } ?? [])
        if try isThere(blob, target) { return say("Layer already exists") }
        let file: FD
        do throws(EscaleError) { file = try store.blobs.open(blob.digest) } catch {
            throw RegistryFailure(error)
        }
        let descriptor = file.raw
        let meter = ProgressMeter(id, "Pushing", total: blob.size, tell)
        var tried = 0
        /// Where an upload that was cut can be gone on with.
        var session: UploadSession?
        while true {
            let before = session?.offset ?? 0
            do throws(RegistryFailure) {
                if session == nil {
                    guard let begun = try begin(blob, target, scopes, source) else {
                        return say(source.map { "Mounted from \($0)" } ?? "Layer already exists")
                    }
                    session = begun
                } else if let cut = session {
                    session = try resume(cut, target, scopes)
                }
                if let open = session {
                    try finish(blob, open, descriptor, target, scopes) { if isShown { meter.reached($0) } }
                }
                return say("Pushed")
            } catch {
                if (session?.offset ?? 0) > before { tried = 0 }
                tried += 1
                // The upload is not known there any more, or can't be gone on with (the registry may still be busy
                // with the cut request): from the beginning.
                if let status = error.status, [400, 404, 416].contains(status), session != nil, tried < 3 {
                    session = nil
                    continue
                }
                if error.status == 400 || error.status == 413 { throw error }
                try self.session.pause(error, tried: tried)
                // The registry may have had it all before the connection was cut.
                if try isThere(blob, target) { return say("Pushed") }
            }
        }
    }

    func isThere(_ blob: Descriptor, _ target: PushTarget) throws(RegistryFailure) -> Bool {
        let request = RegistrySession.Request(
            "HEAD", "\(target.path)/blobs/\(blob.digest)", scopes: [TokenScope(target.path, push: true)])
        do throws(RegistryFailure) {
            _ = try session.retrying { () throws(RegistryFailure) in try session.ask(target.endpoint, request)
            }
            return true
        } catch {
            if error.status == 404 { return false }
            throw error
        }
    }

    /// An open upload: where to send to, and how many bytes are there.
    struct UploadSession {
        var location: String
        var offset: Int64 = 0
    }

    /// Opens an upload; nil where the blob was mounted instead.
    private func begin(_ blob: Descriptor, _ target: PushTarget, _ scopes: [TokenScope], _ source: String?)
        throws(RegistryFailure) -> UploadSession?
    {
        var address = "\(target.path)/blobs/uploads/"
        if let source {
            address = Address.adding("mount", blob.digest.description, to: address)
            address = Address.adding("from", source, to: address)
        }
        var request = RegistrySession.Request("POST", address, scopes: scopes)
        request.body = .bytes([])
        let response = try session.ask(target.endpoint, request)
        if response.status == 201 { return nil }
        return UploadSession(location: try location(response))
    }

    /// Asks how far an upload got that was cut.
    private func resume(_ upload: UploadSession, _ target: PushTarget, _ scopes: [TokenScope])
        throws(RegistryFailure) -> UploadSession
    {
        let response = try session.ask(target.endpoint, .init("GET", upload.location, scopes: scopes))
        return UploadSession(
            location: (try? location(response)) ?? upload.location, offset: UploadRange.next(response))
    }

    private func location(_ response: HTTPResponse) throws(RegistryFailure) -> String {
        guard let location = response.headers["location"] else {
            throw RegistryFailure(EscaleError(.corrupt, "\(response.url): an upload without Location"))
        }
        return Address.resolve(location, from: response.url)
    }

    /// The bytes, then the digest: in one request where nothing was sent yet, as a last chunk after a cut.
    private func finish(
        _ blob: Descriptor, _ upload: UploadSession, _ file: Int32, _ target: PushTarget,
        _ scopes: [TokenScope], sent: @escaping @Sendable (Int64) -> Void
    ) throws(RegistryFailure) {
        let start = min(upload.offset, blob.size)
        var location = upload.location
        if start > 0, start < blob.size {
            var chunk = RegistrySession.Request(
                "PATCH", location,
                headers: [
                    ("Content-Type", "application/octet-stream"),
                    ("Content-Range", "\(start)-\(blob.size - 1)")
                ], scopes: scopes)
            chunk.body = .file(fd: file, offset: start, count: blob.size - start)
            chunk.sent = { sent(start + $0) }
            location = try self.location(try session.ask(target.endpoint, chunk))
        }
        var request = RegistrySession.Request(
            "PUT", Address.adding("digest", blob.digest.description, to: location),
            headers: [("Content-Type", "application/octet-stream")], scopes: scopes)
        request.body = start > 0 ? .bytes([]) : .file(fd: file, offset: 0, count: blob.size)
        if start == 0 { request.sent = sent }
        _ = try session.ask(target.endpoint, request)
    }
}

/// `Range: 0-99` of an upload (distribution-spec, "Pushing a blob in chunks").
package enum UploadRange {
    /// The first byte that is missing there. `0-0` stands for nothing with some registries, and for one byte
    /// with others: to send from the beginning is right for both.
    package static func next(_ response: HTTPResponse) -> Int64 {
        let numbers = (response.headers["range"] ?? "").drop { !$0.isNumber }.split(separator: "-")
        guard numbers.count == 2, let last = Int64(numbers[1]), last > 0 else { return 0 }
        return last + 1
    }
}

/// The first of several threads' failures.
final class FirstFailure: Sendable {
    private let failure = Mutex<RegistryFailure?>(nil)
    var first: RegistryFailure? { failure.withLock { $0 } }
    func note(_ one: RegistryFailure) { failure.withLock { if $0 == nil { $0 = one } } }
}
