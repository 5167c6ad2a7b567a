import ArgumentParser
import DockerClient
import Glibc
import Linux
import Support

struct CopyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copie des fichiers entre un conteneur (NOM:CHEMIN) et ici (CHEMIN, ou - pour un flux tar)."
    )
    @Flag(name: .shortAndLong, help: "Garde les propriétaires.") var archive = false
    @Flag(name: [.customShort("L"), .long], help: "Suit le lien donné comme source.") var followLink = false
    @Flag(name: .shortAndLong, help: "Sans rien dire.") var quiet = false
    @Argument var source: String
    @Argument var destination: String

    func run() throws {
        let client = DockerClient()
        switch (Self.split(source), Self.split(destination)) {
        case (let (name, path)?, nil):
            let path = followLink ? Self.followed(client, name, path) : path
            try Self.fetch(client, name, path, to: destination)
        case (nil, let (name, path)?): try Self.send(client, source, name, path)
        case (.some, .some): throw EscaleError(.invalid, "copying between containers is not supported")
        case (nil, nil):
            throw EscaleError(
                .invalid, "must specify at least one container source", repair: "escale cp NAME:/etc/hosts .")
        }
    }

    /// `NAME:PATH`; a path with a slash or dot before its first colon is a local one.
    static func split(_ text: String) -> (name: String, path: String)? {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else { return nil }
        let name = text[..<colon]
        if name.contains("/") || name.hasPrefix(".") { return nil }
        let path = String(text[text.index(after: colon)...])
        return (String(name), path.isEmpty ? "/" : path)
    }

    private static func fetch(_ client: DockerClient, _ name: String, _ path: String, to destination: String)
        throws
    {
        let response = try client.request("GET", container(name, "archive"), [("path", path)])
        if destination == "-" { return try Sys.writeAll(1, response.body) }
        // Into a folder under the source's own name; otherwise under the destination's.
        let intoFolder = Files.isDirectory(destination)
        let folder = intoFolder ? destination : Path.parent(destination)
        guard Files.isDirectory(folder) else {
            throw EscaleError(
                .notFound, "invalid output path: directory \"\(folder)\" does not exist",
                repair: "mkdir -p \(folder)")
        }
        var arguments = ["-x", "-f", "-", "-C", folder, "--no-same-owner"]
        if !intoFolder {
            arguments += Self.renaming(Path.name(Path.clean(path)), to: Path.name(destination))
        }
        let result = try Spawn.run("tar", arguments, input: response.body)
        if result.status != 0 {
            throw EscaleError(
                .internal, "cp: \(result.errorText.split(separator: "\n").first ?? "tar failed")")
        }
    }

    private static func send(_ client: DockerClient, _ source: String, _ name: String, _ path: String) throws
    {
        let tar: [UInt8]
        var target = path
        if source == "-" {
            tar = try Files.readAll(0)
        } else {
            guard Files.exists(source) else {
                throw EscaleError(.notFound, "lstat \(source): no such file or directory")
            }
            let targetIsFolder = path.hasSuffix("/") || isFolder(client, name, path)
            let clean = Path.clean(source)
            var arguments = ["-c", "-f", "-", "-C", Path.parent(clean), "--numeric-owner"]
            if !targetIsFolder {
                target = Path.parent(path)
                arguments += Self.renaming(Path.name(clean), to: Path.name(path))
            }
            let result = try Spawn.run("tar", arguments + ["--", Path.name(clean)])
            if result.status != 0 { throw EscaleError(.internal, "cp: \(result.errorText)") }
            tar = result.out
        }
        _ = try client.request(
            "PUT", container(name, "archive"), [("path", target)], body: tar, contentType: "application/x-tar"
        )
    }

    /// GNU tar's options for another name of what is copied: it and what is below, hard links among them
    /// too, but not what symbolic links point to.
    private static func renaming(_ old: String, to new: String) -> [String] {
        let pattern = old.map { "\\.[]*^$+?(){}|;".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        let text = new.map { "\\&|;".contains($0) ? "\\\($0)" : "\($0)" }.joined()
        return ["--transform", "s|^\(pattern)(/.*)?$|\(text)\\1|xS"]
    }

    /// Where a symbolic link in a container leads, one step, as Docker's client does; other paths as they are.
    private static func followed(_ client: DockerClient, _ name: String, _ path: String) -> String {
        guard let target = stat(client, name, path)?["linkTarget"].string, !target.isEmpty else {
            return path
        }
        return target.hasPrefix("/") ? target : Path.join(Path.parent(path), target)
    }

    /// Asks the engine what stands at a path (`X-Docker-Container-Path-Stat`, base64 JSON).
    private static func stat(_ client: DockerClient, _ name: String, _ path: String) -> JSON? {
        let head = try? client.request("HEAD", container(name, "archive"), [("path", path)])
        return (head?.headers["x-docker-container-path-stat"]).flatMap(Base64.decode).flatMap {
            try? JSON.parse($0)
        }
    }

    private static func isFolder(_ client: DockerClient, _ name: String, _ path: String) -> Bool {
        // Go's os.FileMode: the top bit is a folder.
        (stat(client, name, path)?["mode"].int ?? 0) & 0x8000_0000 != 0
    }
}
