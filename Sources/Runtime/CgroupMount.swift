import Glibc
import Linux
import Support

/// `/sys/fs/cgroup` in a container: the container's own cgroup is the top of what it sees.
package struct CgroupMount {
    let destination: String
    let options: MountOptions
    /// With a cgroup namespace the kernel shows that top by itself; else it is a bind mount.
    let hasNamespace: Bool

    func make(in root: ContainerTree) throws(EscaleError) {
        let host = try CgroupHost.current()
        let target = try root.makeFolder(destination)
        let flags = options.set.union([.nosuid, .nodev, .noexec])
        if host.mode == .none { return }
        if host.mode == .v2, let unified = host.unified {
            return try mount(unified, on: destination, in: root, flags)
        }
        // Version 1: a folder per hierarchy on a small tmpfs, closed when it is complete.
        try Mount.mount(
            "tmpfs", on: target.procPath, type: "tmpfs", flags.subtracting(.readonly),
            data: "mode=755,size=64k",
            shown: destination)
        for hierarchy in host.hierarchies where hierarchy.version == .v1 {
            guard !hierarchy.controllers.isEmpty else { continue }
            let name = Self.folderName(hierarchy.controllers)
            try mount(hierarchy, on: "\(destination)/\(name)", in: root, flags)
            if hierarchy.controllers.count > 1 {
                for controller in hierarchy.controllers {
                    try root.makeLink("\(destination)/\(controller)", to: name)
                }
            }
        }
        if flags.contains(.readonly) {
            try root.open(destination, Sys.pathOnly)
                .changeMount(set: .readonly, clear: [], shown: destination)
        }
    }

    /// `cpu,cpuacct` as it is; `name=systemd` as `systemd`.
    package static func folderName(_ controllers: [String]) -> String {
        controllers.map { $0.hasPrefix("name=") ? String($0.dropFirst(5)) : $0 }.joined(separator: ",")
    }

    private func mount(
        _ hierarchy: CgroupHost.Hierarchy, on path: String, in root: ContainerTree,
        _ flags: Mount.Flags
    ) throws(EscaleError) {
        let folder = try root.makeFolder(path)
        if hasNamespace {
            let type = hierarchy.version == .v1 ? "cgroup" : "cgroup2"
            let data = hierarchy.version == .v1 ? hierarchy.controllers.joined(separator: ",") : ""
            do {
                return try Mount.mount(
                    "cgroup", on: folder.procPath, type: type, flags, data: data, shown: "cgroup \(data)")
            } catch {
                // A user namespace that does not own the hierarchy may only bind it.
                guard error.errno == EPERM || error.errno == EBUSY else { throw error }
            }
        }
        let own = Self.ownPath(
            in: hierarchy, procSelfCgroup: (try? Files.text("/proc/self/cgroup")) ?? "")
        let source = Path.join(hierarchy.mountPoint, own)
        let top = try Sys.open(
            Files.exists(source) ? source : hierarchy.mountPoint, Sys.pathOnly | O_DIRECTORY)
        let copy = try DetachedMount(of: top, recursive: false, shown: "cgroup")
        try copy.change(set: flags, clear: [], shown: "cgroup")
        try copy.attach(to: folder, shown: "cgroup")
    }

    /// The caller's cgroup in a hierarchy, from `/proc/self/cgroup` (cgroups(7)).
    package static func ownPath(in hierarchy: CgroupHost.Hierarchy, procSelfCgroup text: String) -> String {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let controllers = fields[1].split(separator: ",").map(String.init)
            if hierarchy.version == .v2 ? fields[0] == "0" : controllers == hierarchy.controllers {
                return String(fields[2])
            }
        }
        return "/"
    }
}
