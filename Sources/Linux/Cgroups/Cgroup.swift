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
        DevicesController.self, FreezerController.self, BlockIOController.self, CPUSetController.self,
        HugetlbController.self, RDMAController.self, MiscController.self, NetworkClassController.self,
        NetworkPriorityController.self
    ]

    /// Those that every container is in, where the host has them: they count, or hold it together.
    private static let usual: Set<String> = [
        "memory", "cpu", "cpuacct", "pids", "devices", "freezer", "blkio"
    ]

    public func folder(in hierarchy: CgroupHost.Hierarchy) -> String { hierarchy.mountPoint + path }

    /// Where a controller keeps this cgroup.
    func place(of controller: any CgroupController.Type) -> (CgroupHost.Hierarchy, CgroupFolder)? {
        guard let hierarchy = host.home(of: controller) else { return nil }
        return (hierarchy, CgroupFolder(folder(in: hierarchy), hierarchy.version))
    }

    /// The controllers of a hierarchy, by its own names.
    static func controllers(in hierarchy: CgroupHost.Hierarchy) -> [any CgroupController.Type] {
        controllers.filter {
            hierarchy.controllers.contains(hierarchy.version == .v1 ? $0.name : $0.unifiedName)
        }
    }

    /// Whether limits ask something of a controller.
    static func isAsked(_ controller: any CgroupController.Type, _ limits: CgroupLimits) -> Bool {
        !controller.asked(limits).isEmpty
            || limits.unified.keys.contains { $0.hasPrefix(controller.unifiedName + ".") }
    }

    /// The hierarchies that processes are put into: those of the usual controllers, and of others when they
    /// are asked for. cpuset, for one, must be filled in first in version 1. Version 2 beside version 1 only
    /// for what is asked of it: each of its cgroups makes every mount of a version 1 hierarchy slower.
    public func hierarchies(for limits: CgroupLimits) -> [CgroupHost.Hierarchy] {
        let homes = Self.controllers.filter { Self.usual.contains($0.name) || !$0.asked(limits).isEmpty }
            .compactMap { host.home(of: $0)?.mountPoint }
        return host.hierarchies.filter { hierarchy in
            homes.contains(hierarchy.mountPoint)
                || hierarchy.version == .v2 && (host.mode == .v2 || !limits.unified.isEmpty)
        }
    }

    /// Controllers of version 2 that its parents must pass down.
    func unifiedControllers(for limits: CgroupLimits, in hierarchy: CgroupHost.Hierarchy) -> [String] {
        let wanted = Self.controllers(in: hierarchy).filter {
            Self.usual.contains($0.name) || Self.isAsked($0, limits)
        }
        var names: [String] = []
        for controller in wanted where !names.contains(controller.unifiedName) {
            names.append(controller.unifiedName)
        }
        return names
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
            guard let (_, folder) = place(of: controller) else { continue }
            controller.read(folder, into: &stats)
        }
        return stats
    }

    /// Processes killed for lack of memory.
    public func oomKills() -> UInt64 {
        guard let (_, folder) = place(of: MemoryController.self) else { return 0 }
        return folder.table(folder.version == .v1 ? "memory.oom_control" : "memory.events")["oom_kill"] ?? 0
    }
}
