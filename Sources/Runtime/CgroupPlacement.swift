import CLinux
import Glibc
import Linux
import Support

/// Puts a new container into its cgroup: a folder per hierarchy, its limits, the process.
struct CgroupPlacement {
    let cgroup: Cgroup
    let limits: CgroupLimits
    let steps: Steps

    /// The version 2 folder, opened for clone3 to put the child there at birth: moving a process
    /// later costs the kernel a grace period. -1 where there is none.
    func makeUnified() throws(EscaleError) -> Int32 {
        guard let unified = cgroup.host.unified else { return -1 }
        guard try make(unified) else { return -1 }
        return try Sys.open(cgroup.folder(in: unified), Sys.pathOnly | O_DIRECTORY).release()
    }

    /// The same of a cgroup that exists already; -1 where this user may not use it.
    func openUnified() -> Int32 {
        guard let unified = cgroup.host.unified, cgroup.path != "/" else { return -1 }
        return (try? Sys.open(cgroup.folder(in: unified), Sys.pathOnly | O_DIRECTORY).release()) ?? -1
    }

    /// Into the existing folders of version 1.
    func join(_ pid: pid_t) throws(EscaleError) {
        for hierarchy in cgroup.existing where hierarchy.version == .v1 {
            try steps.run("cgroup.\(name(hierarchy)).join", "write", "cgroup.procs \(pid)") {
                () throws(EscaleError) in
                try cgroup.add(pid, in: hierarchy)
            }
        }
    }

    func place(_ pid: pid_t) throws(EscaleError) {
        for hierarchy in cgroup.hierarchies(for: limits) {
            if hierarchy.version == .v2 { continue }
            guard try make(hierarchy) else { continue }
            try steps.run("cgroup.\(name(hierarchy)).join", "write", "cgroup.procs \(pid)") {
                () throws(EscaleError) in
                try cgroup.add(pid, in: hierarchy)
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
                try cgroup.create(in: hierarchy)
                try cgroup.apply(limits, in: hierarchy)
            }
            return true
        } catch {
            guard error.code == .denied, !cgroup.isNeeded(by: limits, in: hierarchy) else {
                throw error.within("cgroup \(name(hierarchy))")
            }
            return false
        }
    }
}
