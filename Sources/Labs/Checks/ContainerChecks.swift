import Support

struct ContainerExists: CheckKind {
    let name: String
    init?(_ r: CheckReader) {
        guard let name = r.name() else { return nil }
        r.noExpectation()
        self.name = name
    }
    var objects: Value.Objects { Value.Objects(containers: [name]) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        .passed(got: try c.container(name)["State"]["Status"].string ?? "")
    }
}

struct VMExists: CheckKind {
    let name: String
    init?(_ r: CheckReader) {
        guard let name = r.name() else { return nil }
        r.noExpectation()
        self.name = name
    }
    var objects: Value.Objects { Value.Objects(vms: [name]) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding { .passed(got: try c.vm(name).state) }
}

/// Gone now, and proved to have been there: seen in this attempt, or in Docker's events.
struct GoneCheck: CheckKind {
    let name: String
    let isVM: Bool

    init?(container r: CheckReader) {
        guard let name = r.name() else { return nil }
        r.noExpectation()
        self.name = name
        isVM = false
    }

    init?(vm r: CheckReader) {
        guard let name = r.name() else { return nil }
        r.noExpectation()
        self.name = name
        isVM = true
    }

    var objects: Value.Objects {
        isVM ? Value.Objects(vms: [name]) : Value.Objects(containers: [name])
    }

    func sights(_ c: CheckContext) -> [String] {
        if isVM { return (try? c.world.vms())?.contains { $0.name == name } == true ? ["vm \(name)"] : [] }
        return (try? c.world.container(name)).flatMap(\.self) == nil ? [] : ["container \(name)"]
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let state: String? =
            isVM
            ? try c.world.vms().first { $0.name == name }?.state
            : try c.world.container(name)?["State"]["Status"].string
        let (the, command) = isVM ? ("la VM", "vm rm \(name)") : ("le conteneur", "rm \(name)")
        if let state {
            return .failed(
                "\(the) « \(name) » existe toujours", help: "Enlevez-\(isVM ? "la" : "le") par `\(command)`.",
                expected: isVM ? "disparue" : "disparu", got: state)
        }
        var was = c.seen.contains("\(isVM ? "vm" : "container") \(name)")
        if !was, !isVM { was = try c.world.events(since: c.since).contains { $0.name == name } }
        guard was else {
            return .failed(
                "rien ne montre que \(the) « \(name) » ait existé pendant cette étape",
                help: "Créez-\(isVM ? "la" : "le") d’abord, puis enlevez-\(isVM ? "la" : "le").",
                expected: "créé puis enlevé", got: "jamais vu")
        }
        return .passed(got: isVM ? "disparue" : "disparu")
    }
}

/// How many containers or VMs match.
struct CountCheck: CheckKind {
    let isVM: Bool
    let name: String?
    let image: String?
    let state: String?
    let expectation: Expectation<Value>

    init?(containers r: CheckReader) { self.init(r, isVM: false) }
    init?(vms r: CheckReader) { self.init(r, isVM: true) }

    private init?(_ r: CheckReader, isVM: Bool) {
        guard let map = r.map(["name", "image", "state"]), let expectation = r.expectation() else {
            return nil
        }
        self.isVM = isVM
        name = map.text("name")
        image = map.text("image")
        state = map.text("state")
        self.expectation = expectation
        if name == nil, image == nil, state == nil {
            r.problem(map.node.line, "il faut au moins un critère", repair: "ajoutez name, image ou state")
            return nil
        }
    }

    var objects: Value.Objects {
        guard let name else { return Value.Objects() }
        return isVM ? Value.Objects(vms: [name]) : Value.Objects(containers: [name])
    }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let count =
            isVM
            ? try c.world.vms().count { matches(name: $0.name, image: $0.image, state: $0.state) }
            : try c.world.containers().count {
                matches(
                    name: $0["Names"][0].string?.trimmingPrefix("/").description ?? "",
                    image: $0["Image"].string ?? "", state: $0["State"].string ?? "")
            }
        let resolved = try expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds("\(count)") { return .passed(got: "\(count)") }
        let what = isVM ? "VM" : "conteneur(s)"
        let criteria = [
            name.map { "nommé(s) \($0)" }, image.map { "de l’image \($0)" }, state.map { "dans l’état \($0)" }
        ]
        .compactMap(\.self).joined(separator: ", ")
        return .failed(
            "\(count) \(what) \(criteria)", help: isVM ? "`vm ps -a` les montre." : "`ps -a` les montre.",
            expected: expectation.described, got: "\(count)")
    }

    private func matches(name: String, image: String, state: String) -> Bool {
        (self.name.map { Glob.matches($0, name) } ?? true)
            && (self.image.map { $0 == image || "\($0):latest" == image } ?? true)
            && (self.state.map { $0 == state } ?? true)
    }
}

