import OCI
import Support

extension SpecBuilder {
    /// The usual mounts, the container's own /etc files, then what the user asked for, parents before
    /// children.
    static func mounts(_ o: ContainerOptions, _ input: SpecInput) -> [RuntimeSpec.Mount] {
        let wanted = Set(o.mounts.map(\.destination))
        var list: [RuntimeSpec.Mount] = []
        for var mount in Defaults.mounts(shmSize: Int64(o.shmSize)) where !wanted.contains(mount.destination)
        {
            switch mount.destination {
            case "/dev/shm":
                if o.namespaces.withoutShm { continue }
                if o.namespaces.ipc == .host {
                    mount = .init(
                        destination: "/dev/shm", type: "bind", source: "/dev/shm",
                        options: ["rbind", "rprivate"])
                }
            case "/sys", "/sys/fs/cgroup":
                if o.security.privileged { mount.options?.removeAll { $0 == "ro" } }
            default: break
            }
            list.append(mount)
        }
        for file in input.etc where !wanted.contains("/etc/\(file.name)") {
            list.append(
                .init(
                    destination: "/etc/\(file.name)", type: "bind", source: file.source,
                    options: ["rbind", "rprivate"]))
        }
        let own = zip(o.mounts, input.mountSources).sorted {
            depth($0.0.destination) < depth($1.0.destination)
        }
        return list + own.map { $0.0.oci(source: $0.1) }
    }

    private static func depth(_ path: String) -> Int { path.count { $0 == "/" } }
}
