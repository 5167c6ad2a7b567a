import Archive
import Build
import Engine
import Glibc
import HTTP
import Images
import Linux
import NIOCore
import NIOHTTP1
import OCI
import RegistryClient
import Support
import Synchronization

extension APIRoutes {
    static func build(_ builder: Builder, _ router: inout Router) {
        router.on(.POST, "/build", streamsBody: true) { request throws(EscaleError) in
            try await build(builder, request)
        }
        router.on(.POST, "/build/prune") { request throws(EscaleError) in
            let query = request.query
            let filters = try Filters(try query.json("filters"), accepted: ["until", "id", "label"])
            let all = query.flag("all")
            let keep = try query.integer("keep-storage") ?? 0
            return .ok(
                try await Blocking.run { () throws(EscaleError) in
                    try builder.prune(all: all, keeping: Int64(keep), filters)
                })
        }
        // Our own client's: `build -o DIR`.
        router.on(.GET, "/images/{name*}/rootfs") { request throws(EscaleError) in
            let image = try builder.store.resolve(request.capture("name"))
            return .stream("application/x-tar") { writer in
                try await BlockingPipe.read({ try await writer.write($0) }) { (sink) throws(EscaleError) in
                    try builder.writeRootfs(image, to: sink)
                }
            }
        }
        // Builds end with their connection.
        router.on(.POST, "/build/cancel") { _ throws(EscaleError) in .noContent }
    }

    private static func build(_ builder: Builder, _ request: Request) async throws(EscaleError) -> Response {
        let isOurs = request.headers.first(name: "content-type") == BuildWire.contentType
        let remote = request.query.text("remote")
        var wanted = try BuildRequest(request.query, request.headers)
        guard case .pieces(let body) = request.body else { throw EscaleError(.internal, "no body") }
        let work = try Workspace(kit: builder.kit)
        var received: ReceivedContext
        do {
            received = try await receive(body, isOurs: isOurs, into: work)
            try wanted.take(received)
            (wanted, received) = try await fetch(builder, remote, wanted, received, work)
        } catch {
            work.remove()
            throw error
        }
        let context = received.folder
        let quiet = request.query.flag("q")
        let final = wanted
        return .stream("application/json") { writer in
            defer {
                for guest in final.guests { _ = try? builder.store.remove(guest.description, force: true) }
                work.remove()
            }
            let (events, continuation) = AsyncStream.makeStream(of: BuildEvent.self)
            let task = Task { () async throws(BuildFailure) -> Image in
                defer { continuation.finish() }
                let session = try BuildSession(builder, final, context: context, work: work) {
                    continuation.yield($0)
                }
                return try await session.run()
            }
            try await withTaskCancellationHandler {
                do {
                    var classic = ClassicText()
                    for await event in events {
                        if isOurs {
                            try await writer.write(event.json)
                            continue
                        }
                        let text = classic.say(event)
                        if !quiet, !text.isEmpty { try await writer.write(["stream": .string(text)]) }
                    }
                } catch {
                    // The client has left.
                    task.cancel()
                    _ = try? await task.value
                    throw error
                }
                switch await task.result {
                case .success(let image):
                    if isOurs {
                        try await writer.write([
                            "escale": [
                                "event": "image", "image": .string(image.idText),
                                "manifest": .string(image.manifestDigest.description)
                            ]
                        ])
                    }
                    try await writer.write(["aux": ["ID": .string(image.idText)]])
                    // A message a line: docker-py looks for the first one's end.
                    var lines = [quiet ? image.idText : "Successfully built \(image.id.short)"]
                    if !quiet { lines += final.tags.map { "Successfully tagged \($0.familiar)" } }
                    for line in lines { try await writer.write(["stream": .string(line + "\n")]) }
                case .failure(let error):
                    try await writer.write(
                        ((error as? BuildFailure) ?? BuildFailure(EscaleError.wrap(error))).json)
                }
            } onCancel: {
                task.cancel()
            }
        }
    }

    /// Contexts that the client only named.
    private static func fetch(
        _ builder: Builder, _ remote: String?, _ wanted: BuildRequest, _ received: ReceivedContext,
        _ work: Workspace
    ) async throws(EscaleError) -> (BuildRequest, ReceivedContext) {
        guard remote != nil || !wanted.remotes.isEmpty || !wanted.layouts.isEmpty else {
            return (wanted, received)
        }
        let store = builder.store
        return try await Blocking.run { () throws(EscaleError) in
            var (wanted, received) = (wanted, received)
            let contexts = FetchedContexts(store: store, work: work, cancellation: Cancellation())
            try contexts.fetch(main: remote, &wanted, &received)
            return (wanted, received)
        }
    }

