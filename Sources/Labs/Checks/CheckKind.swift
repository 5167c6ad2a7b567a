/// One sort of check (`that:`). A kind holds what was asked; `evaluate` looks and judges.
protocol CheckKind: Sendable {
    func evaluate(_ c: CheckContext) throws(Unread) -> Finding
    /// What `refaire` takes away.
    var objects: Value.Objects { get }
    /// Measures something that takes seconds: the check must declare `long`.
    var isSlow: Bool { get }
    /// Objects that exist now and that this check will later want to have been there.
    func sights(_ c: CheckContext) -> [String]
}

extension CheckKind {
    var objects: Value.Objects { Value.Objects() }
    var isSlow: Bool { false }
    func sights(_ c: CheckContext) -> [String] { [] }
}

/// What a kind found.
struct Finding: Sendable, Equatable {
    enum Verdict: Sendable { case passed, failed, blocked }
    var verdict: Verdict
    var reason = ""
    var help = ""
    var expected = ""
    var got = ""
    /// Named by a script itself.
    var misconception: String?

    static func passed(got: String = "") -> Finding { Finding(verdict: .passed, got: got) }

    static func failed(_ reason: String, help: String = "", expected: String = "", got: String = "")
        -> Finding
    {
        Finding(verdict: .failed, reason: reason, help: help, expected: expected, got: got)
    }
}

/// What the author wrote for one check, for the kinds to read.
struct CheckReader {
    let file: String
    let line: Int
    let that: String
    let of: YAMLNode?
    let expected: YAMLNode?
    let problems: ProblemList

    func problem(_ line: Int?, _ rule: String, repair: String) {
        problems.add(file, line ?? self.line, rule, repair: repair)
    }

    /// `of:` as a name.
    func name() -> String? {
        guard let text = of?.text, !text.isEmpty else {
            problem(
                of?.line, "« \(that) » exige « of: nom »", repair: "donnez le nom, par exemple « of: ${NOM} »"
            )
            return nil
        }
        return text
    }

    /// `of:` as a mapping.
    func map(_ keys: [String]) -> MapReader? {
        guard let of else {
            problem(
                nil, "« \(that) » exige « of »",
                repair: "ajoutez « of: { \(keys.map { "\($0): …" }.joined(separator: ", ")) } »")
            return nil
        }
        return MapReader(of, file: file, what: "le « of » de « \(that) »", keys: keys, problems: problems)
    }

    func value() -> Value? {
        guard let of else {
            problem(nil, "« \(that) » exige « of »", repair: "donnez la valeur à lire")
            return nil
        }
        return Value.parse(of, file: file, problems: problems)
    }

    func values(atLeast count: Int) -> [Value]? {
        guard let items = of?.items, items.count >= count else {
            problem(
                of?.line, "« \(that) » exige une liste d’au moins \(count) valeurs",
                repair: "écrivez « of: [valeur, valeur] »")
            return nil
        }
        let list = items.compactMap { Value.parse($0, file: file, problems: problems) }
        return list.count == items.count ? list : nil
    }

    /// `is:`, or the kind's default.
    func expectation(_ fallback: Expectation<Value>? = nil) -> Expectation<Value>? {
        if let expected { return Expectation.parse(expected, file: file, problems: problems) }
        if let fallback { return fallback }
        problem(nil, "« \(that) » exige « is »", repair: "dites ce qu’on attend par « is: … »")
        return nil
    }

    /// For kinds without an `is:`.
    func noExpectation() {
        guard let expected else { return }
        problem(expected.line, "« \(that) » n’a pas de « is »", repair: "retirez-le")
    }

    func noObject() {
        guard let of else { return }
        problem(of.line, "« \(that) » n’a pas de « of »", repair: "retirez-le")
    }
}

/// All kinds by name.
enum CheckKinds {
    typealias Parse = @Sendable (CheckReader) -> (any CheckKind)?

    static let all: [String: Parse] = [
        "value": { ValueCheck.value($0) },
        "answer": { ValueCheck.answer($0) },
        "container.config": { ValueCheck.containerConfig($0) },
        "container.limit": { ContainerLimit($0) },
        "container.exit": { ValueCheck.containerExit($0) },
        "stop.duration": { ValueCheck.stopDuration($0) },
        "cgroup.counter": { ValueCheck.cgroupCounter($0) },
        "file.in": { ValueCheck.file($0) },
        "file.table": { ValueCheck.table($0) },
        "image.size": { ValueCheck.imageSize($0) },
        "image.config": { ValueCheck.imageConfig($0) },
        "vm.exit": { ValueCheck.vmExit($0) },
        "vm.state": { ValueCheck.vmState($0) },
        "measure": { ValueCheck.measure($0) },
        "measure.ratio": { ValueCheck.ratio($0) },
        "same": { SameCheck($0) },
        "distinct": { DistinctCheck($0) },
        "container.state": { ValueCheck.containerState($0) },
        "container.exists": { ContainerExists($0) },
        "container.gone": { GoneCheck(container: $0) },
        "vm.exists": { VMExists($0) },
        "vm.gone": { GoneCheck(vm: $0) },
        "container.count": { CountCheck(containers: $0) },
        "vm.count": { CountCheck(vms: $0) },
        "command.exit": { CommandExit($0) },
        "event.seen": { EventSeen($0) },
        "namespace.shared": { NamespaceCheck($0, shared: true) },
        "namespace.distinct": { NamespaceCheck($0, shared: false) },
        "file.exists": { FileExists($0) },
        "process.exists": { ProcessCheck($0, gone: false) },
        "process.gone": { ProcessCheck($0, gone: true) },
        "http": { HTTPCheck($0) },
        "image.exists": { ImagePresence($0, present: true) },
        "image.gone": { ImagePresence($0, present: false) },
        "image.lacks": { ImageText($0, present: false) },
        "image.holds": { ImageText($0, present: true) },
        "image.run": { ImageRun($0) },
        "image.shared": { ValueCheck.imageShared($0) },
        "registry": { ValueCheck.registry($0) },
        "host.responsive": { HostResponsive($0) }
    ]
}
