import DockerClient
import Glibc
import Linux
import OCI
import Support

/// `-o`: what becomes of a build's result, in `docker buildx build`'s words.
struct BuildOutput {
    enum Kind: String {
        /// The files of the last stage: in a folder, or as a tar archive.
        case local, tar
        /// The image in an archive.
        case oci, docker
        /// In the store; `registry` is pushed too.
        case image, registry
    }

    let kind: Kind
    let destination: ArchiveDestination
    /// In place of `-t`.
    let names: [String]
    let isPushed: Bool

    /// Whether the image stays in the store, under its names.
    var keeps: Bool { kind == .image || kind == .registry }

    /// Whether an archive goes to our output.
    var isOutput: Bool { if !keeps, case .output = destination { true } else { false } }

    init(_ text: String) throws(EscaleError) {
        var fields = ["type": "local", "dest": text]
        if text == "-" {
            fields["type"] = "tar"
        } else if text.contains("=") {
            fields = BuildFields.read(text)
        }
        guard let kind = Kind(rawValue: fields["type"] ?? "") else {
            throw EscaleError(
                .invalid, "--output \(text): type is required: local, tar, oci, docker, image or registry",
                repair: "-o type=local,dest=FOLDER")
        }
        // Without a place of its own, `docker` is the engine's store.
        let isLoaded = kind == .docker && fields["dest"] == nil
        self.kind = isLoaded ? .image : kind
        isPushed = kind == .registry || ["true", "1"].contains(fields["push"])
        names = fields["name"].map { $0.split(separator: ",").map(String.init) } ?? []
        let place = fields["dest"]
        switch kind {
        case .local:
            guard let place, place != "-" else {
                throw EscaleError(.invalid, "--output \(text): dest is required for local exporter")
            }
            destination = .folder(place)
        case .oci, .docker:
            destination = fields["tar"] == "false" ? .folder(place ?? ".") : ArchiveDestination(place)
        default: destination = ArchiveDestination(place)
        }
        if isOutput, isatty(1) == 1 {
            throw EscaleError(
                .invalid, "--output \(text): refusing to write an archive to a terminal",
                repair: "-o type=\(kind.rawValue),dest=FILE.tar")
        }
    }

    /// - Parameter tags: of the command line.
    func write(_ id: String, tags: [String], _ client: DockerClient) throws {
        let names = names.isEmpty ? tags : names
        switch kind {
        case .local, .tar:
            try fetch("/images/\(id)/rootfs", [], client)
        case .oci, .docker:
            try fetch("/images/get", [("names", id)] + names.map { ("as", $0) }, client)
        case .image, .registry:
            guard isPushed else { return }
            guard !names.isEmpty else {
                throw EscaleError(
                    .invalid, "tag is needed when pushing to registry", repair: "escale build -t …")
            }
            for name in names {
                let reference = try Reference(name)
                try RegistryStream.run(
                    client, "/images/\(reference.familiarName)/push", [("tag", reference.tag ?? "latest")],
                    domain: reference.domain, quiet: false, toErrors: true)
            }
        }
    }

    private func fetch(_ path: String, _ query: [(String, String)], _ client: DockerClient) throws {
        try destination.take { file in
            try client.stream("GET", path, query) { piece throws(EscaleError) in
                try Sys.writeAll(file, piece)
                return true
            }
        }
    }
}

/// `key=value,key=value`, a field in double quotes where it has commas (RFC 4180), as Docker's flags.
enum BuildFields {
    static func read(_ text: String) -> [String: String] {
        var parts = [""]
        var isQuoted = false
        for c in text {
            switch c {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: parts.append("")
            default: parts[parts.count - 1].append(c)
            }
        }
        var fields: [String: String] = [:]
        for part in parts {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            fields[pair[0]] = pair.count > 1 ? pair[1] : ""
        }
        return fields
    }
}
