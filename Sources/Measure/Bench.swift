import Glibc
import Linux
import Support

/// Speed of a whole `run --rm IMAGE true`, start to exit, beside a real Docker and the kernel's floor,
/// all in one run on one machine.
public struct Bench: Sendable {
    public struct Row: Sendable {
        public let id: String
        public let title: String
        public let figure: Figure?
        /// Why there is no figure.
        public let missing: String?
    }

    public let rows: [Row]

    /// - Parameters:
    ///   - lower: the image's top layer, for the floor; its busybox runs on all sides.
    ///   - floorSource: `Tests/Benchmarks/floor.c`, nil where it is not there.
    ///   - dockerHost: `unix:///…` of a real Docker, nil for none.
    public static func run(
        kit: Kit, image: String, lower: String, floorSource: String?, dockerHost: String?, runs: Int,
        progress: (String) -> Void
    ) throws(EscaleError) -> Bench {
        var rows: [Row] = []
        progress("plancher du noyau")
        do {
            let values = try floor(kit: kit, lower: lower, source: floorSource, runs: runs)
            rows.append(
                Row(
                    id: "floor", title: "plancher : clone, overlay, pivot_root, exec", figure: values,
                    missing: nil))
        } catch {
            rows.append(Row(id: "floor", title: "plancher du noyau", figure: nil, missing: error.message))
        }
        let own = [
            ("escale", "escale run --rm \(image) true", []),
            ("escale-none", "escale run --rm --network none \(image) true", ["--network", "none"])
        ]
        for (id, title, flags) in own {
            progress(title)
            let figure = try time(
                runs, "/proc/self/exe", ["run", "--rm"] + flags + [image, "busybox", "true"], environment: nil
            )
            rows.append(Row(id: id, title: title, figure: figure, missing: nil))
        }
        rows += docker(kit: kit, lower: lower, host: dockerHost, runs: runs, progress: progress)
        return Bench(rows: rows)
    }

    private static func time(_ runs: Int, _ program: String, _ arguments: [String], environment: [String]?)
        throws(EscaleError) -> Figure
    {
        var values: [Double] = []
        // The first one warms the daemon and the caches up and does not count.
        for i in 0...runs {
            let start = Monotonic.now
            let result = try Spawn.run(program, arguments, environment: environment)
            let elapsed = start.elapsedMilliseconds
            guard result.status == 0 else {
                throw EscaleError(
                    .internal,
                    "\(arguments.joined(separator: " ")): exit status \(result.status): \(result.errorText)")
            }
            if i > 0 { values.append(elapsed) }
        }
        return Figure(values, .milliseconds)
    }

    static func floor(kit: Kit, lower: String, source: String?, runs: Int) throws(EscaleError)
        -> Figure
    {
        guard let source, Files.exists(source) else {
            throw EscaleError(.notFound, "Tests/Benchmarks/floor.c n’est pas là")
        }
        let folder = "\(kit.cache)/bench-\(getpid())"
        try Files.makeDirectory(folder)
        defer { try? Files.removeTree(folder) }
        let built = try Spawn.run("cc", ["-O2", "-static", "-o", "\(folder)/floor", source])
        guard built.status == 0 else { throw EscaleError(.internal, "cc: \(built.errorText)") }
        let result = try Spawn.run(
            "\(folder)/floor", [lower, folder, "/bin/busybox", "true"],
            environment: Environment.all + ["RUNS=\(runs)"])
        guard result.status == 0 else { throw EscaleError(.denied, "floor: \(result.errorText)") }
        return Figure(result.text.split(separator: "\n").compactMap { Double($0) }, .milliseconds)
    }

    private static func docker(kit: Kit, lower: String, host: String?, runs: Int, progress: (String) -> Void)
        -> [Row]
    {
        let title = "docker run --rm"
        guard let host else {
            return [
                Row(
                    id: "docker", title: title, figure: nil,
                    missing: "aucun dockerd : --docker-host unix:///…")
            ]
        }
        let environment = Environment.all.filter { !$0.hasPrefix("DOCKER_HOST=") } + ["DOCKER_HOST=\(host)"]
        let image = "escale-bench:\(getpid())"
        do throws(EscaleError) {
            let imported = try Spawn.run(
                "sh", ["-c", "tar -C \"$1\" -c . | docker import - \"$2\"", "sh", lower, image],
                environment: environment)
            guard imported.status == 0 else { throw EscaleError(.unavailable, imported.errorText) }
            defer { _ = try? Spawn.run("docker", ["rmi", image], environment: environment) }
            var rows: [Row] = []
            for (id, network) in [("docker", "bridge"), ("docker-none", "none")] {
                let title = "docker run --rm --network \(network)"
                progress(title)
                let figure = try time(
                    runs, "docker", ["run", "--rm", "--network", network, image, "/bin/busybox", "true"],
                    environment: environment)
                rows.append(Row(id: id, title: title, figure: figure, missing: nil))
            }
            return rows
        } catch {
            return [Row(id: "docker", title: title, figure: nil, missing: error.message)]
        }
    }

    public func figure(_ id: String) -> Figure? { rows.first { $0.id == id }?.figure }

    /// `a` over `b`, by their medians.
    public func ratio(_ a: String, _ b: String) -> Double? {
        guard let x = figure(a)?.median, let y = figure(b)?.median, y > 0 else { return nil }
        return x / y
    }

    /// Schema 1; additions only.
    public var json: JSON {
        let ratios = [("escale", "docker"), ("escale-none", "docker-none"), ("escale-none", "floor")]
        return [
            "schema": 1,
            "rows": .array(
                rows.map { row in
                    var object = JSONObject([("id", .string(row.id)), ("title", .string(row.title))])
                    object["figure"] = row.figure?.json
                    object["missing"] = row.missing.map { .string($0) }
                    return .object(object)
                }),
            "ratios": .object(
                JSONObject(
                    ratios.compactMap { a, b in ratio(a, b).map { ("\(a)/\(b)", .double($0)) } }))
        ]
    }

    public var table: String {
        var out = ""
        for row in rows {
            out += "  \(pad(row.title, 46))"
            if let figure = row.figure {
                out += "\(pad(figure.text, 9, left: true))  n=\(figure.n)\n"
            } else {
                out += "—  \(row.missing ?? "")\n"
            }
        }
        for (a, b) in [("escale", "docker"), ("escale-none", "docker-none"), ("escale-none", "floor")] {
            if let ratio = ratio(a, b) {
                out += "  \(pad("\(a) / \(b)", 46))\(pad("× " + Figure.short(ratio), 9, left: true))\n"
            }
        }
        return out
    }
}