/// Names that may end with `*`.
enum Glob {
    static func matches(_ pattern: String, _ name: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    static func any(_ patterns: [String], _ name: String) -> Bool { patterns.contains { matches($0, name) } }
}

/// A limit of a container, as set by `run` or `update`.
struct ContainerLimit: CheckKind {
    let name: String
    let limit: String
    let expectation: Expectation<Value>

    init?(_ r: CheckReader) {
        guard let map = r.map(["container", "limit"]), let name = map.text("container", required: true),
            let limit = map.text("limit", required: true), let expectation = r.expectation()
        else { return nil }
        guard ["memory", "cpus", "pids"].contains(limit) else {
            r.problem(map.node["limit"]?.line, "limite inconnue « \(limit) »", repair: "memory, cpus ou pids")
            return nil
        }
        self.name = name
        self.limit = limit
        self.expectation = expectation
    }

    var objects: Value.Objects { Value.Objects(containers: [name]) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let host = try c.container(name)["HostConfig"]
        let got: String? =
            switch limit {
            case "memory": host["Memory"].int.flatMap { $0 > 0 ? "\($0) o" : nil }
            case "pids": host["PidsLimit"].int.flatMap { $0 > 0 ? "\($0)" : nil }
            default: Self.cpus(host)
            }
        let (option, word) =
            switch limit {
            case "memory": ("--memory", "de mémoire")
            case "pids": ("--pids-limit", "de processus")
            default: ("--cpus", "de processeur")
            }
        guard let got else {
            return .failed(
                "« \(name) » n’a pas de limite \(word)", help: "Elle se donne à `run` par `\(option)`.",
                expected: expectation.described, got: "aucune")
        }
        let resolved = try expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds(got) { return .passed(got: got) }
        return .failed(
            "la limite \(word) de « \(name) » est \(got)", help: "Elle se donne à `run` par `\(option)`.",
            expected: expectation.described, got: got)
    }

    private static func cpus(_ host: JSON) -> String? {
        if let nano = host["NanoCpus"].int, nano > 0 { return Quantity.text(Double(nano) / 1e9) }
        guard let quota = host["CpuQuota"].int, quota > 0 else { return nil }
        let period = host["CpuPeriod"].int.flatMap { $0 > 0 ? $0 : nil } ?? 100_000
        return Quantity.text(Double(quota) / Double(period))
    }
}

/// A command's exit status in a container.
struct CommandExit: CheckKind {
    let name: String
    let command: String
    let expectation: Expectation<Value>

    init?(_ r: CheckReader) {
        guard let map = r.map(["container", "run"]), let name = map.text("container", required: true),
            let command = map.text("run", required: true),
            let expectation = r.expectation(.equal(Value(.literal("0"))))
        else { return nil }
        self.name = name
        self.command = command
        self.expectation = expectation
    }

    var objects: Value.Objects { Value.Objects(containers: [name]) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        _ = try c.pid(of: name)
        let (status, output) = try c.world.run(command, in: name)
        let resolved = try expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds("\(status)") { return .passed(got: "\(status)") }
        return .failed(
            "« \(command) », dans « \(name) », se termine avec le code \(status)",
            help: output.isEmpty ? "" : "Il a dit : \(Extraction.excerpt(output))",
            expected: "code \(expectation.described)", got: "\(status)")
    }
}

/// Events of the engine since the attempt began.
struct EventSeen: CheckKind {
    let name: String
    let action: String
    let exit: String?
    let signal: String?
    let expectation: Expectation<Value>

    init?(_ r: CheckReader) {
        guard let map = r.map(["container", "action", "exit", "signal"]),
            let name = map.text("container", required: true), let action = map.text("action", required: true),
            let expectation = r.expectation(.atLeast(Value(.literal("1"))))
        else { return nil }
        self.name = name
        self.action = action
        exit = map.text("exit")
        signal = map.text("signal")
        self.expectation = expectation
    }

    var objects: Value.Objects { Value.Objects(containers: [name]) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let events = try c.world.events(since: c.since).filter { event in
            event.name == name && event.action == action && (exit == nil || event.exitCode == exit)
                && (signal == nil || event.signal == signal)
        }
        let resolved = try expectation.map { v throws(Unread) in try v.read(c) }
        if resolved.holds("\(events.count)") { return .passed(got: "\(events.count)") }
        let details = [exit.map { "code \($0)" }, signal.map { "signal \($0)" }].compactMap(\.self)
        let what = ([action] + details).joined(separator: ", ")
        return .failed(
            "événement « \(what) » de « \(name) » : vu \(events.count) fois pendant cette étape",
            help: "`events --since 10m` montre ce que le moteur a noté.", expected: expectation.described,
            got: "\(events.count)")
    }
}
