import CLinux
import Glibc
import Linux
import Support

/// The image's disk as the root file system.
enum Root {
    static func enter(_ disk: String, hostname: String) throws(EscaleError) {
        try Files.makeDirectory("/root")
        try Mount.mount(disk, on: "/root", type: "ext4", [.relatime])
        try Files.makeDirectory("/root/dev")
        try Sys.check(cl_mount("/dev", "/root/dev", nil, UInt(MS_MOVE), nil), "move", "/dev")
        try Sys.call("chdir", "/root") { chdir("/root") }
        try Sys.check(cl_mount(".", "/", nil, UInt(MS_MOVE), nil), "move", "/root")
        try Sys.call("chroot", ".") { chroot(".") }
        try Sys.call("chdir", "/") { chdir("/") }

        try mount("proc", "/proc", "proc", [.nosuid, .nodev, .noexec])
        try mount("sysfs", "/sys", "sysfs", [.nosuid, .nodev, .noexec])
        try mount("cgroup2", "/sys/fs/cgroup", "cgroup2", [.nosuid, .nodev, .noexec])
        try mount("devpts", "/dev/pts", "devpts", [.nosuid, .noexec], "gid=5,mode=620,ptmxmode=666")
        try mount("shm", "/dev/shm", "tmpfs", [.nosuid, .nodev, .noexec], "mode=1777")
        for (name, target) in [
            ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
            ("stderr", "/proc/self/fd/2")
        ] { _ = symlink(target, "/dev/\(name)") }

        try Sys.check(cl_sethostname(hostname, hostname.utf8.count), "sethostname", hostname)
        // An image may keep /etc read-only or have none: the machine runs all the same.
        try? Files.makeDirectory("/etc")
        try? Files.replace("/etc/hostname", "\(hostname)\n".utf8)
    }

    private static func mount(
        _ source: String, _ target: String, _ type: String, _ flags: Mount.Flags, _ data: String = ""
    ) throws(EscaleError) {
        if !Files.isDirectory(target) { try Files.makeDirectory(target) }
        try Mount.mount(source, on: target, type: type, flags, data: data)
    }
}
