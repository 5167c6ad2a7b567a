import Engine
import HTTP
import Images
import Linux
import NIOHTTP1
import OCI
import RegistryClient
import Support

extension APIRoutes {
    /// What asks a registry: `docker pull`, `push`, `login`, `manifest`.
    static func registry(_ engine: Engine, _ router: inout Router) {
        router.on(.POST, "/images/{name*}/push") { request throws(EscaleError) in
            let name = request.capture("name")
            let reference = try Reference(request.query.text("tag").map { "\(name):\($0)" } ?? name)
            let credential = try credential(request, reference.domain)
            return try await registryStream { cancellation, tell throws(EscaleError) in
                let client = try client(engine, credential, cancellation, tell)
                _ = try client.push(reference)
                engine.imageEvent("push", reference.familiar, reference.familiar)
            }
        }
        router.on(.GET, "/distribution/{name*}/json") { request throws(EscaleError) in
            let reference = try Reference(request.capture("name"))
            let credential = try credential(request, reference.domain)
            return .ok(
                try await Blocking.run { () throws(EscaleError) in
                    try client(engine, credential).inspect(reference)
                })
        }
        router.on(.POST, "/auth") { request throws(EscaleError) in
            let body = try request.json()
            let domain = DockerConfigFile.domain(body["serveraddress"].string ?? "")
            let credential = Credential(body)
            do throws(EscaleError) {
                try await Blocking.run { () throws(EscaleError) in
                    try client(engine, { $0 == domain ? credential : nil }).login(domain)
                }
            } catch {
                guard error.code == .denied else { throw error }
                return .json(.unauthorized, error.document)
            }
            return .ok(["Status": "Login Succeeded", "IdentityToken": ""])
        }
        router.on(.GET, "/images/search") { _ throws(EscaleError) in
            throw EscaleError(
                .unavailable, "not supported by this engine: docker search asks a service of Docker Hub's own"
            )
        }
    }

    /// `POST /images/create?fromImage=`.
    static func pull(_ engine: Engine, _ request: Request) async throws(EscaleError) -> Response {
        let from = request.query["fromImage"] ?? ""
        let tag = request.query.text("tag")
        let name = tag.map { $0.contains(":") ? "\(from)@\($0)" : "\(from):\($0)" } ?? from
        let reference = try Reference(name)
        // A name without a tag means all of them here; clients add `latest` themselves.
        let isAll = tag == nil && !from.contains("@") && !Path.name(from).contains(":")
        let platform = try request.query.text("platform").map { p throws(EscaleError) in try Platform(p) }
        let credential = try credential(request, reference.domain)
        return try await registryStream { cancellation, tell throws(EscaleError) in
            let client = try client(engine, credential, cancellation, tell)
            if isAll {
                try client.pullAll(reference, platform: platform)
            } else {
                _ = try client.pull(reference, platform: platform)
            }
            engine.imageEvent("pull", reference.familiar, reference.familiarName)
        }
    }

    private static func client(
        _ engine: Engine, _ credential: @escaping @Sendable (String) -> Credential?,
        _ cancellation: Cancellation = Cancellation(),
        _ tell: @escaping @Sendable (RegistryProgress) -> Void = { _ in }
    ) throws(EscaleError) -> RegistryClient {
        RegistryClient(
            store: ImageStore(kit: engine.kit), settings: try .load(engine.kit), cancellation: cancellation,
            credential: credential, tell: tell)
    }

    /// What `X-Registry-Auth` says, for the registry that the request is about.
    private static func credential(_ request: Request, _ domain: String) throws(EscaleError)
        -> @Sendable (String) -> Credential?
    {
        guard let header = request.headers.first(name: "x-registry-auth"), !header.isEmpty else {
            return { _ in nil }
        }
        let credential = try Credential(registryAuth: header)
        return { $0 == domain ? credential : nil }
    }

    /// Work with a registry on a thread of its own, told message by message. What fails before the first one
    /// has a status of its own; later only a message can say so. Ends when the client leaves.
    private static func registryStream(
        _ work:
            @escaping @Sendable (Cancellation, @escaping @Sendable (RegistryProgress) -> Void)
            throws(EscaleError) -> Void
    ) async throws(EscaleError) -> Response {
        let cancellation = Cancellation()
        let (messages, feed) = AsyncStream.makeStream(of: Result<RegistryProgress, EscaleError>.self)
        Threads.start {
            do throws(EscaleError) { try work(cancellation) { feed.yield(.success($0)) } } catch {
                feed.yield(.failure(error))
            }
            feed.finish()
        }
        let first = await messages.first { _ in true }
        if case .failure(let error) = first { throw error }
        return .stream("application/json") { writer in
            try await withTaskCancellationHandler {
                do {
                    if let first { try await writer.write(message(first)) }
                    for await next in messages { try await writer.write(message(next)) }
                } catch {
                    cancellation.cancel()
                    throw error
                }
            } onCancel: {
                cancellation.cancel()
            }
        }
    }

    private static func message(_ result: Result<RegistryProgress, EscaleError>) -> JSON {
        switch result {
        case .success(let progress): progress.json
        case .failure(let error):
            ["errorDetail": error.document, "error": .string(error.message)]
        }
    }
}
