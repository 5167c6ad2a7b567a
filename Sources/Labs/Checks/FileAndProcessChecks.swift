import Linux

/// A file is there, or is not.
struct FileExists: CheckKind {
    let value: Value
    let wanted: Bool

    init?(_ r: CheckReader) {
        guard let value = r.value() else { return nil }
        switch value.source {
        case .hostFile, .workspaceFile, .container(_, .path), .image(_, .path): break
        default:
            r.problem(
                r.of?.line, "« file.exists » porte sur un fichier",
                repair:
                    "« { container: NOM, path: … } », « { image: REF, path: … } », « { host: … } » ou « { workspace: … } »"
            )
            return nil
        }
        self.value = value
        switch r.expected?.text {
        case nil where r.expected == nil: wanted = true
        case "true": wanted = true
        case "false": wanted = false
        default:
            r.problem(r.expected?.line, "« is » doit être true ou false", repair: "« is: false » pour absent")
            return nil
        }
    }

    var objects: Value.Objects { value.objects }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let text: String? =
            switch value.source {
            case .hostFile(let path): try c.world.hostFile(path)
            case .workspaceFile(let path): try c.world.hostFile(Path.join(c.workspace, path))
            case .container(let name, .path(let path)):
                try c.world.file(path, in: c.container(name)["Id"].string ?? name)
            case .image(let name, .path(let path)):
                try ImageReading(name, c).file(path)
            default: nil
            }
        let there = text != nil
        if there == wanted { return .passed(got: there ? "présent" : "absent") }
        return .failed(
            "\(value.described) \(there ? "existe" : "n’existe pas")",
            expected: wanted ? "présent" : "absent",
            got: there ? "présent" : "absent")
    }
}

/// A process of the host is there, or is gone after having been there.
struct ProcessCheck: CheckKind {
    let pid: Value
    let gone: Bool

    init?(_ r: CheckReader, gone: Bool) {
        guard let pid = r.value() else { return nil }
        r.noExpectation()
        self.pid = pid
        self.gone = gone
    }

    var objects: Value.Objects { pid.objects }

    func sights(_ c: CheckContext) -> [String] {
        guard let text = try? pid.read(c), let number = Quantity(text).map({ Int($0.raw) }),
            c.world.isAlive(pid: number)
        else { return [] }
        return ["process \(number)"]
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        // The process of a stopped container: its PID is no longer known, its container says the rest.
        if gone, case .container(let name, .hostPID) = pid.source {
            let state = try c.container(name)["State"]
            if let pid = state["Pid"].int, pid > 0 { return alive(pid) }
            guard state["StartedAt"].string?.hasPrefix("0001") == false else {
                return .failed(
                    "« \(name) » n’a jamais démarré", help: "Démarrez-le d’abord.",
                    expected: "démarré puis terminé",
                    got: state["Status"].string ?? "")
            }
            return .passed(got: "terminé")
        }
        let text = try pid.read(c)
        guard let number = Quantity(text).map({ Int($0.raw) }), number > 0 else {
            throw Unread("« \(Extraction.excerpt(text)) » n’est pas un PID", got: Extraction.excerpt(text))
        }
        if c.world.isAlive(pid: number) { return gone ? alive(number) : .passed(got: "\(number)") }
        guard gone else {
            return .failed("le processus \(number) n’existe pas", expected: "en vie", got: "absent")
        }
        guard c.seen.contains("process \(number)") else {
            return .failed(
                "rien ne montre que le processus \(number) ait existé pendant cette étape",
                help: "Lancez-le d’abord.", expected: "lancé puis terminé", got: "jamais vu")
        }
        return .passed(got: "terminé")
    }

    private func alive(_ pid: Int) -> Finding {
        .failed(
            "le processus \(pid) vit toujours", help: "`ps -p \(pid)` le montre.", expected: "terminé",
            got: "en vie")
    }
}

/// The host still starts programs quickly.
struct HostResponsive: CheckKind {
    /// Milliseconds: 500 is hundreds of times what an idle host takes, and what a person notices.
    private static let limit = 500.0

    init?(_ r: CheckReader) {
        r.noObject()
        r.noExpectation()
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let time = try c.world.spawnTime()
        let text = Quantity.text(time, unit: "ms")
        if time <= Self.limit { return .passed(got: text) }
        return .failed(
            "l’hôte met \(text) à lancer un programme", expected: "moins de \(Int(Self.limit)) ms", got: text)
    }
}
