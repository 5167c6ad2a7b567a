/// What Docker gives a container that asks for nothing in particular.
public enum Defaults {
    /// The 14 capabilities that Docker leaves (docs.docker.com, "Runtime privilege and Linux
    /// capabilities").
    public static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE",
        "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"
    ]

    /// Every capability of capabilities(7), by number: for `--privileged` and `--cap-add ALL`.
    public static let allCapabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
        "CAP_KILL", "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE",
        "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK",
        "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE",
        "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE",
        "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG",
        "CAP_WAKE_ALARM", "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF",
        "CAP_CHECKPOINT_RESTORE"
    ]

    /// Shadowed by an empty folder or /dev/null.
    public static let maskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys",
        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
        "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"
    ]

    public static let readonlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"
    ]

    /// Mounts, with the size of /dev/shm in bytes.
    public static func mounts(shmSize: Int64 = 64 << 20) -> [RuntimeSpec.Mount] {
        let safe = ["nosuid", "noexec", "nodev"]
        return [
            .init(destination: "/proc", type: "proc", source: "proc", options: safe),
            .init(
                destination: "/dev", type: "tmpfs", source: "tmpfs",
                options: ["nosuid", "strictatime", "mode=755", "size=65536k"]),
            .init(
                destination: "/dev/pts", type: "devpts", source: "devpts",
                options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
            .init(destination: "/sys", type: "sysfs", source: "sysfs", options: safe + ["ro"]),
            .init(
                destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: ["ro"] + safe),
            .init(destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: safe),
            .init(
                destination: "/dev/shm", type: "tmpfs", source: "shm",
                options: safe + ["mode=1777", "size=\(shmSize)"])
        ]
    }

    /// New namespaces for everything but users.
    public static let namespaces: [RuntimeSpec.Namespace] = [
        .init(.mount), .init(.network), .init(.uts), .init(.pid), .init(.ipc), .init(.cgroup)
    ]

    /// What the devices cgroup lets a container use: deny all, then mknod of anything, the usual
    /// nodes of /dev, and pseudo-terminals.
    public static let deviceRules: [RuntimeSpec.DeviceRule] = {
        func char(_ major: Int64?, _ minor: Int64?, _ access: String = "rwm") -> RuntimeSpec.DeviceRule {
            .init(allow: true, type: "c", major: major, minor: minor, access: access)
        }
        return [
            .init(allow: false, access: "rwm"),
            char(nil, nil, "m"), .init(allow: true, type: "b", access: "m"),
            char(1, 3), char(1, 5), char(1, 7), char(1, 8), char(1, 9),
            char(5, 0), char(5, 2), char(136, nil)
        ]
    }()

    /// `PATH` where an image sets none.
    public static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}
