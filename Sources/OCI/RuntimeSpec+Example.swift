extension RuntimeSpec {
    /// A shell with Docker's defaults, for `spec`.
    public static var example: RuntimeSpec {
        RuntimeSpec(
            process: Process(
                terminal: true, args: ["sh"], env: [Defaults.path, "TERM=xterm"],
                capabilities: .docker(Defaults.capabilities), noNewPrivileges: true),
            root: Root(path: "rootfs", readonly: true), hostname: "escale", mounts: Defaults.mounts(),
            linux: Linux(
                resources: Resources(devices: Defaults.deviceRules), namespaces: Defaults.namespaces,
                seccomp: DefaultSeccomp.profile(capabilities: Defaults.capabilities),
                maskedPaths: Defaults.maskedPaths, readonlyPaths: Defaults.readonlyPaths))
    }
}

extension RuntimeSpec {
    /// The same for a user without privilege: root inside is that user outside, the network is the
    /// host's, and there are no limits.
    public static func rootlessExample(uid: UInt32, gid: UInt32) -> RuntimeSpec {
        var spec = example
        spec.linux?.resources = nil
        spec.linux?.namespaces = (Defaults.namespaces.filter { $0.type != .network }) + [.init(.user)]
        spec.linux?.uidMappings = [.init(containerID: 0, hostID: uid, size: 1)]
        spec.linux?.gidMappings = [.init(containerID: 0, hostID: gid, size: 1)]
        spec.mounts = Defaults.mounts().compactMap { mount in
            switch mount.destination {
            case "/dev/pts":
                // Group 5 is not mapped.
                var pts = mount
                pts.options = mount.options?.filter { !$0.hasPrefix("gid=") }
                return pts
            case "/sys":
                // A new sysfs needs a network namespace of one's own.
                return Mount(
                    destination: "/sys", type: "none", source: "/sys",
                    options: ["rbind", "nosuid", "noexec", "nodev", "ro"])
            case "/sys/fs/cgroup": return nil
            default: return mount
            }
        }
        return spec
    }
}
