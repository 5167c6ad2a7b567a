import Images
import Linux
import OCI
import Support

extension ImagesBenchPlace {
    /// Answers a second and memory of our registry and Debian's, asked by wrk for the same image.
    func registries(_ progress: (String) -> Void) throws(EscaleError) -> [ImagesBench.Row] {
        let name = "served:1"
        try ImageWorkload(bytes: 1 << 20, layers: 1).make(in: sourceStore, name: name)
        let image = try sourceStore.resolve(name)
        var servers = [("escale", try registry("served"))]
        defer { for server in servers { server.1.stop() } }
        var missing: [(side: String, reason: String)] = []
        if let path = BenchProgram.find("docker-registry") {
            do throws(EscaleError) { servers.append(("docker-registry", try dockerRegistry(path))) } catch {
                missing.append(("docker-registry", error.message))
            }
        } else {
            missing.append(("docker-registry", Self.notFound))
        }
        for (_, server) in servers {
            try source("tag", name, "\(server.address)/\(name)")
            try source("push", "-q", "\(server.address)/\(name)")
        }
        let paths: [(id: String, title: String, path: String)] = [
            ("manifests", "manifestes servis, par seconde", "manifests/1"),
            ("blobs-small", "petits blobs servis, par seconde", "blobs/\(image.manifest.config.digest)"),
            (
                "blobs-large",
                "blobs de \(Figure.text(Double(image.layers[0].size), .bytes)) servis, par seconde",
                "blobs/\(image.layers[0].digest)"
            )
        ]
        var rows: [ImagesBench.Row] = []
        for (id, title, path) in paths {
            progress(title)
            guard let wrk = BenchProgram.find("wrk") else {
                rows.append(
                    .init(
                        id: id, title: title, figures: [], missing: [("wrk", Self.notFound)],
                        target: .atLeast(1.5)))
                continue
            }
            let load = BenchProgram(path: wrk, environment: escale.environment)
            var rates = servers.map { _ in [Double]() }
            for _ in 0..<options.runs {
                for (i, (_, server)) in servers.enumerated() {
                    let url = "http://\(server.address)/v2/served/\(path)"
                    rates[i].append(try rate(load, url))
                }
            }
            rows.append(
                .init(
                    id: id, title: title,
                    figures: zip(servers, rates).map { ($0.0, Figure($1, .count)) }, missing: missing,
                    target: .atLeast(1.5)))
        }
        rows.append(
            .init(
                id: "registry-memory", title: "mémoire du registre après cela (PSS)",
                figures: servers.map {
                    ($0.0, Figure([Double(ProcessMemory.pss(Int($0.1.pid)))], .bytes))
                }, missing: missing, target: .atMost(1)))
        return rows
    }

    /// Answers a second, from wrk's report. Throws `.internal` where some were refusals.
    private func rate(_ wrk: BenchProgram, _ url: String) throws(EscaleError) -> Double {
        let text = try wrk(
            "-t1", "-c16", "-d\(options.seconds)s", "-H", "Accept: \(MediaType.manifest)", url)
        return try WrkReport.rate(text, url)
    }
}

package enum WrkReport {
    package static func rate(_ text: String, _ url: String) throws(EscaleError) -> Double {
        var rate: Double?
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.first == "Requests/sec:", words.count > 1 { rate = Double(words[1]) }
            if line.contains("Non-2xx") { throw EscaleError(.internal, "wrk \(url): \(line)") }
        }
        guard let rate else { throw EscaleError(.internal, "wrk \(url): no rate in its report") }
        return rate
    }
}
