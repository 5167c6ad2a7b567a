/// Namespaces shared by, or different between, containers and the host.
struct NamespaceCheck: CheckKind {
    let kinds: [String]
    /// Container names, or `host`.
    let between: [String]
    let shared: Bool

    init?(_ r: CheckReader, shared: Bool) {
        guard let map = r.map(["ns", "between"]) else { return nil }
        r.noExpectation()
        if let one = map.node["ns"]?.text {
            kinds = [one]
        } else {
            kinds = map.texts("ns", required: true).map(\.text)
        }
        for kind in kinds where !Value.namespaces.contains(kind) {
            r.problem(
                map.node["ns"]?.line, "espace de noms inconnu « \(kind) »",
                repair: "possibles : \(Value.namespaces.joined(separator: ", "))")
            return nil
        }
        between = map.texts("between", required: true).map(\.text)
        self.shared = shared
        guard between.count >= 2, !kinds.isEmpty else {
            r.problem(
                map.node.line, "« \(r.that) » compare au moins deux porteurs",
                repair: "« between: [A, host] »")
            return nil
        }
    }

    var objects: Value.Objects { Value.Objects(containers: between.filter { $0 != "host" }) }

    func evaluate(_ c: CheckContext) throws(Unread) -> Finding {
        let pids = try between.map { name throws(Unread) in name == "host" ? 1 : try c.pid(of: name) }
        for kind in kinds {
            let inodes = try pids.map { pid throws(Unread) in try c.world.namespace(kind, pid: pid) }
            for i in inodes.indices {
                for j in inodes.indices where j > i && (inodes[i] == inodes[j]) != shared {
                    return failure(kind, i, j, inodes)
                }
            }
        }
        return .passed(got: shared ? "partagé" : "distincts")
    }

    private func failure(_ kind: String, _ i: Int, _ j: Int, _ inodes: [String]) -> Finding {
        func name(_ i: Int) -> String { between[i] == "host" ? "l’hôte" : "« \(between[i]) »" }
        return .failed(
            shared
                ? "\(name(i)) et \(name(j)) n’ont pas le même espace de noms \(kind)"
                : "\(name(i)) et \(name(j)) partagent l’espace de noms \(kind)",
            help: "Comparez `readlink /proc/PID/ns/\(kind)` pour les deux, avec leurs PID vus de l’hôte.",
            expected: shared ? "le même inode" : "deux inodes différents", got: "\(inodes[i]) et \(inodes[j])"
        )
    }
}
