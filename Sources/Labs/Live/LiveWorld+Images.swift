import DockerClient
import Glibc
import Images
import Linux
import Support

extension LiveWorld {
    /// A reference's slashes are part of the path in Docker's API.
    private static func path(_ reference: String) -> String {
        let parts = reference.split(separator: "/").map { DockerClient.encode(String($0)) }
        return "/images/\(parts.joined(separator: "/"))"
    }

    public func image(_ reference: String) throws(Unread) -> JSON? {
        try find("\(Self.path(reference))/json")
    }

    public func imageNames() throws(Unread) -> [String] {
        do {
            return try (docker.get("/images/json").array ?? []).flatMap { image in
                ["RepoTags", "RepoDigests"].flatMap { image[$0].array ?? [] }.compactMap(\.string)
            }
        } catch { throw Self.unread(error) }
    }

    public func remove(image: String) throws(Unread) {
        do { try docker.delete(Self.path(image), [("force", "1")]) } catch  where error.code == .notFound {
            return
        } catch { throw Self.unread(error) }
    }

    public func layerSizes(_ reference: String) throws(Unread) -> [Int64] {
        if let history = try find("\(Self.path(reference))/history")?.array {
            let sizes = history.compactMap { $0["Size"].int }.filter { $0 > 0 }.map(Int64.init)
            if !sizes.isEmpty { return sizes.reversed() }
        }
        return try image(reference)?["Size"].int.map { [Int64($0)] } ?? []
    }

    public func places(of text: String, in image: String) throws(Unread) -> [String] {
        do {
            guard docker.isOurs else {
                let archive = try docker.request("GET", "\(Self.path(image))/get").body
                return try ImageSearch.places(of: text, inArchive: archive)
            }
            // The store's own blobs, as they would travel.
            let store = ImageStore(kit: kit)
            let found = try store.resolve(image)
            let digests = [found.manifest.config.digest] + found.layers.map(\.digest)
            let blobs = try digests.map { (d) throws(EscaleError) in try Files.read(store.blobs.path(d)) }
            return try ImageSearch.places(of: text, in: blobs)
        } catch { throw Self.unread(error) }
    }

    public func tryOut(_ image: String, _ arguments: [String]) throws(Unread) -> (status: Int, output: String)
    {
        try whileThere(image, arguments) { (id) throws(EscaleError) in
            var failure: String?
            do throws(EscaleError) { try docker.post("/containers/\(id)/start") } catch {
                failure = error.message
            }
            let started = Monotonic.now
            while true {
                let state = try docker.get("/containers/\(id)/json")["State"]
                if failure != nil || state["Running"].bool != true {
                    let log = try docker.request(
                        "GET", "/containers/\(id)/logs", [("stdout", "1"), ("stderr", "1")])
                    var decoder = FrameDecoder()
                    let output = String(decoding: try decoder.feed(log.body).flatMap(\.data), as: UTF8.self)
                    return (state["ExitCode"].int ?? 0, output + (failure ?? ""))
                }
                guard started.elapsedMilliseconds < 8000 else {
                    throw EscaleError(.timeout, "docker run --rm \(image) does not end")
                }
                _ = poll(nil, 0, 20)
            }
        }
    }

    public func file(_ path: String, inImage reference: String) throws(Unread) -> String? {
        // Never started; an image without a command needs one even so.
        try whileThere(reference, ["true"]) { (id) throws(EscaleError) -> String? in
            do throws(EscaleError) {
                return TarText.first(
                    try docker.request("GET", "/containers/\(id)/archive", [("path", path)]).body)
            } catch  where error.code == .notFound { return nil }
        }
    }

    /// A container of the image for as long as the body lasts.
    private func whileThere<R>(
        _ image: String, _ arguments: [String], _ body: (String) throws(EscaleError) -> R
    ) throws(Unread) -> R {
        do throws(EscaleError) {
            var config = JSONObject([("Image", .string(image))])
            if !arguments.isEmpty { config["Cmd"] = JSON(arguments) }
            let created = try docker.post(
                "/containers/create", [("name", "\(EventStream.ownMark)-\(Hex.random(4))")],
                body: .object(config))
            guard let id = created["Id"].string else {
                throw EscaleError(.internal, "a container without an id")
            }
            defer { _ = try? docker.delete("/containers/\(id)", [("force", "1"), ("v", "1")]) }
            return try body(id)
        } catch {
            if error.code == .timeout {
                throw Unread("un conteneur de l’image « \(image) » ne se termine pas de lui-même")
            }
            throw Self.unread(error)
        }
    }
}
