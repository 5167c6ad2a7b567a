import Glibc
import Support

/// One cgroup, by the same path in each hierarchy that a container uses.
public struct Cgroup: Sendable, Equatable {
    public let host: CgroupHost
    /// From the top of each hierarchy: `/escale-1a2b3c4d/ID`.
    public let path: String

    public init(host: CgroupHost, path: String) {
        self.host = host
        self.path = Path.clean(path.hasPrefix("/") ? path : "/" + path)
    }

    /// The cgroup of a path on this host.
    public init(path: String) throws(EscaleError) {
        self.init(host: try CgroupHost.current(), path: path)
    }

    static let controllers: [any CgroupController.Type] = [
        MemoryController.self, CPUController.self, CPUAccountController.self, PidsController.self,
        DevicesController.self, FreezerController.self, BlockIOController.self, CPUSetController.self
    ]

    public func folder(in hierarchy: CgroupHost.Hierarchy) -> String { hierarchy.mountPoint + path }

    /// Where a controller (by its name in version 1) keeps this cgroup.
    func place(of controller: any CgroupController.Type) -> (CgroupHost.Hierarchy, CgroupFolder)? {
        guard
            let hierarchy = host.hierarchies.first(where: {
                $0.version == .v1 && $0.controllers.contains(controller.name)
            })
                ?? host.hierarchies.first(where: {
                    $0.version == .v2 && $0.controllers.contains(controller.unifiedName)
                })
        else { return nil }
        return (hierarchy, CgroupFolder(folder(in: hierarchy)))
    }

    /// The hierarchies that processes are put into: all of them but the named ones (nobody counts
    /// there), and cpuset only when asked for, since in version 1 it must be filled in first.
    public func hierarchies(for limits: CgroupLimits) -> [CgroupHost.Hierarchy] {
        host.hierarchies.filter { hierarchy in
            if hierarchy.version == .v2 { return true }
            if hierarchy.controllers == ["cpuset"] { return CPUSetController.isNeeded(by: limits) }
            return hierarchy.controllers.contains { name in
                Self.controllers.contains { $0.name == name }
            }
        }
    }

    /// The hierarchies in which it exists.
    public var existing: [CgroupHost.Hierarchy] {
        path == "/" ? [] : host.hierarchies.filter { Files.exists(folder(in: $0)) }
    }

    /// Process ids in it and below it, in the caller's numbering.
    public func processes() -> [pid_t] {
        // In version 1 one hierarchy is like the others; the most likely ones first.
        for name in ["pids", "memory", "freezer", "cpuacct"] {
            if let h = host.hierarchies.first(where: { $0.version == .v1 && $0.controllers.contains(name) }),
                Files.exists(folder(in: h))
            {
                return Self.processes(below: folder(in: h))
            }
        }
        guard let h = existing.first else { return [] }
        return Self.processes(below: folder(in: h))
    }

    private static func processes(below folder: String) -> [pid_t] {
        var found = ((try? Files.text("\(folder)/cgroup.procs")) ?? "").split(separator: "\n")
            .compactMap { pid_t($0) }
        for child in subfolders(of: folder) { found += processes(below: child) }
        return found
    }

    static func subfolders(of folder: String) -> [String] {
        // st_nlink counts a folder's subfolders here: most have none, and need no listing.
        var s = stat()
        if stat(folder, &s) == 0, s.st_nlink <= 2 { return [] }
        return ((try? Files.list(folder)) ?? []).map { "\(folder)/\($0)" }.filter(Files.isDirectory)
    }

    /// What its processes have used so far.
    public func stats() -> CgroupStats {
        var stats = CgroupStats()
        for controller in Self.controllers {
            guard let (hierarchy, folder) = place(of: controller) else { continue }
            controller.read(folder, hierarchy.version, into: &stats)
        }
        return stats
    }

    /// Processes killed for lack of memory.
    public func oomKills() -> UInt64 {
        guard let (hierarchy, folder) = place(of: MemoryController.self) else { return 0 }
        let file = hierarchy.version == .v1 ? "memory.oom_control" : "memory.events"
        return folder.table(file)["oom_kill"] ?? 0
    }
}
