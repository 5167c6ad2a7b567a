import Images
import Linux
import Support

extension ImagesBenchPlace {
    /// Pull and push of one image, over a registry of ours on the loopback for all sides.
    func transfers(_ progress: (String) -> Void) throws(EscaleError) -> [ImagesBench.Row] {
        let workload = ImageWorkload(bytes: options.size)
        let megabytes = "\(Figure.text(Double(options.size), .bytes)), \(workload.layers) couches"
        progress("image de \(megabytes)")
        try workload.make(in: sourceStore, name: Self.image)
        let registry = try registry("origin")
        defer { registry.stop() }
        let remote = "\(registry.address)/\(Self.image)"
        try source("tag", Self.image, remote)
        try source("push", "-q", remote)
        try source("rmi", remote)
        let pull = "pull et dépaquetage de \(megabytes)"
        progress(pull)
        var rows = [
            try ImagesBench.Row.race(
                "pull", pull, pulls(remote), missing: missing, runs: options.runs, target: .atMost(0.6))
        ]
        let push = "push de \(megabytes)"
        progress(push)
        rows.append(
            try ImagesBench.Row.race(
                "push", push, try pushes(remote), missing: missing, runs: options.runs, target: .atMost(0.6)))
        return rows
    }

    static let image = "bench:1"

    private var missing: [(side: String, reason: String)] {
        withoutDocker + (skopeo == nil ? [("skopeo", Self.notFound)] : [])
    }

    static let notFound = "absent du PATH : Tests/peers NOM -- escale bench images"

    private func pulls(_ remote: String) -> [BenchSide] {
        let layout = "\(folder)/pulled"
        func side(_ name: String, _ program: BenchProgram) -> BenchSide {
            BenchSide(
                name: name,
                prepare: { () throws(EscaleError) in
                    // Absent the first time.
                    _ = try? program("rmi", remote)
                },
                run: { () throws(EscaleError) in try program("pull", "-q", remote) })
        }
        var sides = [side("escale", escale)]
        if let docker {
            dockerImages.append(remote)
            sides.append(side("docker", docker))
        }
        if let skopeo {
            // It only fetches and checks: the layout that is made has the layers as they came.
            sides.append(
                BenchSide(
                    name: "skopeo",
                    prepare: { () throws(EscaleError) in try Files.removeTree(layout) },
                    run: { () throws(EscaleError) in
                        try skopeo(
                            "copy", "-q", "--insecure-policy", "--src-tls-verify=false", "docker://\(remote)",
                            "oci:\(layout):1")
                    }))
        }
        return sides
    }

    /// Each to an empty registry.
    private func pushes(_ remote: String) throws(EscaleError) -> [BenchSide] {
        let target = PushTarget(self)
        func side(_ name: String, _ program: BenchProgram, _ from: String) -> BenchSide {
            BenchSide(
                name: name,
                prepare: { () throws(EscaleError) in
                    try target.renew { (old) throws(EscaleError) in _ = try? program("rmi", old) }
                    try program("tag", from, target.name)
                },
                run: { () throws(EscaleError) in try program("push", "-q", target.name) })
        }
        var sides = [side("escale", source, Self.image)]
        if let docker {
            // Absent where docker could not pull.
            if (try? docker("inspect", remote)) == nil { _ = try? docker("pull", "-q", remote) }
            sides.append(side("docker", docker, remote))
        }
        if let skopeo {
            let layout = "\(folder)/pulled"
            sides.append(
                BenchSide(
                    name: "skopeo", prepare: { () throws(EscaleError) in try target.renew { _ in } },
                    run: { () throws(EscaleError) in
                        try skopeo(
                            "copy", "-q", "--insecure-policy", "--dest-tls-verify=false", "oci:\(layout):1",
                            "docker://\(target.name)")
                    }))
        }
        return sides
    }

    /// A registry that has nothing yet, before each push.
    private final class PushTarget {
        private let place: ImagesBenchPlace
        private var server: BenchServer?
        private(set) var name = ""

        init(_ place: ImagesBenchPlace) { self.place = place }

        func renew(_ forget: (String) throws(EscaleError) -> Void) throws(EscaleError) {
            server?.stop()
            server = nil
            try Files.removeTree("\(place.folder)/target")
            if !name.isEmpty { try forget(name) }
            let fresh = try place.registry("target")
            name = "\(fresh.address)/\(ImagesBenchPlace.image)"
            server = fresh
        }
    }
}
