import ArgumentParser
import DockerClient
import Support

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Montre tout ce que le moteur sait d’un conteneur ou d’une image.")
    @Option(name: [.customShort("f"), .long], help: "json, ou un modèle ('{{.State.Pid}}').") var format:
        String?
    @Option(name: .long, help: "container, image, network ou volume.") var type: String?
    @Flag(name: .shortAndLong, help: "Avec les tailles.") var size = false
    @Argument var names: [String]

    func run() throws {
        let kinds = try type.map { try Inspect.kind($0) } ?? Inspect.kinds
        try Inspect.print(names, kinds: kinds, format: format, size: size)
    }
}

struct InspectImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Montre tout ce que le moteur sait d’une image.")
    @Option(name: [.customShort("f"), .long], help: "json, ou un modèle.") var format: String?
    @Argument var names: [String]

    func run() throws {
        try Inspect.print(names, kinds: [("image", "/images/")], format: format, size: false)
    }
}

enum Inspect {
    static let kinds = [
        ("container", "/containers/"), ("image", "/images/"), ("network", "/networks/"),
        ("volume", "/volumes/")
    ]

    static func kind(_ name: String) throws(EscaleError) -> [(String, String)] {
        let found = kinds.filter { $0.0 == name }
        if found.isEmpty { throw EscaleError(.invalid, "\"\(name)\" is not a valid value for --type") }
        return found
    }

    static func print(_ names: [String], kinds: [(String, String)], format: String?, size: Bool) throws {
        let template = try format.flatMap { $0 == "json" ? nil : try GoTemplate($0) }
        let client = DockerClient()
        var found: [JSON] = []
        var missing: EscaleError?
        for name in names {
            if let object = try find(client, name, kinds, size) {
                found.append(object)
            } else {
                let what = kinds.count == 1 ? kinds[0].0 : "object"
                missing = EscaleError(.notFound, "Error: No such \(what): \(name)")
            }
        }
        if let template {
            for object in found { Output.out(try template.render(object) + "\n") }
        } else {
            Output.out(JSON.array(found).text(pretty: format == nil) + "\n")
        }
        if let missing { throw missing }
    }

    private static func find(
        _ client: DockerClient, _ name: String, _ kinds: [(String, String)], _ size: Bool
    )
        throws(EscaleError) -> JSON?
    {
        for (kind, prefix) in kinds {
            // An image's name keeps its slashes: they are part of the path in the API.
            let encoded = kind == "image" ? name : DockerClient.encode(name)
            let suffix = kind == "container" || kind == "image" ? "/json" : ""
            do {
                return try client.get(prefix + encoded + suffix, size ? [("size", "1")] : [])
            } catch {
                if error.code != .notFound { throw error }
            }
        }
        return nil
    }
}
