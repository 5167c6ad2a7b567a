import Archive
import OCI
import Support

extension OfflineImages {
    static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// `busybox:latest`: the program, a link for each of its commands, and the files of
    /// `labs/images/busybox`.
    func makeBusybox(_ source: BusyboxSource) throws(EscaleError) -> Image {
        var tree = LayerTree(modified: source.modified)
        for folder in [
            "dev", "proc", "sys", "run", "mnt", "opt", "srv", "usr/local/bin", "var/log", "var/www"
        ] {
            tree.folder(folder)
        }
        tree.folder("root", mode: 0o700)
        tree.folder("home/escale", owner: 1000)
        tree.folder("tmp", mode: 0o1777)
        tree.folder("var/tmp", mode: 0o1777)
        tree.file("bin/busybox", source.program, mode: 0o755)
        // linuxrc is for initial RAM disks, at the root itself.
        for applet in try source.applets(kit) where !["bin/busybox", "linuxrc"].contains(applet) {
            tree.link(applet, to: "/bin/busybox")
        }
        tree.file("usr/share/doc/\(BusyboxSource.name)/copyright", source.copyright)
        // The engine mounts its own over these; that they exist saves a copy in each container.
        tree.file("etc/hostname", [])
        tree.file("etc/resolv.conf", [])
        try tree.add(contentsOf: "\(files)/busybox")

        let created = source.modified.rfc3339
        let session = try store.beginImport()
        let layer = try session.addLayer(
            history: .init(created: created, createdBy: "escale setup: \(source.package)")
        ) { (tar) throws(EscaleError) in try tree.write(to: tar) }
        let run = ImageConfig.Execution(
            env: [Self.path], cmd: ["sh"],
            labels: labels(
                source, title: "busybox",
                description:
                    "Les commandes d’Unix en un seul programme, depuis le paquet Debian busybox-static",
                version: source.version))
        return try session.finish(
            layers: [layer], config: config(source, run, created),
            emptyHistory: [.init(created: created, createdBy: "CMD [\"sh\"]", emptyLayer: true)],
            names: [try Reference("busybox:latest")])
    }

    /// `escale/web:N`: busybox's layer and one with `labs/images/web/commun` and `labs/images/web/vN`.
    func makeWeb(_ version: Int, on base: Image, _ source: BusyboxSource) throws(EscaleError) -> Image {
        var tree = LayerTree(modified: source.modified)
        // httpd runs as this user; what visitors change is here.
        tree.folder("var/lib/web", owner: 1000)
        try tree.add(contentsOf: "\(files)/web/commun")
        try tree.add(contentsOf: "\(files)/web/v\(version)")

        let created = source.modified.rfc3339
        let session = try store.beginImport()
        let layer = try session.addLayer(
            history: .init(created: created, createdBy: "escale setup: labs/images/web, version \(version)")
        ) { (tar) throws(EscaleError) in try tree.write(to: tar) }
        let second: Int64 = 1_000_000_000
        let check = "wget -q -O /dev/null \"http://127.0.0.1:${PORT:-80}/cgi-bin/sante\" || exit 1"
        var labels = labels(
            source, title: "escale/web",
            description: "Une petite application web dont chaque script peut être lu, version \(version)",
            version: "\(version)")
        labels[Annotation.baseName] = "docker.io/library/busybox:latest"
        labels[Annotation.baseDigest] = base.manifestDigest.description
        let run = ImageConfig.Execution(
            exposedPorts: ["80/tcp"], env: [Self.path, "VERSION=\(version)", "PORT=80"],
            cmd: ["/usr/local/bin/servir"], workingDir: "/www", labels: labels, stopSignal: "SIGTERM",
            healthcheck: .init(
                test: ["CMD-SHELL", check], interval: 5 * second, timeout: 3 * second, retries: 3))
        let steps = [
            "ENV VERSION=\(version) PORT=80", "EXPOSE 80/tcp", "HEALTHCHECK CMD \(check)",
            "CMD [\"/usr/local/bin/servir\"]"
        ]
        return try session.finish(
            layers: session.layers(of: base) + [layer], config: config(source, run, created),
            emptyHistory: steps.map { .init(created: created, createdBy: $0, emptyLayer: true) },
            names: [try Reference("escale/web:\(version)")])
    }

    private func config(_ source: BusyboxSource, _ run: ImageConfig.Execution, _ created: String)
        -> ImageConfig
    {
        // Debian's and Go's words for architectures agree where Escale runs.
        ImageConfig(platform: Platform(architecture: source.architecture), config: run, created: created)
    }

    private func labels(_ source: BusyboxSource, title: String, description: String, version: String)
        -> [String: String]
    {
        [
            Annotation.title: title,
            Annotation.description: description,
            Annotation.version: version,
            Annotation.licenses: title == "busybox" ? "GPL-2.0-only" : "GPL-2.0-only AND GPL-3.0-or-later",
            "fr.escale.package": BusyboxSource.name,
            "fr.escale.package.version": source.version
        ]
    }
}