    /// Unpacks the body as it comes.
    private static func receive(_ body: BodyStream, isOurs: Bool, into work: Workspace)
        async throws(EscaleError)
        -> ReceivedContext
    {
        let pipe = try Sys.pipe()
        let pump = Task {
            let out = FD(owning: pipe.write)
            while let piece = await body.next() {
                let bytes = Array(piece.readableBytesView)
                // Fails when the other end has given up: it says why.
                let raw = out.raw
                guard
                    (try? await Blocking.run { () throws(EscaleError) in try Sys.writeAll(raw, bytes) })
                        != nil
                else { break }
            }
        }
        let result: Result<ReceivedContext, EscaleError>
        do {
            result = .success(
                try await Blocking.run { () throws(EscaleError) in
                    let input = FD(owning: pipe.read)
                    return try ReceivedContext.receive(
                        DescriptorSource(input.raw), isOurs: isOurs, into: work)
                })
        } catch {
            result = .failure(error)
        }
        _ = await pump.value
        if body.wasCutOff { throw EscaleError(.interrupted, "the client left while it sent the context") }
        return try result.get()
    }
}

extension BuildFailure {
    /// Docker's error line; `escale` is for our own client.
    var json: JSON {
        var detail: [(String, JSON)] = []
        if let status { detail.append(("code", JSON(status))) }
        detail.append(("message", .string(error.message)))
        var own: [(String, JSON)] = []
        if let file { own.append(("file", .string(file))) }
        if let line { own.append(("line", JSON(line))) }
        if let excerpt { own.append(("excerpt", .string(excerpt))) }
        if let repair = error.repair { own.append(("repair", .string(repair))) }
        return [
            "errorDetail": .object(JSONObject(detail)), "error": .string(error.message),
            "escale": .object(JSONObject(own))
        ]
    }
}

extension BuildRequest {
    /// Docker's query parameters (Engine API, `POST /build`).
    init(_ query: Query, _ headers: HTTPHeaders) throws(EscaleError) {
        self.init()
        dockerfile = query.text("dockerfile") ?? "Dockerfile"
        for tag in query.all("t") where !tag.isEmpty { tags.append(try Reference(tag)) }
        var values: [String: String] = [:]
        for member in try query.json("buildargs").object?.members ?? [] {
            values[member.key] = member.value.string
        }
        arguments = values
        for member in try query.json("labels").object?.members ?? [] {
            labels.append((member.key, member.value.string ?? ""))
        }
        target = query.text("target")
        noCache = query.flag("nocache")
        pull = query.flag("pull")
        network = query.text("networkmode") ?? ""
        for text in (try query.json("cachefrom").array ?? []).compactMap(\.string) {
            cacheFrom.append(try CachePlace(source: text))
        }
        // BuildKit's word for it.
        if arguments["BUILDKIT_INLINE_CACHE"] == "1" { cacheTo.append(CachePlace(.inline)) }
        if let text = query.text("platform") {
            guard !text.contains(",") else {
                throw EscaleError(
                    .unavailable, "platform \(text): one platform a build", repair: "--platform linux/amd64")
            }
            platform = try Platform(text)
        }
        let limits = [
            ("memory", "Memory"), ("memswap", "MemorySwap"), ("cpushares", "CpuShares"),
            ("cpuperiod", "CpuPeriod"), ("cpuquota", "CpuQuota"), ("shmsize", "ShmSize")
        ]
        for (name, key) in limits { if let n = try query.integer(name), n != 0 { host[key] = JSON(n) } }
        for (name, key) in [("cpusetcpus", "CpusetCpus"), ("cpusetmems", "CpusetMems")] {
            if let text = query.text(name) { host[key] = .string(text) }
        }
        let hosts = query.all("extrahosts").flatMap { $0.split(separator: ",").map(String.init) }
        if !hosts.isEmpty { host["ExtraHosts"] = JSON(hosts) }
        if let ulimits = try query.json("ulimits").array { host["Ulimits"] = .array(ulimits) }
        slot = tags.first?.canonical ?? ""
        if let header = headers.first(name: "x-registry-config"), !header.isEmpty {
            credentials = try Credential.all(registryConfig: header)
        }
    }

    /// What our own client sends besides.
    mutating func take(_ received: ReceivedContext) throws(EscaleError) {
        let o = received.options
        for (name, folder) in received.folders { self.name(name, .folder(folder)) }
        for member in o["images"].object?.members ?? [] {
            name(member.key, .image(member.value.string ?? ""))
        }
        for member in o["remotes"].object?.members ?? [] { remotes[member.key] = member.value.string }
        for member in o["layouts"].object?.members ?? [] { layouts[member.key] = member.value.string }
        for member in o["secrets"].object?.members ?? [] {
            guard let bytes = Base64.decode(member.value.string ?? "") else {
                throw EscaleError(.invalid, "secret \(member.key): not base64")
            }
            secrets[member.key] = bytes
        }
        allowed = Set((o["allow"].array ?? []).compactMap(\.string))
        for member in o["ssh"].object?.members ?? [] { agents[member.key] = member.value.string }
        if let text = o["dockerfile"].string { dockerfileText = Array(text.utf8) }
        for text in (o["cacheTo"].array ?? []).compactMap(\.string) {
            cacheTo.append(try CachePlace(target: text))
        }
        if let own = o["slot"].string, slot.isEmpty { slot = own }
    }
}
