import Glibc
import Linux
import OCI
import Support

/// OCI runtimes side by side on one bundle: all namespaces, a cgroup, Docker's seccomp profile. Their runs
/// alternate, so that what else the machine does falls on all of them.
public struct RuntimeBench: Sendable {
    public struct Row: Sendable {
        public let id: String
        public let title: String
        /// By the runtime's name.
        public let figures: [(runtime: String, figure: Figure)]
    }

    public let rows: [Row]
    public let floor: Figure?
    /// Runtimes that can't run the bundle here, and why.
    public let unable: [(runtime: String, reason: String)]

    /// A runtime: its name, and its program.
    public struct Candidate: Sendable {
        public let name: String
        public let path: String
        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// - Parameters:
    ///   - candidates: ours first.
    ///   - lower: a folder with busybox, copied into the bundle.
    ///   - alive: how many containers of ours live at once at the end; 0 leaves that row out.
    public static func run(
        kit: Kit, candidates: [Candidate], lower: String, floorSource: String?, runs: Int, alive: Int,
        progress: (String) -> Void
    ) throws(EscaleError) -> RuntimeBench {
        let work = try RuntimeBenchFolder(kit: kit, lower: lower)
        defer { work.remove() }
        progress("plancher du noyau")
        let floor = try? Bench.floor(kit: kit, lower: lower, source: floorSource, runs: runs)
        var unable: [(runtime: String, reason: String)] = []
        var able: [Candidate] = []
        for candidate in candidates {
            do throws(EscaleError) {
                try RuntimeScenario.run.run(candidate, work)
                able.append(candidate)
            } catch {
                // Without ours there is nothing to compare.
                if able.isEmpty { throw error }
                unable.append((candidate.name, error.message))
            }
        }
        let candidates = able
        var rows: [Row] = []
        for scenario in RuntimeScenario.allCases {
            progress(scenario.title)
            var times = candidates.map { _ in [Double]() }
            for candidate in candidates { try scenario.prepare(candidate, work) }
            // The first round warms the caches and does not count.
            for round in 0...runs {
                for (i, candidate) in candidates.enumerated() {
                    let start = Monotonic.now
                    try scenario.run(candidate, work)
                    let elapsed = start.elapsedMilliseconds
                    if round > 0 { times[i].append(elapsed) }
                }
            }
            for candidate in candidates { scenario.finish(candidate, work) }
            rows.append(row(scenario.rawValue, scenario.title, candidates, times, .milliseconds))
        }
        if let source = floorSource.map({ Path.join(Path.parent($0), "peak.c") }), Files.exists(source) {
            let peaks = try work.peaks(candidates, source: source, runs: min(runs, 5))
            rows.append(row("memory", "mémoire du runtime, au plus", candidates, peaks, .bytes))
        }
        rows.append(
            row("size", "taille du programme", candidates, candidates.map { [fileSize($0.path)] }, .bytes))
        if alive > 0, let own = candidates.first {
            rows += try crowd(own, work, alive: alive, progress: progress)
        }
        return RuntimeBench(rows: rows, floor: floor, unable: unable)
    }

    private static func row(
        _ id: String, _ title: String, _ candidates: [Candidate], _ values: [[Double]], _ unit: Figure.Unit
    ) -> Row {
        Row(
            id: id, title: title,
            figures: zip(candidates, values).map { ($0.name, Figure($1, unit)) })
    }

    private static func fileSize(_ path: String) -> Double {
        var s = stat()
        return stat(path, &s) == 0 ? Double(s.st_size) : .nan
    }

    /// Time of one start and of one removal when some, more and many others are alive.
    private static func crowd(
        _ own: Candidate, _ work: RuntimeBenchFolder, alive: Int, progress: (String) -> Void
    ) throws(EscaleError) -> [Row] {
        let marks = [50, 200, alive].filter { $0 <= alive }
        var starts: [Double] = []
        var ends: [Double] = []
        defer { for i in 0..<starts.count { _ = try? work.call(own, ["delete", "--force", "n\(i)"]) } }
        for i in 0..<alive {
            if i % 50 == 0 { progress("\(i) conteneurs en vie sur \(alive)") }
            let start = Monotonic.now
            _ = try work.call(own, ["run", "-d", "-b", work.sleeper("n\(i)"), "n\(i)"])
            starts.append(start.elapsedMilliseconds)
        }
        for i in (0..<alive).reversed() {
            let start = Monotonic.now
            _ = try work.call(own, ["delete", "--force", "n\(i)"])
            ends.append(start.elapsedMilliseconds)
        }
        // The last twenty up to each mark; removals went the other way round.
        return marks.map { mark in
            Row(
                id: "alive-\(mark)", title: "départ et fin parmi \(mark) conteneurs",
                figures: [
                    ("run", Figure(Array(starts[max(0, mark - 20)..<mark]), .milliseconds)),
                    ("delete", Figure(Array(ends.reversed()[max(0, mark - 20)..<mark]), .milliseconds))
                ])
        }
    }

    /// `a` over `b` in one row, by their medians.
    private func ratios(_ row: Row) -> [(String, Double)] {
        guard let own = row.figures.first, own.runtime != "run" else { return [] }
        var found = row.figures.dropFirst().map {
            ("\(own.runtime)/\($0.runtime)", own.figure.median / $0.figure.median)
        }
        if row.id == "run", let floor {
            found.append(("\(own.runtime)/floor", own.figure.median / floor.median))
        }
        return found
    }

    /// Schema 1; additions only.
    public var json: JSON {
        [
            "schema": 1, "floor": floor?.json ?? .null,
            "unable": .object(JSONObject(unable.map { ($0.runtime, .string($0.reason)) })),
            "rows": .array(
                rows.map { row in
                    [
                        "id": .string(row.id), "title": .string(row.title),
                        "figures": .object(JSONObject(row.figures.map { ($0.runtime, $0.figure.json) })),
                        "ratios": .object(JSONObject(ratios(row).map { ($0.0, .double($0.1)) }))
                    ]
                })
        ]
    }

    public var table: String {
        var out = ""
        if let floor { out += "  \(pad("plancher du noyau", 40))\(floor.text)  n=\(floor.n)\n" }
        for row in rows {
            out += "  \(row.title)\n"
            for (runtime, figure) in row.figures {
                out += "    \(pad(runtime, 38))\(pad(figure.text, 9, left: true))  n=\(figure.n)\n"
            }
            for (name, ratio) in ratios(row) {
                out +=
                    "    \(pad(name, 38))\(pad("× " + Units.fixed(ratio, 2).replacing(".", with: ","), 9, left: true))\n"
            }
        }
        for (runtime, reason) in unable { out += "  \(runtime) : \(reason)\n" }
        return out
    }
}
