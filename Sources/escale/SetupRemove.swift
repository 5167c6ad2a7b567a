import DockerClient
import Glibc
import Linux
import Network
import Registry
import Support

/// `escale setup --remove`: ends all that this kit runs and takes away what it changed on the host.
/// The data (`ESCALE_ROOT`, `ESCALE_RUN`) stays; `labs/start --remove` deletes it afterwards.
struct SetupRemove {
    let kit: Kit
    /// Called with what was done, in French.
    let say: (String) -> Void

    func run() throws(EscaleError) {
        try removeContainers()
        try removeMachines()
        try stopRegistries()
        try stopDaemon()
        try removeCgroups()
        if geteuid() == 0 {
            try Bridge.remove(kit: kit)
            say("Réseau : retiré")
        }
    }

    /// Through the engine, which is started for it where it is not there: only it knows them all.
    private func removeContainers() throws(EscaleError) {
        guard let names = try? Files.list(kit.containers), !names.isEmpty else { return }
        let client = DockerClient(kit: kit)
        guard client.isOurs else { return }
        let list = try client.get("/containers/json", [("all", "1")]).array ?? []
        for container in list {
            guard let id = container["Id"].string else { continue }
            try client.delete("/containers/\(id)", [("force", "1"), ("v", "1")])
        }
        say("Conteneurs : \(list.count) retirés")
    }

    /// Through our own command: machines have no daemon.
    private func removeMachines() throws(EscaleError) {
        guard let names = try? Files.list(kit.vms) else { return }
        let machines = names.filter { Files.isDirectory("\(kit.vms)/\($0)") }
        for name in machines {
            let result = try Spawn.run("/proc/self/exe", ["vm", "rm", "-f", name])
            if result.status != 0 {
                throw EscaleError(.internal, "vm rm \(name): \(result.errorText.filter { $0 != "\n" })")
            }
        }
        if !machines.isEmpty { say("Machines virtuelles : \(machines.count) retirées") }
    }

    private func stopRegistries() throws(EscaleError) {
        let stopped = try BackgroundRegistries(kit: kit).stopAll()
        if !stopped.isEmpty { say("Registres : \(stopped.count) arrêtés") }
    }

    private func stopDaemon() throws(EscaleError) {
        guard let pid = UnixSocket.listener(kit.dockerSocket) else { return }
        let handle: ProcessHandle
        do { handle = try ProcessHandle(pid) } catch { return }
        try handle.signal(SIGTERM)
        if try !handle.waitForEnd(milliseconds: 5000) {
            // Crash-only: nothing is lost.
            try handle.signal(SIGKILL)
            _ = try handle.waitForEnd(milliseconds: 5000)
        }
        say("Moteur : arrêté")
    }

    /// What a container that the engine knew nothing of may have left.
    private func removeCgroups() throws(EscaleError) {
        let group = try Cgroup(path: "/escale-\(InterfaceName.hash(kit))")
        guard !group.existing.isEmpty else { return }
        try group.killAll()
        try group.remove()
    }
}
