import ArgumentParser
import DockerClient
import Linux
import Support

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Montre ce qu’un conteneur a écrit.")
    @Flag(name: .shortAndLong, help: "Et la suite, au fur et à mesure.") var follow = false
    @Flag(name: .shortAndLong, help: "Avec les heures.") var timestamps = false
    @Flag(name: .long, help: "Avec plus de détails.") var details = false
    @Option(name: [.customShort("n"), .long], help: "Nombre de lignes à partir de la fin, ou all.") var tail =
        "all"
    @Option(name: .long, help: "Depuis une date, ou une durée (10m).") var since: String?
    @Option(name: .long, help: "Jusqu’à une date, ou il y a une durée (10m).") var until: String?
    @Argument var name: String

    func run() throws {
        let client = DockerClient()
        let tty = try client.get(container(name, "json"))["Config"]["Tty"].bool == true
        var query = [
            ("stdout", "1"), ("stderr", "1"), ("follow", follow ? "1" : "0"),
            ("timestamps", timestamps ? "1" : "0"),
            ("tail", tail)
        ]
        if let since { query.append(("since", try TimeFlag.unix(since))) }
        if let until { query.append(("until", try TimeFlag.unix(until))) }
        var decoder = FrameDecoder()
        try client.stream("GET", container(name, "logs"), query) { bytes throws(EscaleError) in
            if tty {
                try Sys.writeAll(1, bytes)
            } else {
                for frame in try decoder.feed(bytes) {
                    try Sys.writeAll(frame.stream == 2 ? 2 : 1, frame.data)
                }
            }
            return true
        }
    }
}

/// `--since` and `--until`: RFC 3339, seconds since 1970, or a length of time before now (`1h30m`).
enum TimeFlag {
    static func unix(_ text: String) throws(EscaleError) -> String {
        if let t = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "Z") {
            return "\(t.seconds).\(t.nanoseconds % 1_000_000_000)"
        }
        if Double(text) != nil { return text }
        var total = 0.0
        var number = ""
        for c in text {
            if c.isNumber || c == "." {
                number.append(c)
            } else if let unit = ["s": 1.0, "m": 60, "h": 3600][String(c)], let n = Double(number) {
                total += n * unit
                number = ""
            } else {
                number = "?"
                break
            }
        }
        guard number.isEmpty, total > 0 else {
            throw EscaleError(
                .invalid, "invalid time '\(text)'", repair: "--since 10m, or --since 2026-01-31T12:00:00Z")
        }
        return "\(Double(Timestamp.now.nanoseconds) / 1e9 - total)"
    }
}

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Montre ce que fait le moteur, au fur et à mesure.")
    @Option(name: .long, help: "Depuis une date.") var since: String?
    @Option(name: .long, help: "Jusqu’à une date.") var until: String?
    @Option(name: [.customShort("f"), .long], help: "type=, event=, container=, label=") var filter:
        [String] = []
    @Option(name: .long, help: "json, ou un modèle.") var format: String?

    func run() throws {
        var query = try filterQuery(filter)
        if let since { query.append(("since", try TimeFlag.unix(since))) }
        if let until { query.append(("until", try TimeFlag.unix(until))) }
        var pending: [UInt8] = []
        let template = try format.flatMap { $0 == "json" ? nil : try GoTemplate($0) }
        try DockerClient().stream("GET", "/events", query) { bytes throws(EscaleError) in
            pending.append(contentsOf: bytes)
            while let end = pending.firstIndex(of: 10) {
                let event = try JSON.parse(Array(pending[..<end]))
                pending.removeFirst(end + 1)
                if let template {
                    Output.out(try template.render(event) + "\n")
                } else {
                    Output.out((format == "json" ? event.text() : Self.line(event)) + "\n")
                }
            }
            return true
        }
    }

    private static func line(_ e: JSON) -> String {
        let time = Timestamp(nanoseconds: Int64(e["timeNano"].int ?? 0)).rfc3339
        let attributes = (e["Actor"]["Attributes"].object?.members ?? []).map {
            "\($0.key)=\($0.value.string ?? "")"
        }
        return
            "\(time) \(e["Type"].string ?? "") \(e["Action"].string ?? "") \(e["Actor"]["ID"].string ?? "")"
            + " (\(attributes.joined(separator: ", ")))"
    }
}
