import CLinux
import Glibc
import Linux
import Support

/// Puts a new container into its cgroup: a folder per hierarchy, its limits, the process.
struct CgroupPlacement {
    let cgroup: Cgroup
    let limits: CgroupLimits
    let steps: Steps
    var subgroups = Subgroups()

    /// The version 2 folder, opened for clone3 to put the child there at birth: moving a process
    /// later costs the kernel a grace period. -1 where there is none.
    func makeUnified() throws(EscaleError) -> Int32 {
        guard let unified = cgroup.hierarchies(for: limits).first(where: { $0.version == .v2 }),
            try make(unified)
        else { return -1 }
        return try Sys.open(cgroup.folder(in: unified), Sys.pathOnly | O_DIRECTORY).release()
    }

    /// The same of a cgroup that exists already; -1 where this user may not use it.
    func openUnified() -> Int32 {
        guard let unified = cgroup.host.unified, cgroup.path != "/" else { return -1 }
        let folder = cgroup.folder(in: unified) + subgroups.path(in: unified)
        return (try? Sys.open(folder, Sys.pathOnly | O_DIRECTORY).release()) ?? -1
    }

    /// The folders of version 1, ready for the process.
    func makeFolders() throws(EscaleError) -> [CgroupHost.Hierarchy] {
        var made: [CgroupHost.Hierarchy] = []
        for hierarchy in cgroup.hierarchies(for: limits) where hierarchy.version == .v1 {
            if try make(hierarchy) { made.append(hierarchy) }
        }
        return made
    }

    /// The folders of version 1 that are there already.
    func existingFolders() -> [CgroupHost.Hierarchy] { cgroup.existing.filter { $0.version == .v1 } }

    /// Moves another process in: what a process in a new user namespace can't do for itself.
    func place(_ pid: pid_t, in hierarchies: [CgroupHost.Hierarchy]) throws(EscaleError) {
        for hierarchy in hierarchies {
            try steps.run("cgroup.\(name(hierarchy)).join", "write", "cgroup.procs \(pid)") {
                () throws(EscaleError) in
                try cgroup.add(pid, in: hierarchy)
            }
        }
    }

    /// Moves the calling process, of one thread, in. By `tasks` and not `cgroup.procs`: the kernel
    /// then takes no lock that waits for a grace period of all CPUs, some 15 ms.
    func placeSelf() throws(EscaleError) {
        for hierarchy in existingFolders() {
            try steps.run("cgroup.\(name(hierarchy)).join", "write", "tasks 0") {
                () throws(EscaleError) in
                try Files.poke("\(cgroup.folder(in: hierarchy))\(subgroups.path(in: hierarchy))/tasks", "0")
            }
        }
    }

    private func name(_ hierarchy: CgroupHost.Hierarchy) -> String {
        hierarchy.version == .v2 ? "unified" : hierarchy.controllers.joined(separator: ",")
    }

    /// False where this user may not, and no limit needs it.
    private func make(_ hierarchy: CgroupHost.Hierarchy) throws(EscaleError) -> Bool {
        do {
            try steps.run("cgroup.\(name(hierarchy))", "mkdir", cgroup.folder(in: hierarchy)) {
                () throws(EscaleError) in
                try cgroup.create(in: hierarchy, for: limits)
                try cgroup.apply(limits, in: hierarchy)
            }
            return true
        } catch {
            // An error that names a field says all.
            if error.message.hasPrefix("linux.resources.") { throw error }
            guard error.code == .denied else { throw error.within("cgroup \(name(hierarchy))") }
            guard let field = cgroup.asked(limits, in: hierarchy).first else {
                steps.forgive()
                return false
            }
            throw field.refused(
                .denied, "this user may not use the \(name(hierarchy)) cgroup here: \(error.message)",
                errno: error.errno, repair: "leave the limit out, or delegate the controller to this user")
        }
    }
}
