import Linux
import Support

/// The image side beside its peers, all in one run on one machine: builds, pulls, pushes, and a registry's
/// answers. Runs of ours and of the peers' alternate, so that what else the machine does falls on all.
public struct ImagesBench: Sendable {
    /// Ours over a peer's, by their medians.
    public enum Target: Sendable, Equatable {
        case atMost(Double)
        case atLeast(Double)

        public func isMet(_ ratio: Double) -> Bool {
            switch self {
            case .atMost(let limit): ratio <= limit
            case .atLeast(let limit): ratio >= limit
            }
        }

        var text: String {
            switch self {
            case .atMost(let limit): "≤ \(Figure.short(limit))"
            case .atLeast(let limit): "≥ \(Figure.short(limit))"
            }
        }
    }

    public struct Row: Sendable {
        public let id: String
        public let title: String
        /// By who was measured, ours first.
        public let figures: [(side: String, figure: Figure)]
        /// Peers that could not be measured, and why.
        public let missing: [(side: String, reason: String)]
        public let target: Target

        public init(
            id: String, title: String, figures: [(side: String, figure: Figure)],
            missing: [(side: String, reason: String)] = [], target: Target
        ) {
            self.id = id
            self.title = title
            self.figures = figures
            self.missing = missing
            self.target = target
        }

        /// Ours over each peer's, by their medians.
        public var ratios: [(side: String, ratio: Double)] {
            guard let own = figures.first?.figure.median else { return [] }
            return figures.dropFirst().compactMap { side, figure in
                figure.median > 0 ? (side, own / figure.median) : nil
            }
        }
    }

    public struct Options: Sendable {
        /// Measurements of each kind.
        public var runs = 5
        /// Bytes of the image that is pulled and pushed.
        public var size = 200_000_000
        /// Seconds of each measurement of a registry's rate.
        public var seconds = 3
        /// `unix:///…` of a real Docker, nil for none.
        public var dockerHost: String?
        /// The image that builds begin from.
        public var image = "busybox"
        public init() {}
    }

    public let rows: [Row]

    public static func run(kit: Kit, _ options: Options, progress: (String) -> Void)
        throws(EscaleError) -> ImagesBench
    {
        progress("préparation")
        let place = try ImagesBenchPlace(kit: kit, options)
        defer { place.remove() }
        var rows = try place.builds(progress)
        rows += try place.transfers(progress)
        rows += try place.registries(progress)
        return ImagesBench(rows: rows)
    }

    public init(rows: [Row]) { self.rows = rows }

    /// Schema 1; additions only.
    public var json: JSON {
        [
            "schema": 1,
            "rows": .array(
                rows.map { row in
                    let target: JSON
                    switch row.target {
                    case .atMost(let limit): target = ["atMost": .double(limit)]
                    case .atLeast(let limit): target = ["atLeast": .double(limit)]
                    }
                    return [
                        "id": .string(row.id), "title": .string(row.title),
                        "figures": .object(JSONObject(row.figures.map { ($0.side, $0.figure.json) })),
                        "missing": .object(JSONObject(row.missing.map { ($0.side, .string($0.reason)) })),
                        "ratios": .object(JSONObject(row.ratios.map { ($0.side, .double($0.ratio)) })),
                        "target": target
                    ]
                })
        ]
    }

    public var table: String {
        var out = ""
        for row in rows {
            out += "  \(row.title)\n"
            for (side, figure) in row.figures {
                var line = "    \(pad(side, 18))\(pad(Self.text(figure), 12, left: true))  n=\(figure.n)"
                if let ratio = row.ratios.first(where: { $0.side == side })?.ratio {
                    line += "   escale / \(side) : × \(Units.fixed(ratio, 2).replacing(".", with: ","))"
                    line += "  (cible \(row.target.text) : \(row.target.isMet(ratio) ? "oui" : "non"))"
                }
                out += line + "\n"
            }
            for (side, reason) in row.missing { out += "    \(pad(side, 18))—  \(reason)\n" }
        }
        return typeset(out)
    }

    private static func text(_ figure: Figure) -> String {
        figure.unit == .count ? "\(Int(figure.median)) /s" : figure.text
    }
}

/// Who takes part in a row.
struct BenchSide {
    let name: String
    /// Before each run, not counted.
    var prepare: () throws(EscaleError) -> Void = {}
    let run: () throws(EscaleError) -> Void
}

extension ImagesBench.Row {
    /// Times each side `runs` times, in turns; the first turn warms the caches and does not count. Ours is
    /// the first, and must work.
    static func race(
        _ id: String, _ title: String, _ sides: [BenchSide], missing: [(side: String, reason: String)],
        runs: Int, target: ImagesBench.Target
    ) throws(EscaleError) -> ImagesBench.Row {
        var times = sides.map { _ in [Double]() }
        var failures: [Int: String] = [:]
        for round in 0...runs {
            for (i, side) in sides.enumerated() where failures[i] == nil {
                do throws(EscaleError) {
                    try side.prepare()
                    let start = Monotonic.now
                    try side.run()
                    let elapsed = start.elapsedMilliseconds
                    if round > 0 { times[i].append(elapsed) }
                } catch {
                    if i == 0 { throw error }
                    failures[i] = error.message
                }
            }
        }
        let able = sides.indices.filter { failures[$0] == nil }
        return ImagesBench.Row(
            id: id, title: title, figures: able.map { (sides[$0].name, Figure(times[$0], .milliseconds)) },
            missing: missing + failures.sorted { $0.key < $1.key }.map { (sides[$0.key].name, $0.value) },
            target: target)
    }
}
