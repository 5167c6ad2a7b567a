import DockerClient
import Linux
import Registry
import Support

/// `nettoyer`: removes this kit's containers and machines and stops its registries, after asking.
struct Cleaning {
    let kit: Kit
    let screen: Screen

    func run(_ arguments: [String]) throws(EscaleError) -> Int32 {
        let sure = arguments.contains { ["-y", "-f", "oui", "--yes"].contains($0) }
        let client = DockerClient(kit: kit)
        let containers = (try client.get("/containers/json", [("all", "1")]).array ?? []).compactMap {
            item -> (id: String, name: String)? in
            guard let id = item["Id"].string else { return nil }
            return (id, String((item["Names"][0].string ?? id).drop { $0 == "/" }))
        }
        let machines = try self.machines()
        let registries = try BackgroundRegistries(kit: kit).list()
        if containers.isEmpty, machines.isEmpty, registries.isEmpty {
            screen.say("Il n’y a rien à nettoyer : aucun conteneur, aucune VM, aucun registre.")
            return 0
        }
        if !containers.isEmpty {
            screen.say("Conteneurs : \(containers.map { "**\($0.name)**" }.joined(separator: ", ")).")
        }
        if !machines.isEmpty { screen.say("VM : \(machines.map { "**\($0)**" }.joined(separator: ", ")).") }
        if !registries.isEmpty {
            screen.say(
                "Registres : \(registries.map { "**\(Path.name($0.root))**" }.joined(separator: ", ")).")
        }
        if !sure {
            let reply = screen.ask(French.set("Tout supprimer ? [o/N] "))
            if reply == .nobody {
                screen.complain("Personne pour confirmer : `nettoyer -y` supprime sans demander.")
                return 1
            }
            guard reply.isConsent else {
                screen.say("Rien n’a été supprimé.")
                return 1
            }
        }
        var failed = 0
        for container in containers {
            do {
                try client.delete("/containers/\(container.id)", [("force", "1"), ("v", "1")])
            } catch  where error.code != .notFound {
                ShellMain.report(error.within(container.name))
                failed += 1
            }
        }
        for machine in machines where try own(["vm", "rm", "-f", machine]).status != 0 { failed += 1 }
        for registry in registries { try BackgroundRegistries(kit: kit).stop(root: registry.root) }
        let done = containers.count + machines.count + registries.count - failed
        screen.say("\(French.count(done, "supprimé")). Images, progression et fichiers sont toujours là.")
        return failed == 0 ? 0 : 1
    }

    private func machines() throws(EscaleError) -> [String] {
        let result = try own(["vm", "ps", "-a", "--json"])
        guard result.status == 0 else { return [] }
        return (try JSON.parse(result.out).array ?? []).compactMap { $0["name"].string }
    }

    /// Our own program, as a learner would call it.
    private func own(_ arguments: [String]) throws(EscaleError) -> Spawn.Result {
        try Spawn.run("/proc/self/exe", arguments)
    }
}
