import DockerClient
import Glibc
import Linux
import Support

/// Names that the engine knows, for completion and for telling a container from a file. Kept until
/// the next command. Never starts the engine: no engine, no names.
final class Names {
    private let client: DockerClient
    private let kit: Kit
    private var lists: [String: [String]] = [:]

    init(kit: Kit) {
        self.kit = kit
        client = DockerClient(kit: kit)
    }

    func forget() { lists = [:] }

    var containers: [String] { list("containers") { try self.names("/containers/json", [("all", "1")]) } }
    var running: [String] { list("running") { try self.names("/containers/json", []) } }

    var images: [String] {
        list("images") {
            try (self.client.get("/images/json").array ?? []).flatMap { image in
                (image["RepoTags"].array ?? []).compactMap(\.string).filter { $0 != "<none>:<none>" }.map {
                    $0.hasSuffix(":latest") ? String($0.dropLast(7)) : $0
                }
            }
        }
    }

    /// Machines have a folder each, which says their name.
    var vms: [String] {
        list("vms") {
            try Files.list(self.kit.vms).compactMap { id in
                guard let text = try? Files.text("\(self.kit.vms)/\(id)/vm.json") else { return nil }
                return (try? JSON.parse(text))?["name"].string
            }
        }
    }

    func fill(_ sources: inout Completion.Sources) {
        sources.containers = { self.containers }
        sources.running = { self.running }
        sources.images = { self.images }
        sources.vms = { self.vms }
        sources.programs = { Self.programs($0) }
    }

    private func names(_ path: String, _ query: [(String, String)]) throws(EscaleError) -> [String] {
        try (client.get(path, query).array ?? []).compactMap {
            $0["Names"][0].string.map { String($0.drop { $0 == "/" }) }
        }
    }

    private func list(_ key: String, _ read: () throws -> [String]) -> [String] {
        if let known = lists[key] { return known }
        var found: [String] = []
        if key == "vms" || (try? UnixSocket.connect(client.socket)) != nil { found = (try? read()) ?? [] }
        lists[key] = found
        return found
    }

    /// Programs in PATH that begin so.
    private static func programs(_ prefix: String) -> [String] {
        guard !prefix.isEmpty, let path = Environment["PATH"] else { return [] }
        var found = Set<String>()
        for folder in path.split(separator: ":") {
            for name in (try? Files.list(String(folder))) ?? [] where name.hasPrefix(prefix) {
                found.insert(name)
            }
        }
        return found.sorted()
    }
}
