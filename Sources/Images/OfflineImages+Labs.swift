import Archive
import OCI
import Support

extension OfflineImages {
    /// `escale/marees:1` and `:2`: busybox's layer, one with Debian's `bc` and its libraries that both
    /// share, and one with `labs/images/marees/vN`. Two versions whose library can't take the other's place.
    func makeTides(on base: Image, _ source: BusyboxSource, _ tides: TidesSource) throws(EscaleError)
        -> [Image]
    {
        let created = source.modified.rfc3339
        var libraries = LayerTree(modified: source.modified)
        for item in tides.items {
            switch item {
            case .file(let path, let content, let mode): libraries.file(path, content, mode: mode)
            case .link(let path, let target): libraries.link(path, to: target)
            }
        }
        let session = try store.beginImport()
        let calculator = try session.addLayer(
            history: .init(created: created, createdBy: "escale setup: \(tides.packages)")
        ) { (tar) throws(EscaleError) in try libraries.write(to: tar) }

        // Whoever reads the two configurations finds no field alike.
        let versions: [(author: String, port: String, cmd: String)] = [
            ("Nolwenn Le Bihan", "Roscoff", "servir"), ("Erwan Tanguy", "Paimpol", "publier")
        ]
        var images: [Image] = []
        for (i, version) in versions.enumerated() {
            var tree = LayerTree(modified: source.modified)
            try tree.add(contentsOf: "\(files)/marees/commun")
            try tree.add(contentsOf: "\(files)/marees/v\(i + 1)")
            let layer = try session.addLayer(
                history: .init(
                    created: created, createdBy: "escale setup: labs/images/marees, version \(i + 1)")
            ) { (tar) throws(EscaleError) in try tree.write(to: tar) }
            let run = ImageConfig.Execution(
                exposedPorts: ["80/tcp"],
                env: [Self.path, "VERSION=\(i + 1)", "PORT_ATTACHE=\(version.port)"],
                cmd: ["marees", version.cmd], workingDir: "/srv",
                labels: [
                    Annotation.title: "escale/marees",
                    Annotation.description: "L’horaire des marées, avec ses bibliothèques",
                    Annotation.version: "\(i + 1)",
                    Annotation.licenses: "GPL-3.0-or-later AND LGPL-2.1-or-later",
                    Annotation.baseName: "docker.io/library/busybox:latest",
                    Annotation.baseDigest: base.manifestDigest.description
                ], stopSignal: "SIGTERM")
            let steps = [
                "ENV VERSION=\(i + 1) PORT_ATTACHE=\(version.port)", "EXPOSE 80/tcp",
                "CMD [\"marees\" \"\(version.cmd)\"]"
            ]
            images.append(
                try session.finish(
                    layers: session.layers(of: base) + [calculator, layer],
                    config: ImageConfig(
                        platform: Platform(architecture: source.architecture), config: run,
                        created: created, author: version.author),
                    emptyHistory: steps.map { .init(created: created, createdBy: $0, emptyLayer: true) },
                    names: [try Reference("escale/marees:\(i + 1)")]))
        }
        return images
    }

    /// `escale/ailleurs:1`: one program of one file, for the processor that this machine has not.
    func makeElsewhere(_ source: BusyboxSource) throws(EscaleError) -> Image {
        let other = source.architecture == "arm64" ? "amd64" : "arm64"
        let line = "Bonjour depuis un processeur \(other)\n"
        guard let program = TinyProgram.writing(line, for: other) else {
            throw EscaleError(.internal, "no program for \(other)")
        }
        let created = source.modified.rfc3339
        var tree = LayerTree(modified: source.modified)
        tree.file("bonjour", program, mode: 0o755)
        let session = try store.beginImport()
        let layer = try session.addLayer(
            history: .init(created: created, createdBy: "escale setup: /bonjour, \(other)")
        ) { (tar) throws(EscaleError) in try tree.write(to: tar) }
        let run = ImageConfig.Execution(env: [Self.path], cmd: ["/bonjour"])
        return try session.finish(
            layers: [layer],
            config: ImageConfig(
                platform: Platform(architecture: other), config: run, created: created),
            emptyHistory: [.init(created: created, createdBy: "CMD [\"/bonjour\"]", emptyLayer: true)],
            names: [try Reference("escale/ailleurs:1")])
    }
}
